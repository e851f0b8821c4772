// SPDX-License-Identifier: Apache-2.0
#include "groups.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::source::ring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GroupsTest : public ::testing::Test {
 protected:
  void Add(const char* id, const char* zone = "", bool healthy = true,
           int32_t state = KVS_RING_ACTIVE) {
    instances_.push_back(
        {sdk::Str(id), {}, sdk::Str(zone), state, healthy ? uint32_t{KVS_RING_HEALTHY} : 0u});
  }
  StatusOr<Groups> Make(uint32_t copies, uint32_t n_zones, std::string_view prefer = {},
                        uint64_t turn = 0) {
    auto ring = sdk::Record<kvs_ring_snapshot_t>();
    ring.instances = instances_.data();
    ring.n_instances = static_cast<uint32_t>(instances_.size());
    ring.replication_factor = copies;
    ring.n_zones = n_zones;
    return Groups::Of(ring, prefer, turn);
  }
  std::vector<kvs_ring_instance_t> instances_;
};

TEST_F(GroupsTest, WithoutZonesOneInstanceOfAllMayBeLeftOut) {
  for (const char* id : {"a", "b", "c", "d"}) Add(id);

  const auto groups = Make(3, 0);

  EXPECT_EQ(groups->groups.size(), 4u);
  EXPECT_EQ(groups->needed, 3u);
}

TEST_F(GroupsTest, WithZonesAZoneMayBeLeftOut) {
  Add("a", "1");
  Add("b", "2");
  Add("c", "3");
  Add("d", "1", false);

  const auto groups = Make(3, 3);

  ASSERT_EQ(groups->groups.size(), 3u);
  EXPECT_EQ(groups->needed, 2u);
  EXPECT_THAT(groups->groups[2].instances, ElementsAre(0, 3))
      << "a zone counts as a whole, and the unhealthy come last";
}

TEST_F(GroupsTest, WithFewerZonesThanCopiesZonesAreNoGroups) {
  Add("a", "1");
  Add("b", "1");
  Add("c", "2");

  EXPECT_EQ(Make(3, 2)->groups.size(), 3u)
      << "two copies may be in one zone, and would be missed together";
}

TEST_F(GroupsTest, WhoHasNothingIsNotAskedAndWhoLeavesIs) {
  Add("a", "", true, KVS_RING_PENDING);
  Add("b", "", true, KVS_RING_JOINING);
  Add("c", "", true, KVS_RING_LEAVING);

  EXPECT_EQ(Make(1, 0)->groups.size(), 2u);
}

TEST_F(GroupsTest, TooManyUnhealthyAreSaid) {
  Add("a");
  Add("b", "", false);
  Add("c", "", false);

  const Status status = Make(3, 0).status();

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("2 of 3"));
  instances_.clear();
  EXPECT_EQ(Make(3, 0).status().code(), StatusCode::kUnavailable);
}

TEST_F(GroupsTest, ThePreferredZoneIsFirstAndTheOthersTakeTurns) {
  Add("a", "1");
  Add("b", "2");
  Add("c", "3");

  EXPECT_THAT(Make(3, 3, "2", 0)->groups[0].instances, ElementsAre(1));
  EXPECT_THAT(Make(3, 3, "2", 1)->groups[0].instances, ElementsAre(1));
  EXPECT_NE(Make(3, 3, "", 0)->groups[0].instances, Make(3, 3, "", 1)->groups[0].instances);
}

}  // namespace
}  // namespace kvs::source::ring

// SPDX-License-Identifier: Apache-2.0
#include "replica_of.h"

#include <gtest/gtest.h>

#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/test_batch.h"

namespace kvs::sink::ha_dedup {
namespace {

class ReplicaTableTest : public ::testing::Test {
 protected:
  uint32_t NumberOf(const testkit::LabelPairs& labels, std::string_view tenant = "t") {
    testkit::TestBatch batch;
    batch.Add(labels);
    Replica unnumbered;
    return table_.NumberOf(tenant, model::LabelCursor(sdk::LabelSourceOf(*batch.view()->batch), 0),
                           names_, &unnumbered);
  }

  HaLabels names_{.cluster = {"cluster"}, .replica = {"__replica__", "prometheus_replica"}};
  ReplicaTable table_;
};

TEST_F(ReplicaTableTest, BothLabelsMakeAReplica) {
  const uint32_t a = NumberOf({{"__replica__", "a"}, {"cluster", "c"}});

  EXPECT_GT(a, ReplicaTable::kNone);
  EXPECT_EQ(table_.At(a).name, "a");
  EXPECT_EQ(table_.At(a).cluster, "c");
  EXPECT_EQ(NumberOf({{"__replica__", "a"}, {"cluster", "c"}, {"job", "x"}}), a);
  EXPECT_NE(NumberOf({{"__replica__", "a"}, {"cluster", "c"}}, "another"), a);
  EXPECT_EQ(NumberOf({{"__replica__", "a"}}), ReplicaTable::kNone);
  EXPECT_EQ(NumberOf({{"__replica__", ""}, {"cluster", "c"}}), ReplicaTable::kNone);
}

TEST_F(ReplicaTableTest, TheFirstNameOfTheListCounts) {
  const uint32_t number =
      NumberOf({{"__replica__", "a"}, {"cluster", "c"}, {"prometheus_replica", "b"}});
  const uint32_t other = NumberOf({{"cluster", "c"}, {"prometheus_replica", "b"}});

  EXPECT_EQ(table_.At(number).label, "__replica__");
  EXPECT_EQ(table_.At(other).label, "prometheus_replica");
}

}  // namespace
}  // namespace kvs::sink::ha_dedup

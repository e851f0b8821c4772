// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/peer_map.h"

#include <gtest/gtest.h>

namespace kvs::sharing {
namespace {

constexpr int64_t kMinuteNs = int64_t{60} * 1'000'000'000;

class PeerMapTest : public ::testing::Test {
 protected:
  // How often something was made is its value.
  std::shared_ptr<int> Find(std::string_view address, int64_t minute) {
    return *peers_.Find(address, minute * kMinuteNs, [this]() -> StatusOr<std::shared_ptr<int>> {
      return std::make_shared<int>(++made_);
    });
  }
  PeerMap<int> peers_;
  int made_ = 0;
};

TEST_F(PeerMapTest, EachAddressHasItsOwnAndKeepsIt) {
  EXPECT_EQ(*Find("a", 0), 1);
  EXPECT_EQ(*Find("b", 0), 2);
  EXPECT_EQ(*Find("a", 1), 1);
}

TEST_F(PeerMapTest, WhoWasNotAskedForLongIsDroppedWhenAnotherComes) {
  const std::weak_ptr<int> a = Find("a", 0), b = Find("b", 0);
  Find("b", 9);
  Find("c", 11);

  EXPECT_TRUE(a.expired());
  EXPECT_FALSE(b.expired());
  EXPECT_EQ(*Find("a", 11), 4);
}

TEST_F(PeerMapTest, WhoCannotBeReachedIsTriedAgain) {
  const auto fail = [] { return StatusOr<std::shared_ptr<int>>(Unavailable("nobody there")); };
  EXPECT_EQ(peers_.Find("a", 0, fail).status().code(), StatusCode::kUnavailable);
  EXPECT_EQ(*Find("a", 0), 1);
}

}  // namespace
}  // namespace kvs::sharing

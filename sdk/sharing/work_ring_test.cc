// SPDX-License-Identifier: Apache-2.0
#include "kvs/sharing/work_ring.h"

#include <gtest/gtest.h>

#include "kvs/testkit/fake_ring.h"

namespace kvs::sharing {
namespace {

// Two processes that see the same ring.
class WorkRingTest : public ::testing::Test {
 protected:
  WorkRingTest() {
    for (testkit::FakeRing* ring : {&ring_a_, &ring_b_}) {
      ring->replication_factor = 1;
      ring->Add("a", "a:1");
      ring->Add("b", "b:1");
    }
    ring_a_.self = "a";
    ring_b_.self = "b";
    a_.Use(ring_a_.ref());
    b_.Use(ring_b_.ref());
  }
  static std::string Key(int i) { return "group-" + std::to_string(i); }
  testkit::FakeRing ring_a_, ring_b_;
  WorkRing a_, b_;
};

TEST(WorkRing, WithoutARingEverythingIsOurs) {
  const StatusOr<Share> share = WorkRing().Of("t");
  ASSERT_TRUE(share.ok());
  EXPECT_TRUE(share->Owns("x"));
  EXPECT_TRUE(share->WorkersOf("x").empty());
  EXPECT_TRUE(share->Everybody().empty());
}

TEST_F(WorkRingTest, EachKeyIsOneMembersAndBothHaveSome) {
  const Share a = a_.Of("t").value(), b = b_.Of("t").value();
  int of_a = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_NE(a.Owns(Key(i)), b.Owns(Key(i))) << i;
    of_a += a.Owns(Key(i)) ? 1 : 0;
    ASSERT_EQ(a.WorkersOf(Key(i)).size(), 1u);
    EXPECT_EQ(a.WorkersOf(Key(i))[0].is_self, a.Owns(Key(i)));
  }
  EXPECT_GT(of_a, 20);
  EXPECT_LT(of_a, 80);
}

TEST_F(WorkRingTest, OthersStandInForWhoIsNotHeardOfOrLeaves) {
  for (const bool dies : {true, false}) {
    const uint64_t before = a_.epoch();
    dies ? ring_a_.SetHealthy("b", false) : ring_a_.SetState("b", KVS_RING_LEAVING);
    EXPECT_NE(a_.epoch(), before);
    const Share a = a_.Of("t").value();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(a.Owns(Key(i)));
    EXPECT_EQ(a.Everybody().size(), dies ? 1u : 2u) << "who leaves can still be asked";
    ring_a_.SetHealthy("b", true);
  }
}

TEST_F(WorkRingTest, WithoutMembersNobodyWorks) {
  ring_a_.Remove("a");
  ring_a_.Remove("b");
  EXPECT_FALSE(a_.Of("t").value().Owns("x"));
}

}  // namespace
}  // namespace kvs::sharing

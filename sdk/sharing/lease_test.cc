// SPDX-License-Identifier: Apache-2.0
// Leases of two processes over one store, on a clock that only the test moves.
#include "kvs/sharing/lease.h"

#include <gtest/gtest.h>

#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sharing {
namespace {

class LeaseTest : public ::testing::Test {
 protected:
  StatusOr<std::unique_ptr<Lease>> Take(const std::string& holder) {
    return Lease::Take(host_.host(), kv_.ref(),
                       {.key = "jobs/1", .holder = holder, .ttl_ms = 60'000});
  }
  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeKv kv_{host_.host().clock()};
};

TEST_F(LeaseTest, OneHoldsIt) {
  const auto a = Take("a");
  ASSERT_TRUE(a.ok());

  EXPECT_EQ(Take("b").status().code(), StatusCode::kAborted);
  EXPECT_TRUE((*a)->Check().ok());
  EXPECT_TRUE((*a)->Confirm().ok());
}

TEST_F(LeaseTest, ItIsRenewedForAsLongAsItsHolderLives) {
  const auto a = Take("a");
  ASSERT_TRUE(a.ok());

  for (int i = 0; i < 60; ++i) {
    host_.Advance(10'000);
    ASSERT_TRUE((*a)->Check().ok()) << i;
    ASSERT_EQ(Take("b").status().code(), StatusCode::kAborted) << i;
  }
}

TEST_F(LeaseTest, WhatIsGivenBackCanBeTakenAtOnceAndTokensGrow) {
  auto a = Take("a");
  ASSERT_TRUE(a.ok());
  const uint64_t token = (*a)->token();
  a->reset();

  const auto b = Take("b");
  ASSERT_TRUE(b.ok());
  EXPECT_GT((*b)->token(), token);
}

TEST_F(LeaseTest, WhoCannotRenewLosesItBeforeSomebodyElseCanTakeIt) {
  const auto a = Take("a");
  ASSERT_TRUE(a.ok());
  kv_.FailWith(Unavailable("down"));

  host_.Advance(44'000);
  EXPECT_TRUE((*a)->Check().ok()) << "it may fail for a while";
  EXPECT_EQ((*a)->Confirm().code(), StatusCode::kUnavailable);
  host_.Advance(1'000);
  EXPECT_EQ((*a)->Check().code(), StatusCode::kAborted);

  kv_.FailWith(OkStatus());
  EXPECT_EQ(Take("b").status().code(), StatusCode::kAborted) << "the store does not know yet";
}

// As after SIGSTOP: the holder's timers did not run, and the store's did.
TEST_F(LeaseTest, WhoWasAwayForLongLearnsOfTheOther) {
  testkit::TestHost other({.manual_clock = true});
  const auto a =
      Lease::Take(other.host(), kv_.ref(), {.key = "jobs/1", .holder = "a", .ttl_ms = 60'000});
  ASSERT_TRUE(a.ok());
  host_.Advance(60'000);
  const auto b = Take("b");
  ASSERT_TRUE(b.ok());

  EXPECT_TRUE((*a)->Check().ok()) << "its clock stood still";
  EXPECT_EQ((*a)->Confirm().code(), StatusCode::kAborted);
  EXPECT_EQ((*a)->Check().code(), StatusCode::kAborted);
  EXPECT_EQ((*a)->Confirm().code(), StatusCode::kAborted) << "for good";
  EXPECT_TRUE((*b)->Confirm().ok());
}

TEST_F(LeaseTest, AnAnswerThatGotLostIsNoLoss) {
  const auto a = Take("a");
  ASSERT_TRUE(a.ok());
  kv_.LoseAnswers(1);
  EXPECT_EQ((*a)->Confirm().code(), StatusCode::kUnavailable);

  EXPECT_TRUE((*a)->Confirm().ok()) << "the entry has another revision, and is ours";
  EXPECT_EQ(Take("b").status().code(), StatusCode::kAborted);
}

TEST_F(LeaseTest, GivingUpALostOneLeavesTheOthersAlone) {
  testkit::TestHost other({.manual_clock = true});
  auto a = Lease::Take(other.host(), kv_.ref(), {.key = "jobs/1", .holder = "a", .ttl_ms = 60'000});
  ASSERT_TRUE(a.ok());
  host_.Advance(60'000);
  const auto b = Take("b");
  ASSERT_TRUE(b.ok());

  a->reset();

  EXPECT_TRUE((*b)->Confirm().ok());
}

}  // namespace
}  // namespace kvs::sharing

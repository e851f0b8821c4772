// SPDX-License-Identifier: Apache-2.0
// Waits grow, stay within their bounds, differ, and end in time.
#include "kvs/objstore/backoff.h"

#include <set>

#include <gtest/gtest.h>

namespace kvs::objstore {
namespace {

constexpr int64_t kNoDeadline = -1;

TEST(BackoffTest, WaitsDoubleUpToTheLongest) {
  Backoff backoff({.min_ms = 100, .max_ms = 500, .max_attempts = 100}, 1);

  for (const int64_t cap : {100, 200, 400, 400, 400}) {
    const auto wait = backoff.Next(Unavailable("x"), kNoDeadline);
    ASSERT_TRUE(wait.has_value());
    EXPECT_GE(*wait, cap / 2);
    EXPECT_LE(*wait, cap == 400 ? 500 : cap);
  }
}

TEST(BackoffTest, SeedsGiveDifferentWaits) {
  std::set<int64_t> waits;
  for (uint64_t seed = 0; seed < 50; ++seed)
    waits.insert(*Backoff({.min_ms = 1000}, seed).Next(Unavailable("x"), kNoDeadline));

  EXPECT_GT(waits.size(), 40u);
}

TEST(BackoffTest, GivesUpAfterTheLastAttempt) {
  Backoff backoff({.max_attempts = 3}, 1);

  EXPECT_TRUE(backoff.Next(Unavailable("x"), kNoDeadline).has_value());
  EXPECT_TRUE(backoff.Next(Unavailable("x"), kNoDeadline).has_value());
  EXPECT_FALSE(backoff.Next(Unavailable("x"), kNoDeadline).has_value());
  EXPECT_EQ(backoff.attempts(), 3);
}

TEST(BackoffTest, DoesNotWaitPastTheDeadline) {
  Backoff backoff({.min_ms = 100}, 1);

  EXPECT_FALSE(backoff.Next(Unavailable("x"), 50).has_value());
  EXPECT_TRUE(backoff.Next(Unavailable("x"), 101).has_value());
}

TEST(BackoffTest, OnlyPassingTroubleIsWorthAnotherAttempt) {
  Backoff backoff({}, 1);

  EXPECT_FALSE(backoff.Next(NotFound("x"), kNoDeadline).has_value());
  EXPECT_FALSE(backoff.Next(ResourceExhausted("disk full"), kNoDeadline).has_value());
  EXPECT_TRUE(backoff.Next(Aborted("x").Retryable(), kNoDeadline).has_value());
}

TEST(BackoffTest, WaitsAsLongAsTheStoreAsks) {
  Backoff backoff({.min_ms = 1, .max_ms = 10}, 1);

  EXPECT_EQ(*backoff.Next(ResourceExhausted("x").WithRetryAfterMs(3000), kNoDeadline), 3000);
}

TEST(BackoffTest, ManyAttemptsDoNotOverflow) {
  Backoff backoff({.min_ms = 100, .max_ms = 10'000, .max_attempts = 1000}, 1);

  for (int i = 0; i < 500; ++i) {
    const auto wait = backoff.Next(Unavailable("x"), kNoDeadline);
    ASSERT_TRUE(wait.has_value());
    ASSERT_GE(*wait, 0);
    ASSERT_LE(*wait, 10'000);
  }
}

}  // namespace
}  // namespace kvs::objstore

// SPDX-License-Identifier: Apache-2.0
// Status codes and Retry-After of the ways in.
#include "kvs/http/push.h"

#include <gtest/gtest.h>

namespace kvs::http {
namespace {

TEST(PushTest, CodesAreMimirs) {
  EXPECT_EQ(PushHttpCode(OkStatus()), 200);
  EXPECT_EQ(PushHttpCode(InvalidArgument("")), 400);
  EXPECT_EQ(PushHttpCode(OutOfRange("")), 400);
  EXPECT_EQ(PushHttpCode(FailedPrecondition("")), 400);
  EXPECT_EQ(PushHttpCode(ResourceExhausted("")), 429);
  EXPECT_EQ(PushHttpCode(AlreadyExists("")), 202);
  EXPECT_EQ(PushHttpCode(Unavailable("")), 503);
  EXPECT_EQ(PushHttpCode(Unimplemented("")), 501);
  EXPECT_EQ(PushHttpCode(DeadlineExceeded("")), 500);
  EXPECT_EQ(PushHttpCode(Internal("")), 500);
  EXPECT_EQ(PushHttpCode(Cancelled("")), 499);
}

TEST(PushTest, RetryAfterDoublesAndStaysWithinItsBounds) {
  int64_t sum_first = 0;
  int64_t sum_third = 0;
  for (uint64_t i = 0; i < 1000; ++i) {
    const int64_t first = RetryAfterSeconds("", 6000, 96000, i);
    const int64_t third = RetryAfterSeconds("3", 6000, 96000, i);
    const int64_t late = RetryAfterSeconds("9999999", 6000, 96000, i);
    ASSERT_GE(first, 6);
    ASSERT_LE(first, 9);
    ASSERT_GE(third, 12);
    ASSERT_LE(third, 36);
    ASSERT_LE(late, 96);
    ASSERT_GE(late, 48);
    sum_first += first;
    sum_third += third;
  }
  EXPECT_GT(sum_third, 3 * sum_first - 3000);
}

}  // namespace
}  // namespace kvs::http

// SPDX-License-Identifier: Apache-2.0
#include "target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

namespace kvs::sink::replicate {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

class TargetTest : public ::testing::Test {
 protected:
  TargetTest() {
    config_.inflight_bytes_max = {100};
    config_.circuit_breaker_failures = 1;
    config_.circuit_breaker_cooldown = {1'000};
  }
  // A write of one byte that ends so.
  void Try(const Status& status, int64_t now_ns) {
    ASSERT_TRUE(target_.Begin(1, now_ns).ok());
    target_.Ended(1, status, now_ns);
  }

  testkit::TestHost host_;
  Config config_;
  const Metrics metrics_{host_.host().metrics()};
  Target target_{config_, metrics_, "i0:1"};
};

TEST_F(TargetTest, AfterThePauseOneTries) {
  Try(Unavailable("gone"), 0);
  EXPECT_THAT(target_.Begin(1, kSecond - 1).message(), HasSubstr("the circuit breaker is open"));

  EXPECT_TRUE(target_.Begin(1, kSecond).ok());
  EXPECT_FALSE(target_.Begin(1, kSecond).ok()) << "a second one, before the first has ended";
  target_.Ended(1, OkStatus(), kSecond);

  EXPECT_TRUE(target_.Begin(1, kSecond).ok());
  EXPECT_TRUE(target_.Begin(1, kSecond).ok());
}

TEST_F(TargetTest, WhoMayNotSendIsNotTheOneThatTries) {
  ASSERT_TRUE(target_.Begin(50, 0).ok()) << "and hangs";
  Try(Unavailable("gone"), 0);

  EXPECT_THAT(target_.Begin(51, kSecond).message(), HasSubstr("more than 100 bytes"));

  EXPECT_TRUE(target_.Begin(50, kSecond).ok());
}

TEST_F(TargetTest, WhoIsRefusedKeepsNoRoom) {
  Try(Unavailable("gone"), 0);
  EXPECT_FALSE(target_.Begin(100, 0).ok());
  ASSERT_TRUE(target_.Begin(1, kSecond).ok());
  EXPECT_FALSE(target_.Begin(99, kSecond).ok()) << "it is tried";
  target_.Ended(1, OkStatus(), kSecond);

  EXPECT_TRUE(target_.Begin(100, kSecond).ok());
}

TEST_F(TargetTest, ACallerThatWentAwayTellsNothingOfTheInstance) {
  ASSERT_TRUE(target_.Begin(1, 0).ok());
  Try(Unavailable("gone"), 0);

  target_.Ended(1, Status(StatusCode::kCancelled, "the caller went away"), 0);

  EXPECT_FALSE(target_.Begin(1, kSecond - 1).ok());
  Try(Status(StatusCode::kCancelled, "the caller went away"), kSecond);
  EXPECT_FALSE(target_.Begin(1, 2 * kSecond - 1).ok()) << "nothing is known of it yet";
  EXPECT_TRUE(target_.Begin(1, 2 * kSecond).ok());
}

TEST_F(TargetTest, ARefusalTellsThatTheInstanceIsThere) {
  Try(Unavailable("gone"), 0);
  Try(InvalidArgument("out of bounds"), kSecond);

  EXPECT_TRUE(target_.Begin(1, kSecond).ok());
  EXPECT_TRUE(target_.Begin(1, kSecond).ok());
}

}  // namespace
}  // namespace kvs::sink::replicate

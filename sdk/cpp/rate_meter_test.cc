// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/rate_meter.h"

#include <gtest/gtest.h>

namespace kvs::sdk {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

TEST(RateMeterTest, FullSecondsCount) {
  RateMeter meter;
  meter.Add(100, 10 * kSecond);
  EXPECT_EQ(meter.PerSecond(10 * kSecond), 0) << "the second is not over";
  EXPECT_EQ(meter.PerSecond(11 * kSecond), 100) << "the first one counts as it is";
  meter.Add(200, 11 * kSecond);
  EXPECT_DOUBLE_EQ(meter.PerSecond(12 * kSecond), 120);
}

TEST(RateMeterTest, SecondsWithoutAnyCountToo) {
  RateMeter meter;
  meter.Add(100, 10 * kSecond);
  EXPECT_DOUBLE_EQ(meter.PerSecond(13 * kSecond), 64);
  EXPECT_EQ(meter.PerSecond(1000 * kSecond), 0);
}

}  // namespace
}  // namespace kvs::sdk

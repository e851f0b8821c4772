// SPDX-License-Identifier: Apache-2.0
#include "active_series.h"

#include <gtest/gtest.h>

namespace kvs::sink::usage {
namespace {

constexpr int64_t kNow = 1'700'000'000'000;

size_t Count(ActiveSeries& series, int64_t since_ms) {
  size_t n = 0;
  series.Sweep(since_ms, [&](const ActiveSeries::Facts&) { ++n; });
  return n;
}

TEST(ActiveSeriesTest, WhatIsTouchedStaysAndTheRestIsForgotten) {
  ActiveSeries series;
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(series.Touch({i, i + 7}, kNow), nullptr);
    series.Insert({i, i + 7}, kNow,
                  {.trackers = static_cast<uint32_t>(i), .attributed = 0, .histogram = 0});
  }
  for (uint64_t i = 0; i < 10; ++i) {
    const auto* const facts = series.Touch({i, i + 7}, kNow + 60'000);
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ(facts->trackers, i);
  }

  EXPECT_EQ(Count(series, kNow), 1000u);
  EXPECT_EQ(Count(series, kNow + 60'000), 10u);
  EXPECT_EQ(series.size(), 10u);
  EXPECT_NE(series.Touch({3, 10}, kNow), nullptr);
  EXPECT_EQ(series.Touch({500, 507}, kNow), nullptr);
  EXPECT_EQ(Count(series, kNow + 120'000), 0u);
}

}  // namespace
}  // namespace kvs::sink::usage

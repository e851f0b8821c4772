// SPDX-License-Identifier: Apache-2.0
#include "split/intervals.h"

#include <random>

#include <gtest/gtest.h>

namespace kvs::engine::frontend {
namespace {

using Parts = std::vector<StepRange>;

TEST(SplitByInterval, CutsAtIntervals) {
  EXPECT_EQ(SplitByInterval({0, 250}, 10, 100), (Parts{{0, 90}, {100, 190}, {200, 250}}));
  EXPECT_EQ(SplitByInterval({5, 205}, 20, 100), (Parts{{5, 85}, {105, 185}, {205, 205}}));
  EXPECT_EQ(SplitByInterval({7, 7}, 20, 100), (Parts{{7, 7}}));
  EXPECT_EQ(SplitByInterval({0, 100}, 10, 0), (Parts{{0, 100}}));
}

TEST(SplitByInterval, TimesBefore1970AreInIntervalsToo) {
  EXPECT_EQ(SplitByInterval({-150, 50}, 50, 100), (Parts{{-150, -150}, {-100, -50}, {0, 50}}));
}

TEST(SplitByInterval, PartsHaveTheStepsOfTheWhole) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const int64_t start = static_cast<int64_t>(random() % 2000) - 1000;
    const int64_t step = 1 + static_cast<int64_t>(random() % 150);
    const int64_t interval = 1 + static_cast<int64_t>(random() % 200);
    const StepRange whole = StepsOf(start, start + static_cast<int64_t>(random() % 1000), step);
    int64_t next = whole.start_ms;
    for (const StepRange& part : SplitByInterval(whole, step, interval)) {
      ASSERT_EQ(part.start_ms, next);
      ASSERT_EQ(IntervalOf(part.start_ms, interval), IntervalOf(part.end_ms, interval));
      ASSERT_EQ((part.end_ms - part.start_ms) % step, 0);
      next = part.end_ms + step;
    }
    ASSERT_EQ(next, whole.end_ms + step);
  }
}

}  // namespace
}  // namespace kvs::engine::frontend

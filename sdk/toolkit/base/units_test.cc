// SPDX-License-Identifier: Apache-2.0
// Durations and sizes: what is read, what is refused, and that printing reads back.
#include "kvs/base/units.h"

#include <gtest/gtest.h>

namespace kvs {
namespace {

TEST(UnitsTest, ReadsDurations) {
  EXPECT_EQ(*ParseDurationMs("1h30m"), 5400000);
  EXPECT_EQ(*ParseDurationMs("250ms"), 250);
  EXPECT_EQ(*ParseDurationMs("0"), 0);
  EXPECT_EQ(*ParseDurationMs("1y"), 365LL * 24 * 3600 * 1000);
}

TEST(UnitsTest, RefusesWhatPrometheusRefuses) {
  for (const char* bad : {"", "1", "1m1h", "1m1m", "m", "-1s", "1.5h", "1x",
                          "99999999999999999999s", "300000000000y"}) {
    EXPECT_FALSE(ParseDurationMs(bad).ok()) << bad;
  }
}

TEST(UnitsTest, PrintedDurationsReadBack) {
  for (const int64_t ms : {0LL, 1LL, 999LL, 1000LL, 60000LL, 5400000LL, 90061001LL, 604800000LL}) {
    EXPECT_EQ(*ParseDurationMs(FormatDurationMs(ms)), ms);
  }
  EXPECT_EQ(FormatDurationMs(5400000), "1h30m");
}

TEST(UnitsTest, ReadsSizes) {
  EXPECT_EQ(*ParseBytes("64MiB"), 64 << 20);
  EXPECT_EQ(*ParseBytes("16MB"), 16000000);
  EXPECT_EQ(*ParseBytes("7"), 7);
  EXPECT_FALSE(ParseBytes("7 MiB").ok());
  EXPECT_FALSE(ParseBytes("MiB").ok());
  EXPECT_EQ(FormatBytes(64 << 20), "64MiB");
}

}  // namespace
}  // namespace kvs

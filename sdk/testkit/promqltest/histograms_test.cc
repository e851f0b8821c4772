// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/promqltest/histograms.h"

#include <limits>

#include <gtest/gtest.h>

#include "kvs/chunk/nan.h"
#include "kvs/testkit/promqltest/points.h"

namespace kvs::testkit::promqltest {
namespace {

chunk::FloatHistogram Histogram(const std::string& text) {
  const auto series = promql::ParseSeriesDescription("a {{" + text + "}}");
  EXPECT_TRUE(series.ok()) << series.status().ToString();
  return BuildHistogram(*series->items[0].histogram);
}

std::string Sum(const std::string& a, const std::string& b, double sign = 1) {
  const auto sum = AddHistograms(Histogram(a), Histogram(b), sign);
  return sum.ok() ? ToString(*sum) : sum.status().message();
}

TEST(PromqltestHistogramTest, EqualLayoutsAreAddedBucketByBucket) {
  EXPECT_EQ(Sum("count:3 sum:5 buckets:[1 2]", "count:7 sum:6 buckets:[3 4] n_buckets:[1]"),
            "{{schema:0 count:10 sum:11 buckets:[4 6] n_buckets:[1]}}");
  EXPECT_EQ(Sum("count:3 sum:5 buckets:[1 2]", "count:3 sum:5 buckets:[1 2]", -1),
            "{{schema:0 count:0 sum:0}}");
}

TEST(PromqltestHistogramTest, TheFinerAddendIsMadeCoarser) {
  // Buckets 1 and 2 of schema 1 are bucket 1 of schema 0, 3 is in 2.
  EXPECT_EQ(Sum("count:1 buckets:[1] offset:1", "schema:1 count:6 buckets:[1 2 3] offset:1"),
            "{{schema:0 count:7 sum:0 offset:1 buckets:[4 3]}}");
  EXPECT_EQ(Sum("schema:1", "schema:0"),
            "a histogram of schema 0 cannot be added to one of schema 1");
}

TEST(PromqltestHistogramTest, ZeroBucketsGrowToTheWiderOneOrToTheEndOfTheBucketItCuts) {
  // Bucket 0 covers (0.5, 1], bucket 1 (1, 2].
  EXPECT_EQ(Sum("count:2 buckets:[1 1]", "count:5 z_bucket:5 z_bucket_w:1"),
            "{{schema:0 count:7 sum:0 z_bucket:6 z_bucket_w:1 offset:1 buckets:[1]}}");
  EXPECT_EQ(Sum("count:2 buckets:[1 1]", "count:5 z_bucket:5 z_bucket_w:0.75"),
            "{{schema:0 count:7 sum:0 z_bucket:6 z_bucket_w:1 offset:1 buckets:[1]}}");
}

TEST(PromqltestHistogramTest, CustomBucketsKeepTheBoundsThatBothHave) {
  EXPECT_EQ(Sum("schema:-53 count:6 custom_values:[1 2 3] buckets:[1 2 3]",
                "schema:-53 count:6 custom_values:[1 3 5] buckets:[1 1 2 2]"),
            "{{schema:-53 count:12 sum:0 custom_values:[1 3] buckets:[2 6 4]}}");
}

TEST(PromqltestHistogramTest, HintsFollowTheRulesOfSums) {
  EXPECT_EQ(Sum("counter_reset_hint:gauge", "counter_reset_hint:reset"),
            "{{schema:0 count:0 sum:0 counter_reset_hint:gauge}}");
  EXPECT_EQ(Sum("counter_reset_hint:not_reset", "counter_reset_hint:reset"),
            "{{schema:0 count:0 sum:0}}");
}

TEST(PromqltestHistogramTest, ComparingLooksPastEmptyBucketsAndStatedHintsOnly) {
  const auto a = Histogram("count:1 buckets:[0 1 0]");
  const auto b = Histogram("count:1 buckets:[1] offset:1 counter_reset_hint:gauge");

  EXPECT_TRUE(HistogramsEqual(a, b, false));
  EXPECT_FALSE(HistogramsEqual(a, b, true));
  EXPECT_FALSE(HistogramsEqual(a, Histogram("count:1 buckets:[1]"), false));
  EXPECT_FALSE(HistogramsEqual(a, Histogram("schema:1 count:1 buckets:[0 1 0]"), false));
  EXPECT_FALSE(HistogramsEqual(a, Histogram("count:1 sum:1 buckets:[0 1 0]"), false));
}

TEST(PromqltestHistogramTest, FloatsAreEqualWithinAMillionthOfTheirSize) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(AlmostEqual(1e9, 1e9 + 100));
  EXPECT_FALSE(AlmostEqual(1e9, 1e9 + 10'000));
  EXPECT_FALSE(AlmostEqual(0, 1e-9));
  EXPECT_TRUE(AlmostEqual(kNaN, kNaN));
  EXPECT_FALSE(AlmostEqual(kNaN, chunk::StaleNaN()));
  EXPECT_TRUE(AlmostEqual(kInf, kInf));
  EXPECT_FALSE(AlmostEqual(kInf, -kInf));
}

}  // namespace
}  // namespace kvs::testkit::promqltest

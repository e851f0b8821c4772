// SPDX-License-Identifier: Apache-2.0
// Histograms as values: what is valid, conversion to floats, merging buckets.

#include "kvs/chunk/histogram.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/histogram_text.h"

namespace kvs::chunk {
namespace {

using ::testing::ElementsAre;

Histogram Valid() {
  Histogram h;
  h.schema = 2;
  h.zero_threshold = 0.001;
  h.zero_count = 2;
  h.count = 2 + 3 + 1 + 4 + 5;
  h.sum = 12.5;
  h.positive_spans = {{-2, 2}, {3, 1}};
  h.positive_buckets = {3, -2, 3};  // 3, 1, 4
  h.negative_spans = {{0, 1}};
  h.negative_buckets = {5};
  return h;
}

Histogram ValidCustom() {
  Histogram h;
  h.schema = kCustomBucketsSchema;
  h.count = 6;
  h.positive_spans = {{0, 3}};
  h.positive_buckets = {1, 1, 1};  // 1, 2, 3
  h.custom_values = {0.5, 1};
  return h;
}

TEST(HistogramTextTest, IsThatOfPrometheus) {
  FloatHistogram h;
  h.count = 3;
  h.sum = 10;
  EXPECT_EQ(HistogramText(h), "{count:3, sum:10}");
  ToFloat(Valid(), &h);
  h.zero_threshold = 0.5;
  h.positive_spans = {{1, 2}, {1, 1}};
  h.schema = 0;
  h.positive_buckets = {3, 0, 1'500'000};
  EXPECT_EQ(HistogramText(h),
            "{count:15, sum:12.5, [-1,-0.5):5, [-0.5,0.5]:2, (1,2]:3, (8,16]:1.5e+06}");
  ToFloat(ValidCustom(), &h);
  EXPECT_EQ(HistogramText(h), "{count:6, sum:0, [-Inf,0.5]:1, (0.5,1]:2, (1,+Inf]:3}");
}

TEST(HistogramValidateTest, TakesWhatMakesSense) {
  FloatHistogram f;
  ToFloat(Valid(), &f);
  Histogram nan_observed = Valid();
  nan_observed.sum = NormalNaN();
  nan_observed.count += 10;

  EXPECT_TRUE(Validate(Valid()).ok());
  EXPECT_TRUE(Validate(ValidCustom()).ok());
  EXPECT_TRUE(Validate(nan_observed).ok());
  EXPECT_TRUE(Validate(f).ok());
  EXPECT_TRUE(Validate(Histogram()).ok());
  EXPECT_TRUE(Validate(FloatHistogram::Stale()).ok());
}

TEST(HistogramValidateTest, TakesAStaleMarkerWhateverElseItSays) {
  Histogram h = Histogram::Stale();
  h.schema = 99;

  EXPECT_TRUE(Validate(h).ok());
}

struct BadCase {
  const char* name;
  bool custom;
  std::function<void(Histogram&)> spoil;
};

class HistogramInvalidTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(HistogramInvalidTest, IsRefused) {
  Histogram h = GetParam().custom ? ValidCustom() : Valid();

  GetParam().spoil(h);

  EXPECT_EQ(Validate(h).code(), StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(
    All, HistogramInvalidTest,
    ::testing::Values(
        BadCase{"SchemaTooHigh", false, [](Histogram& h) { h.schema = 9; }},
        BadCase{"SchemaTooLow", false, [](Histogram& h) { h.schema = -5; }},
        BadCase{"SchemaOfNothing", false, [](Histogram& h) { h.schema = -52; }},
        BadCase{"CountTooHigh", false, [](Histogram& h) { ++h.count; }},
        BadCase{"CountTooLow", false, [](Histogram& h) { --h.count; }},
        BadCase{"CountTooLowDespiteNaN", false,
                [](Histogram& h) {
                  h.sum = NormalNaN();
                  --h.count;
                }},
        BadCase{"NegativeBucket", false, [](Histogram& h) { h.positive_buckets[1] = -4; }},
        BadCase{"BucketOverflow", false,
                [](Histogram& h) {
                  h.positive_buckets = {std::numeric_limits<int64_t>::max(), 1, 0};
                }},
        BadCase{"TotalOverflow", false,
                [](Histogram& h) {
                  h.positive_buckets = {std::numeric_limits<int64_t>::max(), 0, 0};
                }},
        BadCase{"FewerBucketsThanSpans", false,
                [](Histogram& h) { h.positive_buckets.pop_back(); }},
        BadCase{"MoreBucketsThanSpans", false,
                [](Histogram& h) { h.negative_buckets.push_back(0); }},
        BadCase{"NegativeOffset", false, [](Histogram& h) { h.positive_spans[1].offset = -1; }},
        BadCase{
            "SpansTooFar", false,
            [](Histogram& h) { h.positive_spans[1].offset = std::numeric_limits<int32_t>::max(); }},
        BadCase{"BoundsOfExponential", false, [](Histogram& h) { h.custom_values = {1}; }},
        BadCase{"CustomZeroCount", true, [](Histogram& h) { h.zero_count = 1; }},
        BadCase{"CustomZeroThreshold", true, [](Histogram& h) { h.zero_threshold = 1; }},
        BadCase{"CustomNegativeSide", true,
                [](Histogram& h) {
                  h.negative_spans = {{0, 1}};
                  h.negative_buckets = {0};
                }},
        BadCase{"CustomBoundsTooFew", true, [](Histogram& h) { h.custom_values = {0.5}; }},
        BadCase{"CustomBoundsEqual", true,
                [](Histogram& h) {
                  h.custom_values = {1, 1};
                }},
        BadCase{"CustomBoundsNaN", true, [](Histogram& h) { h.custom_values[1] = std::nan(""); }},
        BadCase{"CustomBoundsInfinite", true,
                [](Histogram& h) { h.custom_values[1] = std::numeric_limits<double>::infinity(); }},
        BadCase{"CustomSpanBeforeFirst", true,
                [](Histogram& h) { h.positive_spans[0].offset = -1; }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HistogramValidateTest, RefusesNegativeFloatCounts) {
  FloatHistogram f;
  ToFloat(Valid(), &f);
  FloatHistogram bucket = f, zero = f, count = f;
  bucket.positive_buckets[2] = -0.5;
  zero.zero_count = -1;
  count.count = -1;

  EXPECT_EQ(Validate(bucket).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Validate(zero).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(Validate(count).code(), StatusCode::kInvalidArgument);
}

TEST(HistogramTest, TheFloatFormHasAbsoluteBuckets) {
  FloatHistogram f;

  ToFloat(Valid(), &f);

  EXPECT_THAT(f.positive_buckets, ElementsAre(3, 1, 4));
  EXPECT_THAT(f.negative_buckets, ElementsAre(5));
  EXPECT_EQ(f.count, 15);
  EXPECT_EQ(f.zero_count, 2);
  EXPECT_EQ(f.positive_spans, Valid().positive_spans);
  EXPECT_EQ(f.schema, 2);
}

TEST(HistogramTest, EqualityIsToTheBit) {
  Histogram a = Valid();
  Histogram b = a;
  EXPECT_TRUE(a == b);

  a.sum = b.sum = StaleNaN();
  EXPECT_TRUE(a == b);
  b.sum = NormalNaN();
  EXPECT_FALSE(a == b);
}

TEST(BucketIndexesTest, SkipsEmptySpans) {
  const std::vector<Span> spans = {{-3, 0}, {1, 2}, {4, 0}, {0, 1}, {0, 1}, {7, 0}};
  std::vector<int64_t> indexes;

  for (BucketIndexes at(spans); !at.done(); at.Next()) indexes.push_back(at.index());

  EXPECT_THAT(indexes, ElementsAre(-2, -1, 4, 5));
}

TEST(ReduceResolutionTest, MergesPairsOfBuckets) {
  Histogram h = Valid();
  h.positive_spans = {{-2, 4}, {2, 2}};     // -2 -1 0 1 . . 4 5
  h.positive_buckets = {1, 1, 1, 1, 1, 1};  // 1 2 3 4 . . 5 6
  h.count = 2 + 21 + 5;
  FloatHistogram f;
  ToFloat(h, &f);

  ReduceResolution(1, &h);
  ReduceResolution(1, &f);

  // (i - 1 >> 1) + 1: -2 -> -1, -1 -> 0, 0 -> 0, 1 -> 1, 4 -> 2, 5 -> 3.
  EXPECT_THAT(h.positive_spans, ElementsAre(Span{-1, 5}));
  EXPECT_THAT(f.positive_buckets, ElementsAre(1, 5, 4, 5, 6));
  EXPECT_THAT(h.positive_buckets, ElementsAre(1, 4, -1, 1, 1));
  EXPECT_EQ(h.schema, 1);
  EXPECT_TRUE(Validate(h).ok());
}

TEST(ReduceResolutionTest, GoesSeveralStepsAndKeepsGaps) {
  FloatHistogram f;
  f.schema = 3;
  f.positive_spans = {{1, 1}, {200, 1}};
  f.positive_buckets = {1, 2};

  ReduceResolution(0, &f);

  EXPECT_THAT(f.positive_spans,
              ElementsAre(Span{1, 1}, Span{24, 1}));  // 202 -> (201 >> 3) + 1 = 26
  EXPECT_EQ(f.schema, 0);
}

TEST(ReduceResolutionTest, LeavesCoarserAndCustomSchemasAlone) {
  Histogram custom = ValidCustom();
  Histogram coarse = Valid();

  ReduceResolution(-4, &custom);
  ReduceResolution(2, &coarse);
  ReduceResolution(5, &coarse);

  EXPECT_TRUE(custom == ValidCustom());
  EXPECT_TRUE(coarse == Valid());
}

}  // namespace
}  // namespace kvs::chunk

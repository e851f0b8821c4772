// SPDX-License-Identifier: Apache-2.0
// Histograms with more buckets than allowed: which are reduced, and to what.
#include "histogram_rules.h"

#include <bit>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HistogramRulesTest : public ::testing::Test {
 protected:
  // Buckets 1 to 4 and 9 of schema 0, with 1, 2, 3, 4 and 5 observations.
  const kvs_histogram_columns_t& Five(int32_t schema = 0, bool is_float = false) {
    static const int32_t kOffset[] = {1, 4};
    static const uint32_t kLength[] = {4, 1};
    static const uint64_t kDelta[] = {1, 1, 1, 1, 1};
    static const uint64_t kCount[] = {std::bit_cast<uint64_t>(1.0), std::bit_cast<uint64_t>(2.0),
                                      std::bit_cast<uint64_t>(3.0), std::bit_cast<uint64_t>(4.0),
                                      std::bit_cast<uint64_t>(5.0)};
    model::HistogramView view;
    view.timestamp_ms = 1000;
    view.schema = schema;
    view.is_float = is_float;
    view.positive_span_offset = kOffset;
    view.positive_span_length = kLength;
    view.positive_bucket = is_float ? kCount : kDelta;
    builder_.Clear();
    builder_.BeginSeries(std::vector<model::LabelView>{{"__name__", "h"}});
    builder_.AddHistogram(view);
    return *columns_.Show(builder_.Finish(), &ref_)->histograms;
  }
  static TenantLimits AtMost(int64_t buckets) {
    TenantLimits limits;
    limits.max_native_histogram_buckets = buckets;
    return limits;
  }

  model::WriteBatchBuilder builder_{1};
  sdk::WriteBatchColumns columns_;
  kvs_ref_t ref_{};
};

TEST_F(HistogramRulesTest, AsManyAsAllowedAreLeftAlone) {
  const kvs_histogram_columns_t& h = Five();
  FittedHistogram fitted;

  EXPECT_EQ(BucketsOf(h, 0), 5u);
  EXPECT_EQ(JudgeBuckets(h, 0, AtMost(5)), Verdict::kOk);
  EXPECT_EQ(fitted.Fit(sdk::HistogramAt(h, 0), 5).schema, 0);
  EXPECT_EQ(fitted.Fit(sdk::HistogramAt(h, 0), 0).schema, 0);
}

TEST_F(HistogramRulesTest, OneMoreIsMergedOnceAndNoFurther) {
  const kvs_histogram_columns_t& h = Five();
  FittedHistogram fitted;

  EXPECT_EQ(JudgeBuckets(h, 0, AtMost(4)), Verdict::kOk);
  const model::HistogramView& view = fitted.Fit(sdk::HistogramAt(h, 0), 4);

  // (1, 2), (3, 4) and (9, 10) become 1, 2 and 5.
  EXPECT_EQ(view.schema, -1);
  EXPECT_EQ(view.timestamp_ms, 1000);
  EXPECT_THAT(view.positive_span_offset, ElementsAre(1, 2));
  EXPECT_THAT(view.positive_span_length, ElementsAre(2, 1));
  EXPECT_THAT(view.positive_bucket, ElementsAre(3, 4, static_cast<uint64_t>(-2)));
}

TEST_F(HistogramRulesTest, FloatsAreMergedByTheirCounts) {
  const kvs_histogram_columns_t& h = Five(0, true);
  FittedHistogram fitted;

  const model::HistogramView& view = fitted.Fit(sdk::HistogramAt(h, 0), 2);

  EXPECT_EQ(view.schema, -2);
  EXPECT_THAT(view.positive_span_offset, ElementsAre(1, 1));
  EXPECT_THAT(view.positive_bucket,
              ElementsAre(std::bit_cast<uint64_t>(10.0), std::bit_cast<uint64_t>(5.0)));
}

TEST_F(HistogramRulesTest, WhatIsTooManyInTheCoarsestSchemaIsRefused) {
  const kvs_histogram_columns_t& h = Five(-4);

  EXPECT_EQ(JudgeBuckets(h, 0, AtMost(4)), Verdict::kNotReducible);
  EXPECT_EQ(BucketRefusal(Verdict::kNotReducible, h, 0, "{__name__=\"h\"}", AtMost(4)).message(),
            "received a native histogram sample with too many buckets and cannot reduce, "
            "timestamp: 1000 series: {__name__=\"h\"}, buckets: 5, limit: 4 "
            "(err-mimir-not-reducible-native-histogram)");
}

TEST_F(HistogramRulesTest, NothingIsReducedWhereThatIsOff) {
  TenantLimits limits = AtMost(4);
  limits.reduces_native_histograms = false;
  const kvs_histogram_columns_t& h = Five();

  EXPECT_EQ(JudgeBuckets(h, 0, limits), Verdict::kTooManyBuckets);
  EXPECT_EQ(BucketRefusal(Verdict::kTooManyBuckets, h, 0, "h", limits).reason(),
            "err-mimir-max-native-histogram-buckets");
}

TEST_F(HistogramRulesTest, CustomBucketsCannotBeMerged) {
  const kvs_histogram_columns_t& h = Five(chunk::kCustomBucketsSchema);
  FittedHistogram fitted;

  EXPECT_EQ(JudgeBuckets(h, 0, AtMost(4)), Verdict::kCustomBucketsNotReducible);
  EXPECT_EQ(JudgeBuckets(h, 0, AtMost(5)), Verdict::kOk);
  EXPECT_THAT(BucketRefusal(Verdict::kCustomBucketsNotReducible, h, 0, "h", AtMost(4)).message(),
              HasSubstr("more custom buckets than the limit"));
  EXPECT_EQ(fitted.Fit(sdk::HistogramAt(h, 0), 4).schema, chunk::kCustomBucketsSchema);
}

TEST_F(HistogramRulesTest, SchemasThatAreNoneAreLeftToTheHead) {
  for (const int32_t schema : {-5, 53, 2'000'000'000, -2'000'000'000}) {
    const kvs_histogram_columns_t& h = Five(schema);
    FittedHistogram fitted;
    EXPECT_EQ(JudgeBuckets(h, 0, AtMost(1)), Verdict::kOk) << schema;
    EXPECT_EQ(fitted.Fit(sdk::HistogramAt(h, 0), 1).schema, schema);
  }
}

}  // namespace
}  // namespace kvs::sink::validate

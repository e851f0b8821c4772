// SPDX-License-Identifier: Apache-2.0
#include "kvs/records/histogram_columns.h"

#include <gtest/gtest.h>

namespace kvs::records {
namespace {

TEST(HistogramColumns, CopiesKeepBothSidesApart) {
  HistogramColumns made;
  for (uint64_t i = 0; i < 3; ++i) {
    made.Begin({.timestamp_ms = static_cast<int64_t>(i), .schema = 1, .count = i});
    made.positive().AddSpan(static_cast<int32_t>(i), 1);
    made.positive().AddBucket(10 + i);
    made.negative().AddSpan(-static_cast<int32_t>(i), 1);
    made.negative().AddBucket(20 + i);
    made.AddCustomBound(static_cast<double>(i));
    made.End();
  }
  made.EndSeries();
  const kvs_histogram_columns_t& from = *made.Finish();

  HistogramColumns copied;
  copied.Copy(from, 2);
  copied.EndSeries();
  copied.Copy(from, 0);
  copied.EndSeries();
  const kvs_histogram_columns_t& to = *copied.Finish();

  ASSERT_EQ(to.n_histograms, 2u);
  EXPECT_EQ(to.begin[1], 1u);
  EXPECT_EQ(to.timestamp_ms[0], 2);
  EXPECT_EQ(to.bucket[to.positive_bucket_begin[0]], 12u);
  EXPECT_EQ(to.bucket[to.negative_bucket_begin[0]], 22u);
  EXPECT_EQ(to.span_offset[to.negative_span_begin[0]], -2);
  EXPECT_EQ(to.bucket[to.positive_bucket_begin[1]], 10u);
  EXPECT_EQ(to.bucket[to.negative_bucket_begin[1]], 20u);
  EXPECT_EQ(to.custom_bound[to.custom_begin[1]], 0);
}

}  // namespace
}  // namespace kvs::records

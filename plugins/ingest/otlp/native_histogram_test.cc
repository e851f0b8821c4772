// SPDX-License-Identifier: Apache-2.0
// Dense rows of buckets to spans.
#include "native_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::ingest::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Counts by index, which is what spans and deltas mean.
std::vector<std::pair<int64_t, uint64_t>> CountsOf(const SparseBuckets& buckets) {
  std::vector<std::pair<int64_t, uint64_t>> out;
  int64_t index = 0;
  uint64_t count = 0;
  size_t at = 0;
  for (size_t s = 0; s < buckets.span_offset.size(); ++s) {
    index += buckets.span_offset[s];
    for (uint32_t i = 0; i < buckets.span_length[s]; ++i, ++index) {
      count += buckets.delta[at++];
      if (count != 0) out.emplace_back(index, count);
    }
  }
  EXPECT_EQ(at, buckets.delta.size());
  return out;
}

TEST(SparseBucketsTest, SmallGapsAreFilledAndLargeOnesBeginASpan) {
  const uint64_t counts[] = {0, 5, 0, 0, 5, 0, 0, 0, 1, 0};
  SparseBuckets buckets;

  buckets.Fill(counts, 10, 0, 1);

  EXPECT_THAT(buckets.span_offset, ElementsAre(12, 3));
  EXPECT_THAT(buckets.span_length, ElementsAre(4, 1));
  EXPECT_THAT(CountsOf(buckets), ElementsAre(std::pair(12, 5), std::pair(15, 5), std::pair(19, 1)));
}

TEST(SparseBucketsTest, NeighboursMergeAcrossZero) {
  const uint64_t counts[] = {1, 2, 3, 4, 5};
  SparseBuckets buckets;

  buckets.Fill(counts, -3, 1, 1);

  // Indices -3..1 become -2, -1, -1, 0, 0.
  EXPECT_THAT(CountsOf(buckets), ElementsAre(std::pair(-1, 1), std::pair(0, 5), std::pair(1, 9)));
}

TEST(SparseBucketsTest, NothingGivesNothing) {
  const uint64_t counts[] = {0, 0};
  SparseBuckets buckets;

  buckets.Fill(counts, 5, 0, 1);

  EXPECT_THAT(buckets.span_offset, IsEmpty());
  EXPECT_THAT(buckets.delta, IsEmpty());
}

TEST(SparseBucketsTest, TheEndsOfIndicesAreNoTrouble) {
  const uint64_t counts[] = {1, 1};
  SparseBuckets buckets;

  buckets.Fill(counts, INT32_MAX, 62, 1);
  EXPECT_THAT(CountsOf(buckets), ElementsAre(std::pair(1, 2)));
  buckets.Fill(counts, INT32_MIN, 62, 1);
  EXPECT_THAT(CountsOf(buckets), ElementsAre(std::pair(0, 2)));
}

TEST(NativeHistogramTest, TheThresholdOfTheSenderIsKept) {
  wire::otlp::Request request;
  wire::otlp::ExponentialPoint point;
  point.zero_threshold = 0.25;
  NativeHistogram histogram;

  ASSERT_TRUE(histogram.Set(point, request).ok());
  EXPECT_EQ(histogram.view().zero_threshold, 0.25);
  point.zero_threshold = 0;
  ASSERT_TRUE(histogram.Set(point, request).ok());
  EXPECT_EQ(histogram.view().zero_threshold, 1e-128);
}

TEST(NativeHistogramTest, AnInfiniteBoundIsTheOneThatIsThereAnyway) {
  wire::otlp::Request request;
  request.counts = {1, 2, 0};
  request.bounds = {5, std::numeric_limits<double>::infinity()};
  wire::otlp::HistogramPoint point;
  point.count = 3;
  point.counts = {0, 3};
  point.bounds = {0, 2};
  NativeHistogram histogram;

  ASSERT_TRUE(histogram.SetCustom(point, request).ok());

  EXPECT_THAT(histogram.view().custom_bound, ElementsAre(5));
  EXPECT_THAT(histogram.view().positive_span_length, ElementsAre(2));
}

}  // namespace
}  // namespace kvs::ingest::otlp

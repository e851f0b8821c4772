// SPDX-License-Identifier: Apache-2.0
#include "histogram_buckets.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/xor.h"
#include "kvs/sdk/str.h"

namespace kvs::api::cardinality {
namespace {

// A chunk of histograms with so many buckets; one sample each.
std::vector<uint8_t> ChunkOf(const std::vector<uint32_t>& numbers) {
  chunk::HistogramChunkBuilder builder;
  int64_t t = 1000;
  for (const uint32_t n : numbers) {
    chunk::Histogram h;
    h.schema = 2;
    h.positive_spans = {{0, n}};
    h.positive_buckets.assign(n, 0);
    h.positive_buckets[0] = static_cast<int64_t>(t);
    h.count = static_cast<uint64_t>(t) * n;
    EXPECT_NE(builder.Append(t, h), chunk::AppendOutcome::kNewChunk);
    t += 1000;
  }
  return {builder.bytes().begin(), builder.bytes().end()};
}

TEST(HistogramBuckets, TheNewestHistogramOfEachSeriesCounts) {
  const std::vector<uint8_t> grew = ChunkOf({2, 5});
  const std::vector<uint8_t> small = ChunkOf({3});
  chunk::XorChunkBuilder floats;
  floats.Append(1000, 1);
  const auto histograms = [](const std::vector<uint8_t>& bytes, int64_t max_ms) {
    return kvs_chunk_t{
        1000, max_ms, bytes.data(), static_cast<uint32_t>(bytes.size()), 0, KVS_CHUNK_HISTOGRAM, 0};
  };
  const kvs_chunk_t of_floats{
      1000,          1000, floats.bytes().data(), static_cast<uint32_t>(floats.bytes().size()), 1,
      KVS_CHUNK_XOR, 0};
  // Two series of a; one of b, whose chunks come in no order; one of floats.
  const std::vector<kvs_chunk_t> chunks = {histograms(grew, 2000), histograms(small, 1000),
                                           histograms(grew, 9000), histograms(small, 1000),
                                           of_floats};
  const uint32_t chunk_begin[] = {0, 1, 2, 4, 5};
  const kvs_str_t symbols[] = {sdk::Str("__name__"), sdk::Str("a"), sdk::Str("b"), sdk::Str("i"),
                               sdk::Str("f")};
  const uint32_t label_begin[] = {0, 2, 6, 8, 10};
  const uint32_t refs[] = {0, 1, 0, 1, 3, 2, 0, 2, 0, 4};
  auto batch = sdk::Record<kvs_series_batch_t>();
  batch.n_series = 4;
  batch.labels = sdk::Record<kvs_label_columns_t>();
  batch.labels.n_series = 4;
  batch.labels.symbols = symbols;
  batch.labels.n_symbols = 5;
  batch.labels.begin = label_begin;
  batch.labels.refs = refs;
  batch.chunk_begin = chunk_begin;
  batch.chunks = chunks.data();

  HistogramBuckets buckets;
  ASSERT_TRUE(buckets.Add(batch).ok());

  ASSERT_EQ(buckets.metrics().size(), 2u);
  const HistogramBuckets::OfMetric& a = buckets.metrics().at("a");
  EXPECT_EQ(a.series, 2u);
  EXPECT_EQ(a.buckets, 8u);
  EXPECT_EQ(a.least, 3u);
  EXPECT_EQ(a.most, 5u);
  EXPECT_EQ(buckets.metrics().at("b").buckets, 5u);
}

TEST(HistogramBuckets, DamageIsAnError) {
  std::vector<uint8_t> bytes = ChunkOf({4});
  bytes.resize(bytes.size() / 2);
  const kvs_chunk_t chunk{
      1000, 1000, bytes.data(), static_cast<uint32_t>(bytes.size()), 0, KVS_CHUNK_HISTOGRAM, 0};
  const uint32_t begin[] = {0, 1};
  const uint32_t no_labels[] = {0, 0};
  auto batch = sdk::Record<kvs_series_batch_t>();
  batch.n_series = 1;
  batch.labels.begin = no_labels;
  batch.chunk_begin = begin;
  batch.chunks = &chunk;
  HistogramBuckets buckets;
  EXPECT_EQ(buckets.Add(batch).code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kvs::api::cardinality

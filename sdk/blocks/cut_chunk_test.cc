// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/cut_chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/downsampler.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor2.h"

namespace kvs::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const tsdb::Tombstone kMiddle[] = {{1, {2000, 3000}}};

TEST(CutChunkTest, StartTimesSurvive) {
  chunk::Xor2ChunkBuilder builder;
  for (int64_t t = 1; t <= 5; ++t) builder.Append(500, 1000 * t, static_cast<double>(t));

  std::vector<OwnedChunk> out;
  ASSERT_TRUE(CutChunk(chunk::Encoding::kXor2, builder.bytes(), kMiddle, &out).ok());

  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].min_ms, 1000);
  EXPECT_EQ(out[0].max_ms, 5000);
  chunk::Xor2Decoder decoder(out[0].bytes);
  std::vector<int64_t> times;
  int64_t t, start;
  double v;
  while (decoder.Next(&t, &v, &start)) {
    times.push_back(t);
    EXPECT_EQ(start, 500);
    EXPECT_EQ(v, static_cast<double>(t) / 1000);
  }
  EXPECT_THAT(times, ElementsAre(1000, 4000, 5000));
}

template <typename H>
class CutHistogramsTest : public ::testing::Test {};
using HistogramTypes = ::testing::Types<chunk::Histogram, chunk::FloatHistogram>;
TYPED_TEST_SUITE(CutHistogramsTest, HistogramTypes);

TYPED_TEST(CutHistogramsTest, WhatIsLeftIsAsItWas) {
  for (const auto starts : {chunk::Starts::kNo, chunk::Starts::kYes}) {
    chunk::BasicHistogramChunkBuilder<TypeParam> builder(starts);
    std::vector<TypeParam> samples;
    for (int i = 1; i <= 5; ++i) {
      TypeParam h;
      h.schema = 2;
      h.positive_spans = {{0, 1}};
      h.positive_buckets = {static_cast<typename TypeParam::BucketType>(i)};
      h.count = static_cast<typename TypeParam::CountType>(i);
      h.sum = i;
      samples.push_back(h);
      ASSERT_NE(builder.Append(1000 * i, h, 7), chunk::AppendOutcome::kNewChunk);
    }

    std::vector<OwnedChunk> out;
    ASSERT_TRUE(CutChunk(builder.encoding(), builder.bytes(), kMiddle, &out).ok());

    ASSERT_EQ(out.size(), 1u);
    EXPECT_EQ(out[0].encoding, builder.encoding());
    EXPECT_EQ(out[0].max_ms, 5000);
    chunk::BasicHistogramDecoder<TypeParam> decoder(out[0].bytes, starts);
    std::vector<int64_t> times;
    while (decoder.Next()) {
      times.push_back(decoder.t());
      EXPECT_EQ(decoder.sum(), static_cast<double>(decoder.t()) / 1000);
      EXPECT_EQ(decoder.start(), starts == chunk::Starts::kYes ? 7 : 0);
    }
    EXPECT_THAT(times, ElementsAre(1000, 4000, 5000));
  }
}

TEST(CutChunkTest, NothingLeftIsNoChunk) {
  chunk::Xor2ChunkBuilder builder;
  builder.Append(0, 2500, 1);

  std::vector<OwnedChunk> out;
  ASSERT_TRUE(CutChunk(chunk::Encoding::kXor2, builder.bytes(), kMiddle, &out).ok());

  EXPECT_THAT(out, IsEmpty());
}

TEST(CutChunkTest, UnknownEncodingsAndDamageAreErrors) {
  const uint8_t bytes[] = {0, 9, 1};
  std::vector<OwnedChunk> out;

  EXPECT_EQ(CutChunk(static_cast<chunk::Encoding>(200), bytes, kMiddle, &out).code(),
            StatusCode::kUnimplemented);
  EXPECT_EQ(CutChunk(chunk::Encoding::kXor, bytes, kMiddle, &out).code(), StatusCode::kDataLoss);
}

TEST(CutChunkTest, OfAggregatesEveryWindowGoesOfWhichAnythingIsDeleted) {
  chunk::Downsampler downsampler(1000, 5000);
  for (int64_t t = 100; t <= 5000; t += 100) downsampler.Add(t, static_cast<double>(t));
  const auto chunks = downsampler.Finish();
  ASSERT_EQ(chunks.size(), 1u);

  std::vector<OwnedChunk> out;
  ASSERT_TRUE(CutChunk(chunk::Encoding::kAggregates, chunks[0].bytes, kMiddle, &out).ok());

  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].min_ms, 100);
  EXPECT_EQ(out[0].max_ms, 5000);
  const auto parts = chunk::AggregateParts::Parse(out[0].bytes).value();
  chunk::AggregateReader reader(parts);
  std::vector<int64_t> times;
  for (chunk::AggregateWindow w; reader.Next(&w);) {
    times.push_back(w.t);
    EXPECT_EQ(w.count, 10);
  }
  EXPECT_THAT(times, ElementsAre(1000, 4000, 5000));

  const tsdb::Tombstone all[] = {{1, {0, 5000}}};
  out.clear();
  ASSERT_TRUE(CutChunk(chunk::Encoding::kAggregates, chunks[0].bytes, all, &out).ok());
  EXPECT_THAT(out, IsEmpty());
}

}  // namespace
}  // namespace kvs::blocks

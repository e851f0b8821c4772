// SPDX-License-Identifier: Apache-2.0
// Chunks to samples and back: encodings, overlaps, borders.
#include "samples.h"

#include <bit>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

namespace kvs::api::remote_read {
namespace {

using ::testing::ElementsAre;

// A chunk and its bytes.
struct Made {
  std::vector<uint8_t> bytes;
  kvs_chunk_t chunk{};
};

Made Xor(std::vector<std::pair<int64_t, double>> samples) {
  chunk::XorChunkBuilder builder;
  for (const auto& sample : samples) EXPECT_TRUE(builder.Append(sample.first, sample.second));
  Made made;
  made.bytes.assign(builder.bytes().begin(), builder.bytes().end());
  made.chunk = {samples.front().first,
                samples.back().first,
                made.bytes.data(),
                static_cast<uint32_t>(made.bytes.size()),
                0,
                KVS_CHUNK_XOR,
                0};
  return made;
}

chunk::Histogram Histogram(uint64_t count) {
  chunk::Histogram h;
  h.schema = 0;
  h.count = count;
  h.sum = 1.5;
  h.positive_spans = {{0, 1}};
  h.positive_buckets = {static_cast<int64_t>(count)};
  return h;
}

Made Histograms(std::vector<std::pair<int64_t, uint64_t>> samples) {
  chunk::HistogramChunkBuilder builder;
  for (const auto& sample : samples) (void)builder.Append(sample.first, Histogram(sample.second));
  Made made;
  made.bytes.assign(builder.bytes().begin(), builder.bytes().end());
  made.chunk = {samples.front().first,
                samples.back().first,
                made.bytes.data(),
                static_cast<uint32_t>(made.bytes.size()),
                0,
                KVS_CHUNK_HISTOGRAM,
                0};
  return made;
}

std::vector<std::string> Texts(const Samples& samples) {
  std::vector<std::string> out;
  for (const FloatSample& s : samples.floats()) out.push_back(StrCat(s.v, "@", s.t));
  for (const HistogramSample& s : samples.histograms())
    out.push_back(StrCat("h", std::get<chunk::Histogram>(s.value).count, "@", s.t));
  return out;
}

TEST(SamplesTest, OverlapsAreMergedAndTheRangeIsClosed) {
  const Made a = Xor({{10, 1}, {20, 2}, {30, 3}});
  const Made b = Xor({{15, 9}, {20, 8}, {40, 7}});
  const kvs_chunk_t chunks[] = {a.chunk, b.chunk};
  Samples samples;

  EXPECT_FALSE(CanPass(chunks));
  ASSERT_TRUE(samples.Read(chunks, 10, 30).ok());

  EXPECT_THAT(Texts(samples), ElementsAre("1@10", "9@15", "2@20", "3@30"));
}

TEST(SamplesTest, PlainChunksPass) {
  const Made a = Xor({{10, 1}, {20, 2}});
  const Made b = Xor({{30, 3}});
  kvs_chunk_t chunks[] = {a.chunk, b.chunk};

  EXPECT_TRUE(CanPass(chunks));
  chunks[1].flags = KVS_CHUNK_OVERLAPS;
  EXPECT_FALSE(CanPass(chunks));
  chunks[1].flags = 0;
  chunks[1].encoding = static_cast<uint8_t>(chunk::Encoding::kXor2);
  EXPECT_FALSE(CanPass(chunks));
}

TEST(SamplesTest, RecodedChunksHoldTheSameSamplesInEncodingsThatAllKnow) {
  std::vector<std::pair<int64_t, double>> many;
  for (int i = 0; i < 300; ++i) many.emplace_back(i * 10, i * 0.5);
  const Made floats = Xor(many);
  const Made histograms = Histograms({{2985, 3}, {2995, 5}});
  const kvs_chunk_t chunks[] = {floats.chunk, histograms.chunk};
  Samples samples;
  ASSERT_TRUE(samples.Read(chunks, 0, 10'000).ok());

  std::vector<Made> recoded;
  samples.Recode(
      [&](int64_t min_ms, int64_t max_ms, uint8_t encoding, std::span<const uint8_t> data) {
        Made& made = recoded.emplace_back();
        made.bytes.assign(data.begin(), data.end());
        made.chunk = {min_ms, max_ms, nullptr, static_cast<uint32_t>(data.size()), 0, encoding, 0};
      });

  std::vector<kvs_chunk_t> again;
  for (Made& made : recoded) {
    made.chunk.data = made.bytes.data();
    again.push_back(made.chunk);
  }
  EXPECT_TRUE(CanPass(again));
  EXPECT_GE(again.size(), 4u);
  Samples read_back;
  ASSERT_TRUE(read_back.Read(again, 0, 10'000).ok());
  EXPECT_EQ(Texts(read_back), Texts(samples));
}

TEST(SamplesTest, StartTimestampsAreReadOver) {
  chunk::Xor2ChunkBuilder builder;
  ASSERT_TRUE(builder.Append(5, 10, 1.5));
  ASSERT_TRUE(builder.Append(5, 20, 2.5));
  const kvs_chunk_t chunk{10,
                          20,
                          builder.bytes().data(),
                          static_cast<uint32_t>(builder.bytes().size()),
                          0,
                          static_cast<uint8_t>(chunk::Encoding::kXor2),
                          0};
  Samples samples;

  ASSERT_TRUE(samples.Read({&chunk, 1}, 0, 100).ok());

  EXPECT_THAT(Texts(samples), ElementsAre("1.5@10", "2.5@20"));
}

TEST(SamplesTest, DamageAndUnknownEncodingsAreErrors) {
  Made made = Xor({{10, 1}, {20, 2}});
  made.chunk.size = 5;
  Samples samples;
  EXPECT_EQ(samples.Read({&made.chunk, 1}, 0, 100).code(), StatusCode::kDataLoss);
  made.chunk.encoding = 200;
  EXPECT_EQ(samples.Read({&made.chunk, 1}, 0, 100).code(), StatusCode::kUnimplemented);
}

TEST(HistogramPartsTest, BothFormsAreShown) {
  HistogramParts parts;

  const model::HistogramView integers = parts.Set({7, Histogram(3)});
  EXPECT_EQ(integers.timestamp_ms, 7);
  EXPECT_FALSE(integers.is_float);
  EXPECT_EQ(integers.count, 3u);
  EXPECT_THAT(integers.positive_bucket, ElementsAre(3));

  chunk::FloatHistogram f;
  chunk::ToFloat(Histogram(3), &f);
  const model::HistogramView floats = parts.Set({8, f});
  EXPECT_TRUE(floats.is_float);
  EXPECT_EQ(std::bit_cast<double>(floats.count), 3.0);
  EXPECT_EQ(std::bit_cast<double>(floats.positive_bucket[0]), 3.0);
}

}  // namespace
}  // namespace kvs::api::remote_read

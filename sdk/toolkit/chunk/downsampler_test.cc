// SPDX-License-Identifier: Apache-2.0
// Aggregates against the naive computation over the samples of each window.
#include "kvs/chunk/downsampler.h"

#include <cmath>
#include <limits>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/nan.h"

namespace kvs::chunk {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kMinute = 60'000;
constexpr int64_t kFive = 5 * kMinute;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kFar = int64_t{1} << 50;

struct Sample {
  int64_t t;
  double v;
};
using Samples = std::vector<Sample>;

std::vector<AggregatesChunk> DownsampleRaw(const Samples& samples, int64_t resolution,
                                           int64_t last_ms = kFar) {
  Downsampler downsampler(resolution, last_ms);
  for (const Sample& s : samples) downsampler.Add(s.t, s.v);
  return downsampler.Finish();
}

std::vector<AggregatesChunk> Again(const std::vector<AggregatesChunk>& chunks, int64_t resolution,
                                   int64_t last_ms = kFar) {
  Downsampler downsampler(resolution, last_ms);
  for (const AggregatesChunk& chunk : chunks)
    EXPECT_TRUE(downsampler.AddAggregates(chunk.bytes).ok());
  return downsampler.Finish();
}

std::vector<AggregateWindow> WindowsOf(const std::vector<AggregatesChunk>& chunks) {
  std::vector<AggregateWindow> out;
  for (const AggregatesChunk& chunk : chunks) {
    const AggregateParts parts = AggregateParts::Parse(chunk.bytes).value();
    EXPECT_EQ(parts.windows(), WindowCount(chunk.bytes));
    AggregateReader reader(parts);
    AggregateWindow w;
    while (reader.Next(&w)) out.push_back(w);
    EXPECT_TRUE(reader.status().ok()) << reader.status().message();
    EXPECT_EQ(out.back().t, chunk.maxt);
    EXPECT_LE(chunk.mint, chunk.maxt);
  }
  return out;
}

Samples PartOf(const AggregatesChunk& chunk, Aggregate which) {
  const AggregateParts parts = AggregateParts::Parse(chunk.bytes).value();
  XorDecoder decoder(parts.of(which));
  Samples out;
  Sample s;
  while (decoder.Next(&s.t, &s.v)) out.push_back(s);
  return out;
}

// How much a counter grew over all chunks, as every reader of them finds it: see the format.
double IncreaseOf(const std::vector<AggregatesChunk>& chunks) {
  double total = 0, last = 0;
  int64_t last_t = std::numeric_limits<int64_t>::min();
  bool any = false;
  for (const AggregatesChunk& chunk : chunks) {
    for (const Sample& s : PartOf(chunk, Aggregate::kCounter)) {
      if (any && s.t > last_t) total += s.v < last ? s.v : s.v - last;
      any = true;
      last = s.v;
      last_t = s.t;
    }
  }
  return total;
}

double NaiveIncrease(const Samples& samples) {
  double total = 0;
  const Sample* before = nullptr;
  for (const Sample& s : samples) {
    if (std::isnan(s.v)) continue;
    if (before != nullptr) total += s.v < before->v ? s.v : s.v - before->v;
    before = &s;
  }
  return total;
}

struct Naive {
  double count = 0, sum = 0;
  double min = std::numeric_limits<double>::quiet_NaN(), max = min;
};

std::map<int64_t, Naive> NaiveWindows(const Samples& samples, int64_t resolution) {
  std::map<int64_t, Naive> out;
  for (const Sample& s : samples) {
    if (IsStaleNaN(s.v)) continue;
    int64_t end = s.t / resolution * resolution;
    while (end < s.t) end += resolution;
    while (end - resolution >= s.t) end -= resolution;
    Naive& n = out[end];
    n.count += 1;
    n.sum += s.v;
    n.min = std::fmin(n.min, s.v);
    n.max = std::fmax(n.max, s.v);
  }
  return out;
}

void ExpectEqual(const std::vector<AggregateWindow>& windows,
                 const std::map<int64_t, Naive>& naive) {
  ASSERT_EQ(windows.size(), naive.size());
  size_t i = 0;
  for (const auto& [end, n] : naive) {
    const AggregateWindow& w = windows[i++];
    EXPECT_EQ(w.t, end);
    EXPECT_EQ(w.count, n.count);
    EXPECT_EQ(w.sum, n.sum) << "at " << end;
    EXPECT_EQ(w.min, n.min);
    EXPECT_EQ(w.max, n.max);
  }
}

// Whole numbers, so that no order of adding rounds; gaps, and resets of the counter.
Samples RandomCounter(uint32_t seed, int64_t begin, size_t n) {
  std::mt19937 random(seed);
  Samples out;
  int64_t t = begin;
  double v = random() % 1000;
  for (size_t i = 0; i < n; ++i) {
    t += 1 + random() % (2 * 15'000);
    if (random() % 400 == 0) t += random() % (3 * kHour);
    v = random() % 300 == 0 ? random() % 50 : v + random() % 100;
    out.push_back({t, v});
  }
  return out;
}

TEST(WindowEndTest, WindowsAreOpenAtTheirBegin) {
  EXPECT_EQ(WindowEnd(1, kFive), kFive);
  EXPECT_EQ(WindowEnd(kFive, kFive), kFive);
  EXPECT_EQ(WindowEnd(kFive + 1, kFive), 2 * kFive);
  EXPECT_EQ(WindowEnd(0, kFive), 0);
  EXPECT_EQ(WindowEnd(-1, kFive), 0);
  EXPECT_EQ(WindowEnd(-kFive, kFive), -kFive);
}

TEST(DownsamplerTest, AggregatesAreWhatTheSamplesSay) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Samples samples = RandomCounter(seed, seed % 2 == 0 ? -kHour : 7, 4000);
    const auto chunks = DownsampleRaw(samples, kFive);
    ExpectEqual(WindowsOf(chunks), NaiveWindows(samples, kFive));
    EXPECT_EQ(IncreaseOf(chunks), NaiveIncrease(samples));
    EXPECT_GT(chunks.size(), 1u);
    for (const AggregatesChunk& chunk : chunks) {
      EXPECT_LE(WindowCount(chunk.bytes), Downsampler::kWindowsPerChunk);
    }
    for (size_t i = 1; i < chunks.size(); ++i) EXPECT_GT(chunks[i].mint, chunks[i - 1].maxt);
    EXPECT_EQ(chunks.front().mint, samples.front().t);
  }
}

TEST(DownsamplerTest, AggregatesOfAggregatesAreThoseOfTheSamples) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const Samples samples = RandomCounter(seed, 1'000'003, 30'000);
    const auto hours = Again(DownsampleRaw(samples, kFive), kHour);
    EXPECT_EQ(IncreaseOf(hours), NaiveIncrease(samples));
    EXPECT_GT(hours.size(), 1u);
    EXPECT_EQ(hours.front().mint, samples.front().t);
    // Where a chunk ends within an hour, the hour has two parts.
    std::vector<AggregateWindow> whole;
    for (AggregateWindow w : WindowsOf(hours)) {
      w.t = WindowEnd(w.t, kHour);
      if (whole.empty() || whole.back().t != w.t) {
        whole.push_back(w);
        continue;
      }
      whole.back().count += w.count;
      whole.back().sum += w.sum;
      whole.back().min = std::min(whole.back().min, w.min);
      whole.back().max = std::max(whole.back().max, w.max);
    }
    ExpectEqual(whole, NaiveWindows(samples, kHour));
  }
}

TEST(DownsamplerTest, ACounterKeepsItsResetsAcrossChunks) {
  // Chunks of a window each are as hard as it gets.
  Samples samples;
  for (int i = 0; i < 1000; ++i) samples.push_back({(i + 1) * kFive, double(i % 7)});
  const auto chunks = DownsampleRaw(samples, kFive);
  EXPECT_THAT(chunks, SizeIs(9));
  EXPECT_EQ(IncreaseOf(chunks), NaiveIncrease(samples));
  EXPECT_EQ(IncreaseOf(Again(chunks, kHour)), NaiveIncrease(samples));
}

TEST(DownsamplerTest, TheCounterHasItsOwnTimesAndItsLastValueTwice) {
  const auto chunks =
      DownsampleRaw({{1000, 10}, {2000, 12}, {kFive + 1, 3}, {kFive + 9, 5}}, kFive);
  ASSERT_THAT(chunks, SizeIs(1));
  const Samples counter = PartOf(chunks[0], Aggregate::kCounter);
  ASSERT_THAT(counter, SizeIs(4));
  const auto is = [&](size_t i, int64_t t, double v) {
    EXPECT_EQ(counter[i].t, t);
    EXPECT_EQ(counter[i].v, v);
  };
  is(0, 1000, 10);
  is(1, 2000, 12);
  is(2, kFive + 9, 17);  // 12, then 0 to 5.
  is(3, kFive + 9, 5);
}

TEST(DownsamplerTest, StaleMarkersAreNoSamplesAndNaNIsOne) {
  const double nan = NormalNaN();
  const auto windows = WindowsOf(DownsampleRaw(
      {{1, 4}, {2, StaleNaN()}, {3, nan}, {4, 2}, {kFive + 1, nan}, {2 * kFive + 1, StaleNaN()}},
      kFive));
  ASSERT_THAT(windows, SizeIs(2));
  EXPECT_EQ(windows[0].count, 3);
  EXPECT_TRUE(std::isnan(windows[0].sum));
  EXPECT_EQ(windows[0].min, 2);
  EXPECT_EQ(windows[0].max, 4);
  EXPECT_EQ(windows[1].count, 1);
  EXPECT_TRUE(std::isnan(windows[1].min));
  EXPECT_FALSE(IsStaleNaN(windows[1].min));
}

TEST(DownsamplerTest, ANaNDoesNotPoisonACounter) {
  const auto chunks =
      DownsampleRaw({{1, 4}, {2, NormalNaN()}, {3, 9}, {kFive + 1, NormalNaN()}}, kFive);
  EXPECT_EQ(IncreaseOf(chunks), 5);
  EXPECT_EQ(IncreaseOf(Again(chunks, kHour)), 5);
}

TEST(DownsamplerTest, NothingStandsBehindTheEndOfTheBlock) {
  // A block that ends on a border: what comes right at the border is the next block's.
  const auto chunks =
      DownsampleRaw({{1, 1}, {kFive + 1, 1}, {2 * kFive - 1, 1}}, kFive, 2 * kFive - 1);
  ASSERT_THAT(chunks, SizeIs(1));
  EXPECT_EQ(chunks[0].maxt, 2 * kFive - 1);
  const auto windows = WindowsOf(chunks);
  ASSERT_THAT(windows, SizeIs(2));
  EXPECT_EQ(windows[1].t, 2 * kFive - 1);
  EXPECT_EQ(windows[1].count, 2);
  const auto hours = WindowsOf(Again(chunks, kHour, 2 * kFive - 1));
  ASSERT_THAT(hours, SizeIs(1));
  EXPECT_EQ(hours[0].t, 2 * kFive - 1);
  EXPECT_EQ(hours[0].count, 3);
}

TEST(DownsamplerTest, OnlyStaleMarkersMakeNoChunk) {
  EXPECT_THAT(DownsampleRaw({{1, StaleNaN()}}, kFive), IsEmpty());
}

TEST(DownsamplerTest, InfinitiesAddUpAsTheyDo) {
  const double inf = std::numeric_limits<double>::infinity();
  const auto windows =
      WindowsOf(DownsampleRaw({{1, inf}, {2, 1}, {kFive + 1, 1e308}, {kFive + 2, 1e308}}, kFive));
  EXPECT_EQ(windows[0].sum, inf);
  EXPECT_EQ(windows[0].min, 1);
  EXPECT_EQ(windows[1].sum, inf);
}

TEST(DownsamplerTest, ChunksThatNobodyWritesAreRefused) {
  const auto chunks = DownsampleRaw({{1, 1}, {kFive + 1, 2}}, kFive);
  Downsampler twice(kHour, kFar);
  ASSERT_TRUE(twice.AddAggregates(chunks[0].bytes).ok());
  EXPECT_EQ(twice.AddAggregates(chunks[0].bytes).code(), StatusCode::kDataLoss);
  AggregatesBuilder builder;
  for (int i = 0; i < 9000; ++i) builder.AppendWindow({i, 1, 1, 1, 1});
  Downsampler large(kHour, kFar);
  EXPECT_EQ(large.AddAggregates(builder.Build()).code(), StatusCode::kDataLoss);
}

TEST(AggregatePartsTest, EveryTruncationIsAnErrorOrShort) {
  const auto chunks = DownsampleRaw(RandomCounter(1, 0, 400), kFive);
  const std::vector<uint8_t>& bytes = chunks[0].bytes;
  for (size_t n = 0; n < bytes.size(); ++n) {
    const auto parts = AggregateParts::Parse(std::span(bytes).first(n));
    EXPECT_EQ(parts.status().code(), StatusCode::kDataLoss) << n;
  }
}

TEST(AggregatePartsTest, PartsMayBeMissingAndOfOtherEncodings) {
  const std::vector<uint8_t> none = {0, 0, 0, 0, 0};
  const AggregateParts parts = AggregateParts::Parse(none).value();
  EXPECT_EQ(parts.windows(), 0u);
  const std::vector<uint8_t> histogram = {1, 2, 0, 0, 0, 0, 0};
  EXPECT_EQ(AggregateParts::Parse(histogram).status().code(), StatusCode::kUnimplemented);
}

TEST(AggregateReaderTest, PartsOfDifferentWindowsAreDamage) {
  AggregatesBuilder builder;
  builder.AppendWindow({5, 1, 2, 3, 4});
  const std::vector<uint8_t> a = builder.Build();
  builder.Clear();
  builder.AppendWindow({6, 1, 2, 3, 4});
  std::vector<uint8_t> mixed = builder.Build();
  // The count of one, the rest of the other.
  const size_t first = 2 + a[0];
  std::copy_n(a.begin(), first, mixed.begin());
  AggregateReader reader(AggregateParts::Parse(mixed).value());
  AggregateWindow w;
  EXPECT_FALSE(reader.Next(&w));
  EXPECT_EQ(reader.status().code(), StatusCode::kDataLoss);
}

}  // namespace
}  // namespace kvs::chunk

// SPDX-License-Identifier: Apache-2.0
// XOR2 chunks: bits against the format's description, round trips, start timestamps, damage.

#include "kvs/chunk/xor2.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/nan.h"

#include "bit_string.h"

namespace kvs::chunk {
namespace {

using ::testing::HasSubstr;

struct Sample {
  int64_t start;
  int64_t t;
  double v;

  friend bool operator==(const Sample& a, const Sample& b) {
    return a.start == b.start && a.t == b.t &&
           std::bit_cast<uint64_t>(a.v) == std::bit_cast<uint64_t>(b.v);
  }
  friend void PrintTo(const Sample& s, std::ostream* out) {
    *out << s.v << " @ " << s.t << " since " << s.start;
  }
};
using Samples = std::vector<Sample>;

std::vector<uint8_t> Encode(const Samples& samples) {
  Xor2ChunkBuilder builder;
  for (const Sample& s : samples) EXPECT_TRUE(builder.Append(s.start, s.t, s.v));
  return {builder.bytes().begin(), builder.bytes().end()};
}

Samples Decode(std::span<const uint8_t> chunk, Status* status = nullptr) {
  Samples out;
  Xor2Decoder decoder(chunk);
  Sample s{};
  while (decoder.Next(&s.t, &s.v, &s.start)) out.push_back(s);
  if (status != nullptr) *status = decoder.status();
  return out;
}

void ExpectRoundTrip(const Samples& samples) {
  Status status;
  EXPECT_EQ(Decode(Encode(samples), &status), samples);
  EXPECT_TRUE(status.ok()) << status.ToString();
}

/// The first sample, 1.0 at 0, of a chunk of `count`.
BitString Front(int count, int header) {
  BitString bits;
  bits.Add(static_cast<uint64_t>(count), 16).Add(static_cast<uint64_t>(header), 8);
  bits.Add(0, 8).Add(1.0);
  return bits;
}

TEST(Xor2Test, AnEmptyChunkIsAHeader) {
  Xor2ChunkBuilder builder;

  EXPECT_THAT(std::vector<uint8_t>(builder.bytes().begin(), builder.bytes().end()),
              ::testing::ElementsAre(0, 0, 0));
  EXPECT_TRUE(Decode(builder.bytes()).empty());
}

TEST(Xor2Test, ASteadySampleIsOneBit) {
  const std::vector<uint8_t> bytes = Encode({{0, 0, 1}, {0, 15, 1}, {0, 30, 1}, {0, 45, 1}});

  EXPECT_EQ(bytes, Front(4, 0).Add(15, 8).Add(0, 1).Add(0, 1).Add(0, 1).bytes());
}

TEST(Xor2Test, TimesThatAreNotSteadyFillWholeBytesWithTheirPrefix) {
  // Differences of differences: 1, -4096, 4095, -4097, 524287, and one out of every field.
  Samples samples = {{0, 0, 1}, {0, 10'000, 1}};
  int64_t delta = 10'000;
  BitString expected = Front(8, 0);
  expected.Add(0x90, 8).Add(0x4e, 8).Add(0, 1);
  for (const int64_t dod : {1L, -4096L, 4095L, -4097L, 524'287L, 524'288L}) {
    delta += dod;
    samples.push_back({0, samples.back().t + delta, 1});
    const auto field = static_cast<uint64_t>(dod);
    if (dod >= -4096 && dod <= 4095) {
      expected.Add(0b110, 3).Add(field & 0x1fff, 13);
    } else if (dod >= -524'288 && dod <= 524'287) {
      expected.Add(0b1110, 4).Add(field & 0xfffff, 20);
    } else {
      expected.Add(0b11110, 5).Add(field, 64);
    }
    expected.Add(0, 1);
  }

  EXPECT_EQ(Encode(samples), expected.bytes());
  ExpectRoundTrip(samples);
}

TEST(Xor2Test, ValuesOpenAndReuseWindows) {
  // 1 -> 2 -> 1: bits 52 to 62 differ, then all eleven again.
  const uint64_t x = std::bit_cast<uint64_t>(1.0) ^ std::bit_cast<uint64_t>(2.0);
  const int leading = std::countl_zero(x);
  const int trailing = std::countr_zero(x);
  const int width = 64 - leading - trailing;
  const Samples samples = {{0, 0, 1}, {0, 10, 2}, {0, 20, 1}, {0, 31, 2}};

  const std::vector<uint8_t> bytes = Encode(samples);

  BitString expected = Front(4, 0);
  expected.Add(10, 8).Add(0b110, 3);
  expected.Add(static_cast<uint64_t>(leading), 5).Add(static_cast<uint64_t>(width), 6);
  expected.Add(x >> trailing, width);
  expected.Add(0b100, 3).Add(x >> trailing, width);
  expected.Add(0b110, 3).Add(1, 13).Add(0b10, 2).Add(x >> trailing, width);
  EXPECT_EQ(bytes, expected.bytes());
  EXPECT_EQ(Decode(bytes), samples);
}

TEST(Xor2Test, AWindowOfSixtyFourBitsIsWrittenAsZero) {
  ExpectRoundTrip({{0, 0, std::bit_cast<double>(uint64_t{0})},
                   {0, 10, std::bit_cast<double>(uint64_t{0x8000000000000001})},
                   {0, 20, std::bit_cast<double>(uint64_t{1})},
                   {0, 33, std::bit_cast<double>(uint64_t{1} << 63)}});
}

TEST(Xor2Test, StaleMarkersLeaveTheValueTheyInterrupt) {
  const Samples samples = {{0, 0, 1},           {0, 10, StaleNaN()}, {0, 20, 1},
                           {0, 30, StaleNaN()}, {0, 41, StaleNaN()}, {0, 52, 1}};

  const std::vector<uint8_t> bytes = Encode(samples);

  BitString expected = Front(6, 0);
  expected.Add(10, 8).Add(0b111, 3).Add(0, 1).Add(0b11111, 5);
  expected.Add(0b110, 3).Add(1, 13).Add(0b111, 3).Add(0, 1);
  EXPECT_EQ(bytes, expected.bytes());
  EXPECT_EQ(Decode(bytes), samples);
  ExpectRoundTrip({{0, 5, StaleNaN()}, {0, 6, StaleNaN()}, {0, 7, 3}, {0, 8, 0}});
}

TEST(Xor2Test, AStartThatStaysIsWrittenOnce) {
  const Samples samples = {{-60, 0, 1}, {-60, 15, 1}, {-60, 30, 1}};

  const std::vector<uint8_t> bytes = Encode(samples);

  EXPECT_EQ(bytes, Front(3, 0x80).Add(120, 8).Add(15, 8).Add(0, 1).Add(0, 1).bytes());
  EXPECT_EQ(Decode(bytes), samples);
}

TEST(Xor2Test, FromTheFirstChangeOnEverySampleHasADistanceToItsStart) {
  // The third begins anew at 16; distances back from 15 and 30 are -1 and 14.
  const Samples samples = {{-60, 0, 1}, {-60, 15, 1}, {16, 30, 1}, {16, 45, 1}};

  const std::vector<uint8_t> bytes = Encode(samples);

  BitString expected = Front(4, 0x82);
  expected.Add(120, 8).Add(15, 8).Add(0, 1);
  expected.Add(0, 1).Add(0b10, 2).Add(0b111, 3);      // -1 in three bits.
  expected.Add(0, 1).Add(0b110, 3).Add(0b001111, 6);  // 15 in six.
  EXPECT_EQ(bytes, expected.bytes());
  EXPECT_EQ(Decode(bytes), samples);
}

TEST(Xor2Test, AStartThatComesLateOrGoesSurvives) {
  ExpectRoundTrip({{0, 0, 1}, {-5, 15, 1}, {0, 30, 1}, {0, 45, 2}});
  ExpectRoundTrip({{0, 0, 1}, {0, 15, 1}, {0, 30, 1}, {31, 45, 2}, {46, 60, 2}, {61, 75, 2}});
  ExpectRoundTrip({{7, 10, 1}, {0, 20, 1}});
}

TEST(Xor2Test, BehindSample127EverySampleCarriesItsStart) {
  // The header has no number for a later change, so one is made up.
  for (const int64_t start : {0, -77}) {
    Samples samples;
    for (int i = 0; i < 300; ++i) samples.push_back({start, i * 15, 1});
    EXPECT_EQ(Encode(samples)[2], 127 | (start == 0 ? 0 : 0x80));
    ExpectRoundTrip(samples);
    samples.resize(127);
    EXPECT_EQ(Encode(samples)[2], start == 0 ? 0 : 0x80);
    samples = {};
    for (int i = 0; i < 300; ++i) samples.push_back({i < 200 ? start : 3000 + i, i * 15, 1.0 * i});
    ExpectRoundTrip(samples);
  }
}

TEST(Xor2Test, AnySequenceOfSamplesSurvives) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    Samples samples;
    int64_t t = static_cast<int64_t>(random());
    int64_t start = round % 3 == 0 ? 0 : static_cast<int64_t>(static_cast<uint64_t>(t) - 1000);
    double v = 0;
    for (size_t i = 0; i < 1 + random() % 160; ++i) {
      const uint64_t kind = random() % 16;
      if (kind == 0) v = StaleNaN();
      if (kind == 1) v = std::bit_cast<double>(random());
      if (kind >= 2 && kind < 8) v = static_cast<double>(random() % 1000);
      if (kind == 8) start = static_cast<int64_t>(random() >> (random() % 64));
      if (kind == 9) start = t;
      const uint64_t delta =
          kind == 10 ? random() >> (random() % 64) : 15'000 + (round % 2) * (random() % 5);
      t = static_cast<int64_t>(static_cast<uint64_t>(t) + delta);  // Times may wrap.
      samples.push_back({start, t, v});
    }
    ExpectRoundTrip(samples);
  }
}

TEST(Xor2Test, BatchesAndRangesAgreeWithSingleSamples) {
  Samples samples;
  for (int i = 0; i < 50; ++i) samples.push_back({i / 10, i * 10, i * 0.5});
  const std::vector<uint8_t> bytes = Encode(samples);
  std::vector<int64_t> t(60), start(60);
  std::vector<double> v(60);

  Xor2Decoder all(bytes);
  ASSERT_EQ(all.NextBatch(t.data(), v.data(), start.data(), 60), 50u);
  for (size_t i = 0; i < 50; ++i) EXPECT_EQ((Sample{start[i], t[i], v[i]}), samples[i]);
  Xor2Decoder some(bytes);
  ASSERT_EQ(some.NextBatchInRange(95, 200, t.data(), v.data(), nullptr, 60), 11u);
  EXPECT_EQ(t[0], 100);
  EXPECT_EQ(t[10], 200);
  EXPECT_TRUE(some.status().ok());
}

TEST(Xor2Test, AReopenedChunkGoesOnWithTheSameBits) {
  Samples samples;
  for (int i = 0; i < 150; ++i) {
    samples.push_back({i < 60 ? 3 : i * 10, i * 15 + i % 4, i % 9 == 0 ? StaleNaN() : i * 0.25});
  }
  const std::vector<uint8_t> whole = Encode(samples);
  for (const size_t cut : {0, 1, 2, 59, 60, 61, 127, 149}) {
    const std::vector<uint8_t> part =
        Encode({samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(cut)});
    const StatusOr<ReopenedXor2> reopened = ReopenXor2(part);
    ASSERT_TRUE(reopened.ok());
    std::vector<uint8_t> memory = part;
    memory.resize(8192);
    BitBuffer out{memory.data(), reopened->bits, static_cast<uint32_t>(memory.size())};
    Xor2State state = reopened->state;
    for (size_t i = cut; i < samples.size(); ++i)
      Xor2Append(state, out, samples[i].start, samples[i].t, samples[i].v);
    const std::span<const uint8_t> bytes = Xor2Finish(state, out);
    EXPECT_EQ(std::vector<uint8_t>(bytes.begin(), bytes.end()), whole) << cut;
  }
}

TEST(Xor2Test, DamageIsSaidBehindTheSamplesBeforeIt) {
  const Samples samples = {{-60, 0, 1}, {-60, 15, 2}, {16, 30, 3.5}, {31, 45, 1e300}};
  const std::vector<uint8_t> whole = Encode(samples);
  for (size_t size = 0; size < whole.size(); ++size) {
    Status status;
    const Samples got = Decode({whole.data(), size}, &status);
    EXPECT_LT(got.size(), samples.size());
    for (size_t i = 0; i < got.size(); ++i) EXPECT_EQ(got[i], samples[i]);
    if (size >= kCountBytes) {
      EXPECT_EQ(status.code(), StatusCode::kDataLoss) << size;
    }
  }
  // 31 leading zeros and a width of 63.
  BitString window = Front(2, 0);
  window.Add(10, 8).Add(0b110, 3).Add(31, 5).Add(63, 6).Add(~uint64_t{0}, 64);
  Status status;
  EXPECT_EQ(Decode(window.bytes(), &status).size(), 1u);
  EXPECT_THAT(status.message(), HasSubstr("sample 1 of 2: leading zeros"));
}

TEST(Xor2Test, AFullChunkTakesNoMore) {
  Xor2ChunkBuilder builder;
  for (unsigned i = 0; i < kMaxSamples; ++i) ASSERT_TRUE(builder.Append(0, i, 1));

  EXPECT_FALSE(builder.Append(0, 70'000, 1));

  EXPECT_EQ(Decode(builder.bytes()).size(), kMaxSamples);
  builder.Clear();
  EXPECT_TRUE(builder.Append(5, 6, 7));
  EXPECT_EQ(Decode(builder.bytes()), (Samples{{5, 6, 7}}));
}

}  // namespace
}  // namespace kvs::chunk

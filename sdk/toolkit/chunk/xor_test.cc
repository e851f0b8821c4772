// SPDX-License-Identifier: Apache-2.0
// XOR chunks against bytes derived by hand from the format, round trips over every width boundary,
// and damage at every byte. xor_golden_test.cc compares with chunks that Prometheus wrote.

#include "kvs/chunk/xor.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/nan.h"

#include "bit_string.h"

namespace kvs::chunk {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;

struct Sample {
  int64_t t;
  uint64_t v_bits;
  bool operator==(const Sample&) const = default;
};

Sample At(int64_t t, double v) {
  return {t, std::bit_cast<uint64_t>(v)};
}

using Samples = std::vector<Sample>;
using Bytes = std::vector<uint8_t>;

Bytes Encode(const Samples& samples) {
  XorChunkBuilder builder;
  for (const Sample& s : samples) EXPECT_TRUE(builder.Append(s.t, std::bit_cast<double>(s.v_bits)));
  return Bytes(builder.bytes().begin(), builder.bytes().end());
}

struct Decoded {
  Samples samples;
  Status status;
};

Decoded DecodeOneByOne(std::span<const uint8_t> chunk) {
  Decoded out;
  XorDecoder decoder(chunk);
  int64_t t;
  double v;
  while (decoder.Next(&t, &v)) out.samples.push_back(At(t, v));
  out.status = decoder.status();
  return out;
}

Decoded DecodeInBatches(std::span<const uint8_t> chunk, size_t batch) {
  Decoded out;
  XorDecoder decoder(chunk);
  std::vector<int64_t> t(batch);
  std::vector<double> v(batch);
  size_t n = batch;
  while (n == batch) {
    n = decoder.NextBatch(t.data(), v.data(), batch);
    for (size_t i = 0; i < n; ++i) out.samples.push_back(At(t[i], v[i]));
  }
  out.status = decoder.status();
  return out;
}

// The count, the varint of a small timestamp, and the first value.
BitString Start(unsigned count, int small_t, double v) {
  return BitString()
      .Add(count, 16)
      .Add(static_cast<uint64_t>(2 * small_t), 8)
      .Add(std::bit_cast<uint64_t>(v), 64);
}

void ExpectRoundTrip(const Samples& samples) {
  const Bytes chunk = Encode(samples);
  for (size_t batch : {1, 2, 3, 7, 64, 1000}) {
    const Decoded decoded = DecodeInBatches(chunk, batch);
    EXPECT_TRUE(decoded.status.ok()) << decoded.status.ToString();
    ASSERT_EQ(decoded.samples, samples) << "batch " << batch;
  }
}

TEST(XorGoldenTest, AnEmptyChunkIsACountOfZero) {
  XorChunkBuilder builder;

  EXPECT_THAT(builder.bytes(), ElementsAre(0, 0));
  EXPECT_THAT(DecodeOneByOne(builder.bytes()).samples, SizeIs(0));
}

TEST(XorGoldenTest, TheFirstSampleIsAVarintAndEightBytes) {
  EXPECT_THAT(Encode({At(1, 1.0)}), ElementsAre(0, 1, 0x02, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(Encode({At(-1, -0.0)}), ElementsAre(0, 1, 0x01, 0x80, 0, 0, 0, 0, 0, 0, 0));
  // 1'700'000'000'000 ms, doubled by zig-zag, in groups of seven bits from the lowest.
  EXPECT_THAT(Encode({{1'700'000'000'000, kStaleNaNBits}}),
              ElementsAre(0, 1, 0x80, 0xa0, 0xab, 0xfe, 0xf9, 0x62, 0x7f, 0xf0, 0, 0, 0, 0, 0, 2));
}

TEST(XorGoldenTest, AConstantSeriesTakesTwoBitsASample) {
  const Bytes chunk = Encode({At(0, 1), At(15, 1), At(30, 1), At(45, 1)});

  EXPECT_EQ(chunk, Start(4, 0, 1).Add(15, 8).Add(0, 1).Add(0b00, 2).Add(0b00, 2).bytes());
}

TEST(XorGoldenTest, TheSecondTimestampIsAByteVarint) {
  const Bytes chunk = Encode({At(0, 1), At(300, 1)});

  EXPECT_EQ(chunk, Start(2, 0, 1).Add(0xac, 8).Add(0x02, 8).Add(0, 1).bytes());
}

TEST(XorGoldenTest, ANewWindowSaysLeadingZerosAndWidth) {
  // 1.0 ^ 2.0 = 0x7ff0000000000000: 1 leading zero, 11 significant bits.
  const Bytes chunk = Encode({At(0, 1), At(1, 2)});

  EXPECT_EQ(chunk,
            Start(2, 0, 1).Add(1, 8).Add(0b11, 2).Add(1, 5).Add(11, 6).Add(0x7ff, 11).bytes());
}

TEST(XorGoldenTest, ADifferenceInsideTheWindowReusesIt) {
  // 1 ^ 2 opens the window of bits 52 to 62; 2 ^ 4 = bit 52 lies inside it, 4 ^ 6 = bit 51 does
  // not.
  const Bytes chunk = Encode({At(0, 1), At(1, 2), At(2, 4), At(3, 6), At(4, 6)});

  EXPECT_EQ(chunk, Start(5, 0, 1)
                       .Add(1, 8)
                       .Add(0b11, 2)
                       .Add(1, 5)
                       .Add(11, 6)
                       .Add(0x7ff, 11)  // 2
                       .Add(0, 1)
                       .Add(0b10, 2)
                       .Add(0x001, 11)  // 4: 2 ^ 4 = bit 52
                       .Add(0, 1)
                       .Add(0b11, 2)
                       .Add(12, 5)
                       .Add(1, 6)
                       .Add(1, 1)  // 6: 4 ^ 6 = bit 51
                       .Add(0, 1)
                       .Add(0, 1)
                       .bytes());
}

TEST(XorGoldenTest, LeadingZerosAreCappedAt31) {
  // The difference is bit 0 alone: 63 leading zeros, written as 31, so 33 bits are significant.
  const Bytes chunk = Encode({{0, 0}, {1, 1}, {2, 0}});

  EXPECT_EQ(chunk, BitString()
                       .Add(3, 16)
                       .Add(0, 8)
                       .Add(0, 64)
                       .Add(1, 8)
                       .Add(0b11, 2)
                       .Add(31, 5)
                       .Add(33, 6)
                       .Add(1, 33)
                       .Add(0, 1)
                       .Add(0b10, 2)
                       .Add(1, 33)
                       .bytes());
}

TEST(XorGoldenTest, SixtyFourSignificantBitsAreWrittenAsZero) {
  const Bytes chunk = Encode({{0, 0}, {1, 0x8000000000000001}});

  EXPECT_EQ(chunk, BitString()
                       .Add(2, 16)
                       .Add(0, 8)
                       .Add(0, 64)
                       .Add(1, 8)
                       .Add(0b11, 2)
                       .Add(0, 5)
                       .Add(0, 6)
                       .Add(0x8000000000000001, 64)
                       .bytes());
}

struct DodCase {
  int64_t dod;
  uint64_t prefix;
  int prefix_bits;
  int field_bits;
};

class XorDodTest : public ::testing::TestWithParam<DodCase> {};

TEST_P(XorDodTest, TakesTheNarrowestField) {
  const auto [dod, prefix, prefix_bits, field_bits] = GetParam();
  const Samples samples = {At(0, 1), At(50, 1), At(100 + dod, 1)};

  const Bytes chunk = Encode(samples);

  BitString expected = Start(3, 0, 1).Add(50, 8).Add(0, 1).Add(prefix, prefix_bits);
  if (field_bits > 0) expected.Add(static_cast<uint64_t>(dod), field_bits);
  EXPECT_EQ(chunk, expected.Add(0, 1).bytes());
  EXPECT_EQ(DecodeOneByOne(chunk).samples, samples);
}

INSTANTIATE_TEST_SUITE_P(
    Boundaries, XorDodTest,
    ::testing::Values(DodCase{0, 0, 1, 0}, DodCase{1, 2, 2, 14}, DodCase{-1, 2, 2, 14},
                      DodCase{8192, 2, 2, 14}, DodCase{-8191, 2, 2, 14}, DodCase{8193, 6, 3, 17},
                      DodCase{-8192, 6, 3, 17}, DodCase{65536, 6, 3, 17}, DodCase{-65535, 6, 3, 17},
                      DodCase{65537, 14, 4, 20}, DodCase{-65536, 14, 4, 20},
                      DodCase{524288, 14, 4, 20}, DodCase{-524287, 14, 4, 20},
                      DodCase{524289, 15, 4, 64}, DodCase{-524288, 15, 4, 64},
                      DodCase{int64_t{1} << 40, 15, 4, 64},
                      DodCase{-(int64_t{1} << 40), 15, 4, 64}),
    [](const auto& info) {
      const int64_t dod = info.param.dod;
      return (dod < 0 ? "minus_" : "plus_") + std::to_string(dod < 0 ? -dod : dod);
    });

TEST(XorRoundTripTest, KeepsEverySpecialValue) {
  const double inf = std::numeric_limits<double>::infinity();
  Samples samples;
  for (uint64_t bits : {std::bit_cast<uint64_t>(0.0), std::bit_cast<uint64_t>(-0.0),
                        std::bit_cast<uint64_t>(inf), std::bit_cast<uint64_t>(-inf), kStaleNaNBits,
                        kNormalNaNBits, kStaleNaNBits | uint64_t{1} << 63, uint64_t{1},
                        ~uint64_t{0}, std::bit_cast<uint64_t>(std::numeric_limits<double>::max()),
                        std::bit_cast<uint64_t>(std::numeric_limits<double>::min())}) {
    samples.push_back({static_cast<int64_t>(samples.size()) * 15'000, bits});
    samples.push_back(
        {static_cast<int64_t>(samples.size()) * 15'000, std::bit_cast<uint64_t>(42.5)});
  }

  ExpectRoundTrip(samples);
}

TEST(XorRoundTripTest, KeepsExtremeAndUnorderedTimestamps) {
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

  ExpectRoundTrip(
      {At(kMin, 1), At(kMax, 2), At(kMin, 3), At(0, 4), At(kMax, 5), At(kMax, 6), At(-5, 7)});
  ExpectRoundTrip({At(kMax, 1), At(kMin, 2), At(kMin, 3)});
  ExpectRoundTrip({At(5, 1), At(5, 1), At(4, 1)});
}

TEST(XorRoundTripTest, KeepsEveryWindow) {
  for (unsigned leading = 0; leading < 64; ++leading) {
    for (unsigned width = 1; width <= 64 - leading; ++width) {
      const uint64_t x = (width == 64 ? ~uint64_t{0} : (uint64_t{1} << width) - 1)
                         << (64 - leading - width);
      const Samples samples = {{0, 0}, {1, x}, {2, 0}, {3, x}, {900'000, 0}, {900'001, x & x >> 1}};
      ASSERT_EQ(DecodeOneByOne(Encode(samples)).samples, samples) << leading << " " << width;
    }
  }
}

TEST(XorRoundTripTest, KeepsRandomSeriesOfEveryKind) {
  std::mt19937_64 random(7);
  for (int kind = 0; kind < 6; ++kind) {
    for (int length : {1, 2, 3, 10, 120, 1000}) {
      Samples samples;
      int64_t t = static_cast<int64_t>(random() >> 20);
      double v = static_cast<double>(random() % 1000);
      for (int i = 0; i < length; ++i) {
        switch (kind) {
          case 0:
            t += 15'000;
            v += static_cast<double>(random() % 100);
            break;
          case 1:
            t += 15'000 + static_cast<int64_t>(random() % 20);
            v = static_cast<double>(random() % 10'000) / 100;
            break;
          case 2:
            t += static_cast<int64_t>(random() % 3'000'000);
            break;
          case 3:
            t = static_cast<int64_t>(static_cast<uint64_t>(t) + (random() >> (random() % 63)));
            v = std::bit_cast<double>(random());
            break;
          case 4:
            t += 15'000;
            if (random() % 10 == 0) v += 1;
            break;
          default:
            t += 15'000;
            v = random() % 5 == 0 ? StaleNaN() : static_cast<double>(random() % 3);
        }
        samples.push_back(At(t, v));
      }
      ExpectRoundTrip(samples);
    }
  }
}

TEST(XorRoundTripTest, HoldsAsManySamplesAsTheCountCanSay) {
  XorChunkBuilder builder;
  for (unsigned i = 0; i < kMaxSamples; ++i) ASSERT_TRUE(builder.Append(i, i % 7));

  EXPECT_FALSE(builder.Append(kMaxSamples, 0));
  EXPECT_THAT(DecodeOneByOne(builder.bytes()).samples, SizeIs(kMaxSamples));
}

Samples Mixed(int length) {
  std::mt19937_64 random(11);
  Samples samples;
  int64_t t = 1'700'000'000'000;
  for (int i = 0; i < length; ++i) {
    t += i % 9 == 0 ? 14'000 + static_cast<int64_t>(random() % 2'000) : 15'000;
    samples.push_back(At(t, i % 3 == 0 ? static_cast<double>(random() % 1000) / 8 : 4.25));
  }
  return samples;
}

TEST(XorTryAppendTest, FillsABufferToItsLastByteAndNoFurther) {
  const Samples samples = Mixed(60);
  const Bytes whole = Encode(samples);
  for (uint32_t capacity = 0; capacity <= whole.size() + 2 * kXorMaxSampleBytes; ++capacity) {
    Bytes memory(capacity + 8, 0xee);
    BitBuffer out{memory.data(), 0, capacity};
    XorState state;

    size_t n = 0;
    while (n < samples.size() &&
           XorTryAppend(state, out, samples[n].t, std::bit_cast<double>(samples[n].v_bits)))
      ++n;

    ASSERT_THAT(Bytes(memory.begin() + capacity, memory.end()), ElementsAreArray(Bytes(8, 0xee)))
        << capacity;
    ASSERT_EQ(state.count, n);
    const Bytes expected =
        Encode(Samples(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(n)));
    if (capacity >= kCountBytes) {
      ASSERT_THAT(XorFinish(state, out), ElementsAreArray(expected)) << capacity;
    }
    if (n < samples.size()) {
      const Bytes longer =
          Encode(Samples(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(n) + 1));
      ASSERT_GT(longer.size(), capacity) << "it would have fitted";
    }
  }
}

TEST(XorTryAppendTest, RefusesASampleThatTheCountCannotSay) {
  XorState state;
  state.count = kMaxSamples;
  Bytes memory(100);
  BitBuffer out{memory.data(), 16, 100};

  EXPECT_FALSE(XorTryAppend(state, out, 1, 1));
  EXPECT_EQ(out.bits, 16u);
}

TEST(XorAppendTest, LeavesNoTraceOfWhatTheMemoryHeldBefore) {
  Bytes memory(4000, 0xff);
  BitBuffer out{memory.data(), 0, 4000};
  XorState state;
  const Samples samples = Mixed(100);

  for (const Sample& s : samples) XorAppend(state, out, s.t, std::bit_cast<double>(s.v_bits));
  EXPECT_THAT(XorFinish(state, out), ElementsAreArray(Encode(samples)));
}

TEST(XorDecoderTest, DecodesAnOpenChunkByAGivenCount) {
  Bytes chunk = Encode(Mixed(50));
  chunk[0] = chunk[1] = 0;

  XorDecoder decoder(chunk, 20);
  std::vector<int64_t> t(60);
  std::vector<double> v(60);

  EXPECT_EQ(decoder.remaining(), 20u);
  EXPECT_EQ(decoder.NextBatch(t.data(), v.data(), 60), 20u);
  EXPECT_TRUE(decoder.status().ok());
  EXPECT_EQ(decoder.remaining(), 0u);
}

TEST(XorDecoderTest, DeliversTheSamplesBeforeTheDamageWhereverTheChunkIsCut) {
  const Samples samples = Mixed(40);
  const Bytes chunk = Encode(samples);
  size_t least = 0;
  for (size_t size = 0; size < chunk.size(); ++size) {
    // An exact copy, so that a read past the end is one past the allocation.
    const Bytes cut(chunk.begin(), chunk.begin() + static_cast<ptrdiff_t>(size));

    const Decoded decoded = DecodeOneByOne(cut);

    if (size < kCountBytes) {
      EXPECT_TRUE(decoded.status.ok());
      continue;
    }
    ASSERT_EQ(decoded.status.code(), StatusCode::kDataLoss) << size;
    ASSERT_LT(decoded.samples.size(), samples.size());
    ASSERT_GE(decoded.samples.size(), least);
    least = decoded.samples.size();
    ASSERT_EQ(decoded.samples,
              Samples(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(least)));
    // No more could be had: all whole samples that fit were delivered.
    ASSERT_GT(Encode(Samples(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(least) + 1))
                  .size(),
              size);
  }
  EXPECT_EQ(least, samples.size() - 1);
}

TEST(XorDecoderTest, IgnoresBytesBehindTheLastSample) {
  const Samples samples = Mixed(10);
  Bytes chunk = Encode(samples);
  chunk.insert(chunk.end(), 5, 0xff);

  const Decoded decoded = DecodeOneByOne(chunk);

  EXPECT_TRUE(decoded.status.ok());
  EXPECT_EQ(decoded.samples, samples);
}

TEST(XorDecoderTest, RejectsAWindowWiderThanAValue) {
  const Bytes chunk =
      Start(2, 0, 1).Add(1, 8).Add(0b11, 2).Add(31, 5).Add(34, 6).Add(0, 64).bytes();

  const Decoded decoded = DecodeOneByOne(chunk);

  EXPECT_EQ(decoded.status.code(), StatusCode::kDataLoss);
  EXPECT_EQ(decoded.samples, (Samples{At(0, 1)}));
}

TEST(XorDecoderTest, RejectsAVarintOfMoreThan64Bits) {
  Bytes chunk = {0, 1};
  chunk.insert(chunk.end(), 9, 0xff);
  chunk.push_back(0x02);
  chunk.insert(chunk.end(), 8, 0);

  EXPECT_EQ(DecodeOneByOne(chunk).status.code(), StatusCode::kDataLoss);
  chunk[11] = 0x01;
  EXPECT_EQ(DecodeOneByOne(chunk).samples, (Samples{At(std::numeric_limits<int64_t>::min(), 0)}));
}

TEST(XorDecoderTest, ReadsAReusedWindowBeforeAnyWasSaid) {
  // Prometheus writes this after reopening a chunk of equal values: its window is then 64 bits
  // wide.
  const Bytes chunk = Start(2, 0, 1).Add(1, 8).Add(0b10, 2).Add(0x7ff0000000000000, 64).bytes();

  EXPECT_EQ(DecodeOneByOne(chunk).samples, (Samples{At(0, 1), At(1, 2)}));
}

TEST(DecodeXorTest, FillsArraysAndSaysHowMany) {
  const Samples samples = Mixed(120);
  const Bytes chunk = Encode(samples);
  std::vector<int64_t> t(120);
  std::vector<double> v(120);

  const StatusOr<size_t> n = DecodeXor(chunk, t.data(), v.data(), 120);

  ASSERT_TRUE(n.ok());
  ASSERT_EQ(*n, 120u);
  for (size_t i = 0; i < samples.size(); ++i) ASSERT_EQ(At(t[i], v[i]), samples[i]);
  EXPECT_EQ(DecodeXor(chunk, t.data(), v.data(), 119).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(DecodeXor(std::span(chunk).first(60), t.data(), v.data(), 120).status().code(),
            StatusCode::kDataLoss);
}

TEST(DecodeXorTest, ARangeExcludesItsStartAndIncludesItsEnd) {
  const Bytes chunk = Encode({At(10, 1), At(20, 2), At(30, 3), At(40, 4), At(50, 5)});
  const auto in_range = [&](int64_t mint, int64_t maxt) {
    std::vector<int64_t> t(5);
    std::vector<double> v(5);
    t.resize(*DecodeXorInRange(chunk, mint, maxt, t.data(), v.data(), 5));
    return t;
  };

  EXPECT_THAT(in_range(10, 30), ElementsAre(20, 30));
  EXPECT_THAT(in_range(9, 31), ElementsAre(10, 20, 30));
  EXPECT_THAT(in_range(0, 100), ElementsAre(10, 20, 30, 40, 50));
  EXPECT_THAT(in_range(50, 100), ElementsAre());
  EXPECT_THAT(in_range(0, 9), ElementsAre());
  EXPECT_THAT(in_range(30, 30), ElementsAre());
  EXPECT_THAT(in_range(std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()),
              SizeIs(5));
}

TEST(DecodeXorTest, ARangeMustFitTheArrays) {
  const Bytes chunk = Encode({At(10, 1), At(20, 2), At(30, 3), At(40, 4)});
  int64_t t[2];
  double v[2];

  EXPECT_EQ(*DecodeXorInRange(chunk, 10, 30, t, v, 2), 2u);
  EXPECT_EQ(DecodeXorInRange(chunk, 0, 30, t, v, 2).status().code(), StatusCode::kInvalidArgument);
}

TEST(ReopenXorTest, AppendingGoesOnWithTheSameBits) {
  const Samples samples = Mixed(80);
  const Bytes whole = Encode(samples);
  for (size_t n = 0; n <= samples.size(); ++n) {
    Bytes chunk = Encode(Samples(samples.begin(), samples.begin() + static_cast<ptrdiff_t>(n)));

    const StatusOr<ReopenedXor> reopened = ReopenXor(chunk);

    ASSERT_TRUE(reopened.ok());
    ASSERT_EQ(reopened->state.count, n);
    chunk.resize(whole.size() + kXorMaxSampleBytes);
    BitBuffer out{chunk.data(), reopened->bits, static_cast<uint32_t>(chunk.size())};
    XorState state = reopened->state;
    for (size_t i = n; i < samples.size(); ++i)
      XorAppend(state, out, samples[i].t, std::bit_cast<double>(samples[i].v_bits));
    ASSERT_THAT(XorFinish(state, out), ElementsAreArray(whole)) << n;
  }
}

TEST(ReopenXorTest, RefusesADamagedChunk) {
  const Bytes chunk = Encode(Mixed(20));

  EXPECT_EQ(ReopenXor(std::span(chunk).first(chunk.size() - 1)).status().code(),
            StatusCode::kDataLoss);
}

/// Series of every kind of value, with steady and unsteady times.
std::vector<Samples> SeriesToCut() {
  std::mt19937_64 random(7);
  std::vector<Samples> out;
  for (int kind = 0; kind < 6; ++kind) {
    for (int series = 0; series < 20; ++series) {
      Samples samples;
      int64_t t = static_cast<int64_t>(random() % 1'000'000);
      double v = 100;
      const size_t n = 1 + random() % 130;
      for (size_t i = 0; i < n; ++i) {
        t += kind % 2 == 0 ? 15'000
                           : 1 + static_cast<int64_t>(random() % (uint64_t{1} << random() % 40));
        if (kind < 2) v += static_cast<double>(random() % 100);
        if (kind >= 4 && random() % 4 != 0) v = std::bit_cast<double>(random());
        samples.push_back(At(t, v));
      }
      out.push_back(std::move(samples));
    }
  }
  return out;
}

TEST(XorCutTest, CutsInPlaceAnywhereFromAnyPlaceBefore) {
  for (const Samples& samples : SeriesToCut()) {
    const Bytes chunk = Encode(samples);
    if (chunk.size() < BitSource::kMinBytes) continue;
    const auto count = static_cast<unsigned>(samples.size());
    ReopenedXor before;
    for (size_t wanted = 0; wanted < samples.size(); wanted += 1 + wanted / 3) {
      const int64_t mint = samples[wanted].t;
      // From the place of the cut before, so each place serves as a beginning.
      ReopenedXor at = before;
      ASSERT_TRUE(XorSkipBefore(chunk, count, mint, &at).ok());
      before = at;
      Bytes memory(kXorCutRoom);
      memory.insert(memory.end(), chunk.begin(), chunk.end());

      const StatusOr<uint32_t> size =
          XorCutFront(std::span(memory).subspan(kXorCutRoom), count, at, memory.data());

      ASSERT_TRUE(size.ok()) << size.status().ToString();
      const Decoded cut = DecodeOneByOne(std::span(memory).first(*size));
      ASSERT_TRUE(cut.status.ok()) << cut.status.ToString();
      const size_t first = wanted == 0 ? 0 : wanted - 1;
      ASSERT_EQ(cut.samples,
                Samples(samples.begin() + static_cast<std::ptrdiff_t>(first), samples.end()));
    }
  }
}

TEST(XorCutTest, AWindowReusedBeforeAnyWasSaidStaysThat) {
  // Prometheus writes this after it reopened a chunk: 64 bits without a window.
  Bytes chunk(4 * 16);
  BitBuffer out{chunk.data(), 0, static_cast<uint32_t>(chunk.size())};
  XorState state;
  XorAppend(state, out, 1000, 1.0);
  XorAppend(state, out, 2000, 1.0);
  const uint64_t x = At(0, 1.0).v_bits ^ At(0, 3.0).v_bits;
  out.Write(0b010, 3);
  out.WriteLong(x, 64);
  out.Write(0b010, 3);
  out.WriteLong(x, 64);
  StoreSampleCount(chunk.data(), 4);
  const Bytes whole(chunk.begin(), chunk.begin() + out.size_bytes());
  ReopenedXor at;
  ASSERT_TRUE(XorSkipBefore(whole, 4, 3000, &at).ok());
  Bytes cut(whole.size() + kXorCutRoom);

  const StatusOr<uint32_t> size = XorCutFront(whole, 4, at, cut.data());

  ASSERT_TRUE(size.ok());
  EXPECT_THAT(DecodeOneByOne(std::span(cut).first(*size)).samples,
              ElementsAre(At(2000, 1.0), At(3000, 3.0), At(4000, 1.0)));
}

TEST(XorCutTest, RefusesADamagedChunk) {
  const Bytes chunk = Encode(SeriesToCut().back());
  const std::span<const uint8_t> torn = std::span(chunk).first(chunk.size() / 2);
  ReopenedXor at;

  EXPECT_EQ(XorSkipBefore(torn, 130, std::numeric_limits<int64_t>::max(), &at).code(),
            StatusCode::kDataLoss);
}

TEST(XorChunkBuilderTest, StartsAnewAfterClear) {
  XorChunkBuilder builder;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(builder.Append(i, i * 0.1));

  builder.Clear();
  EXPECT_THAT(builder.bytes(), ElementsAre(0, 0));
  ASSERT_TRUE(builder.Append(1, 1));

  EXPECT_EQ(Bytes(builder.bytes().begin(), builder.bytes().end()), Encode({At(1, 1)}));
}

TEST(NanTest, OnlyTheStaleMarkersBitsAreStale) {
  EXPECT_TRUE(IsStaleNaN(StaleNaN()));
  EXPECT_FALSE(IsStaleNaN(NormalNaN()));
  EXPECT_FALSE(IsStaleNaN(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_FALSE(IsStaleNaN(1));
}

TEST(EncodingTest, NumbersWithoutANameAreLegal) {
  EXPECT_EQ(EncodingName(Encoding::kXor), "xor");
  EXPECT_EQ(EncodingName(static_cast<Encoding>(77)), "unknown");
  EXPECT_FALSE(CanDecode(static_cast<Encoding>(77)));
  EXPECT_TRUE(CanDecode(Encoding::kFloatHistogram));
}

}  // namespace
}  // namespace kvs::chunk

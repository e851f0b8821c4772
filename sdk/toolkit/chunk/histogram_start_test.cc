// SPDX-License-Identifier: Apache-2.0
// Histogram chunks with start timestamps, encodings 5 and 6: their header, their bits, and that all
// else is as without.

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/histogram_decoder.h"

#include "bit_string.h"
#include "histogram_samples.h"

namespace kvs::chunk {
namespace {

using ::testing::ElementsAre;

template <typename H>
class HistogramStartTest : public ::testing::Test {
 protected:
  std::vector<int64_t> StartsOf(std::span<const uint8_t> chunk) {
    std::vector<int64_t> out;
    BasicHistogramDecoder<H> decoder(chunk, Starts::kYes);
    while (decoder.Next()) out.push_back(decoder.start());
    EXPECT_TRUE(decoder.status().ok()) << decoder.status().ToString();
    return out;
  }

  BasicHistogramChunkBuilder<H> builder_{Starts::kYes};
};
using Forms = ::testing::Types<Histogram, FloatHistogram>;
TYPED_TEST_SUITE(HistogramStartTest, Forms);

TYPED_TEST(HistogramStartTest, StartsComeBackWithTheirSamples) {
  using H = TypeParam;
  for (int i = 0; i < 6; ++i) {
    const int64_t start = i < 3 ? -100 : i * 10 - 5;
    ASSERT_EQ(this->builder_.Append(i * 10, Counter<H>({1 + i, 2 + i}), start),
              AppendOutcome::kAppended);
  }

  EXPECT_THAT(this->StartsOf(this->builder_.bytes()), ElementsAre(-100, -100, -100, 25, 35, 45));
  EXPECT_EQ(HistogramSampleCount(this->builder_.bytes(), Starts::kYes), 6u);
  EXPECT_TRUE(CarriesStarts(this->builder_.encoding()));
  FloatHistogramReader reader(this->builder_.encoding(), this->builder_.bytes());
  int64_t t = 0;
  FloatHistogram h;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(reader.Next(&t, &h));
  EXPECT_EQ(t, 30);
  EXPECT_EQ(reader.start(), 25);
  EXPECT_THAT(h.positive_buckets, ElementsAre(4, 5));
}

TYPED_TEST(HistogramStartTest, TheResetHeaderSharesTheCount) {
  using H = TypeParam;
  ASSERT_EQ(this->builder_.Append(0, Counter<H>({3}), 0), AppendOutcome::kAppended);
  ASSERT_EQ(this->builder_.Append(1, Counter<H>({2}), 0), AppendOutcome::kNewChunk);
  this->builder_.Cut();
  ASSERT_EQ(this->builder_.Append(1, Counter<H>({2}), -7), AppendOutcome::kAppended);
  ASSERT_EQ(this->builder_.Append(2, Counter<H>({4}), -7), AppendOutcome::kAppended);

  const std::span<const uint8_t> chunk = this->builder_.bytes();

  EXPECT_EQ(chunk[0], 0x80);  // Reset, and the upper bits of the count.
  EXPECT_EQ(chunk[1], 2);
  EXPECT_EQ(chunk[2], StartTimes::kFirstKnown);
  EXPECT_EQ(ReadResetHeader(chunk, Starts::kYes), ResetHeader::kReset);
  EXPECT_THAT(this->StartsOf(chunk), ElementsAre(-7, -7));
}

TYPED_TEST(HistogramStartTest, ARecodedChunkKeepsItsStarts) {
  using H = TypeParam;
  ASSERT_EQ(this->builder_.Append(0, Counter<H>({1}), 0), AppendOutcome::kAppended);
  ASSERT_EQ(this->builder_.Append(10, Counter<H>({2}), 5), AppendOutcome::kAppended);

  ASSERT_EQ(this->builder_.Append(20, Counter<H>({2, 3}), 15), AppendOutcome::kRecoded);

  EXPECT_THAT(this->StartsOf(this->builder_.bytes()), ElementsAre(0, 5, 15));
}

TYPED_TEST(HistogramStartTest, StaleMarkersHaveStartsToo) {
  using H = TypeParam;
  ASSERT_EQ(this->builder_.Append(0, Counter<H>({1}), -1), AppendOutcome::kAppended);
  ASSERT_EQ(this->builder_.Append(10, H::Stale(), 0), AppendOutcome::kAppended);
  ASSERT_EQ(this->builder_.Append(20, H::Stale(), 0), AppendOutcome::kAppended);

  EXPECT_THAT(this->StartsOf(this->builder_.bytes()), ElementsAre(-1, 0, 0));
}

TYPED_TEST(HistogramStartTest, AReopenedChunkGoesOnWithTheSameBits) {
  using H = TypeParam;
  const auto start = [](int i) { return i < 4 ? 0 : i * 10 - 3; };
  for (int i = 0; i < 140; ++i) {
    BasicHistogramChunkBuilder<H> whole(Starts::kYes);
    if (i % 23 != 4) continue;
    for (int k = 0; k < i; ++k)
      ASSERT_EQ(whole.Append(k * 10, Counter<H>({1 + k}), start(k)), AppendOutcome::kAppended);
    auto reopened = BasicHistogramChunkBuilder<H>::Reopen(BytesOf(whole), Starts::kYes);
    ASSERT_TRUE(reopened.ok());
    for (auto* builder : {&whole, &*reopened})
      ASSERT_EQ(builder->Append(i * 10, Counter<H>({1 + i}), start(i)), AppendOutcome::kAppended);
    EXPECT_EQ(BytesOf(*reopened), BytesOf(whole));
  }
}

TYPED_TEST(HistogramStartTest, WithoutStartsOnlyTheHeaderDiffers) {
  using H = TypeParam;
  BasicHistogramChunkBuilder<H> plain;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(plain.Append(i * 10, Counter<H>({1 + i, 2})), AppendOutcome::kAppended);
    ASSERT_EQ(this->builder_.Append(i * 10, Counter<H>({1 + i, 2}), 0), AppendOutcome::kAppended);
  }

  EXPECT_EQ(BytesOf(this->builder_), BytesOf(plain));
}

TEST(HistogramStartChunkTest, TheFirstStartIsAVarintBehindTheSample) {
  Histogram h;
  h.sum = 1;
  HistogramChunkBuilder builder(Starts::kYes);
  ASSERT_EQ(builder.Append(7, h, -93), AppendOutcome::kAppended);
  ASSERT_EQ(builder.Append(8, h, 7), AppendOutcome::kAppended);

  BitString expected;
  expected.Add(2, 16).Add(0x81, 8);                  // Count, header of starts.
  expected.Add(0, 8).Add(0, 1).Add(0, 1).Add(0, 1);  // Threshold, schema, no spans.
  expected.Add(0b110000111, 9).Add(0, 1).Add(0, 1).Add(1.0);
  expected.Add(0xc8, 8).Add(0x01, 8);  // 100, zig-zag.
  expected.Add(0b10001, 5).Add(0, 1).Add(0, 1).Add(0, 1);
  expected.Add(0, 1);  // 7 - 7.
  EXPECT_EQ(BytesOf(builder), expected.bytes());
}

}  // namespace
}  // namespace kvs::chunk

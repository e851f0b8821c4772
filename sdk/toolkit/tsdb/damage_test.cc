// SPDX-License-Identifier: Apache-2.0
// Damage to an index: every truncation and every flipped bit is noticed by verifying, and whatever
// queries do with such an index ends with an answer or DataLoss.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"
#include "kvs/tsdb/verify.h"

#include "golden_block.h"
#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::HasSubstr;

// What a query does; the labels of what it found.
StatusOr<std::vector<model::Labels>> Query(std::span<const uint8_t> index) {
  const MemorySource source(index);
  KVS_ASSIGN_OR_RETURN(const IndexHeader header, IndexHeader::Read(source));
  const model::Matcher matchers[] = {
      model::Matcher::Make(model::MatchType::kRegex, "code", "20[01]").value(),
      model::Matcher::Make(model::MatchType::kNotEqual, "job", "j7").value()};
  KVS_ASSIGN_OR_RETURN(const SelectionPlan plan, PlanSelection(header, matchers));
  KVS_ASSIGN_OR_RETURN(const SeriesSet found, RunSelection(plan, source));
  SymbolResolver symbols(header);
  SeriesCursor cursor(header.layout(), source, found);
  std::vector<model::Labels> out;
  while (cursor.Next()) {
    KVS_ASSIGN_OR_RETURN(model::Labels labels, ResolveLabels(cursor.entry(), symbols));
    out.push_back(std::move(labels));
  }
  KVS_RETURN_IF_ERROR(cursor.status());
  return out;
}

class DamageTest : public ::testing::Test {
 protected:
  Status VerifyIt() const { return VerifyIndex(MemorySource(index_)); }

  Bytes index_ = testing::FromHex(testing::kGoldenIndexHex);
};

TEST_F(DamageTest, EveryTruncationIsNoticedAtOnce) {
  for (size_t n = 0; n < index_.size(); ++n) {
    const StatusOr<std::vector<model::Labels>> result = Query(std::span(index_).first(n));

    ASSERT_EQ(result.status().code(), StatusCode::kDataLoss) << n;
  }
}

TEST_F(DamageTest, EveryFlippedBitIsNoticedByVerifying) {
  constexpr size_t kVersionByte = 4;
  for (size_t bit = 0; bit < 8 * index_.size(); ++bit) {
    if (bit / 8 == kVersionByte) continue;  // 2 becomes 3, which is read in the same way.
    Bytes flipped = index_;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);

    const Status status = VerifyIndex(MemorySource(flipped));

    ASSERT_EQ(status.code(), StatusCode::kDataLoss) << "bit " << bit;
    ASSERT_THAT(status.message(), HasSubstr(" at offset ")) << "bit " << bit;
  }
}

TEST_F(DamageTest, AQueryOverFlippedBitsGivesTheRightSeriesOrDataLoss) {
  const std::vector<model::Labels> right = Query(index_).value();
  ASSERT_EQ(right.size(), 2u);
  int answered = 0;
  for (size_t bit = 0; bit < 8 * index_.size(); ++bit) {
    Bytes flipped = index_;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);

    const StatusOr<std::vector<model::Labels>> result = Query(flipped);

    if (result.ok()) {
      ASSERT_EQ(*result, right) << "bit " << bit;
      ++answered;
    } else {
      ASSERT_TRUE(result.status().code() == StatusCode::kDataLoss ||
                  result.status().code() == StatusCode::kUnimplemented)
          << bit;
    }
  }
  EXPECT_GT(answered, 1000);  // What the query does not need does not stop it.
}

TEST_F(DamageTest, MessagesNameThePartAndTheOffset) {
  index_[0x60] ^= 1;  // In the first series.
  EXPECT_THAT(VerifyIt().message(), HasSubstr("series at offset 96: wrong checksum"));
  index_[0x60] ^= 1;
  index_[0x20] ^= 1;
  EXPECT_THAT(VerifyIt().message(), HasSubstr("symbols at offset 5: wrong checksum"));
  index_[0x20] ^= 1;
  index_[0x14f] ^= 1;
  EXPECT_THAT(VerifyIt().message(), HasSubstr("postings at offset 316: wrong checksum"));
  index_[0x14f] ^= 1;
  index_[0x240] ^= 1;
  EXPECT_THAT(VerifyIt().message(), HasSubstr("postings offset table at offset 547: wrong"));
  index_[0x240] ^= 1;
  index_[index_.size() - 1] ^= 1;
  EXPECT_THAT(VerifyIt().message(), HasSubstr("table of contents at offset 694: wrong checksum"));
  index_[index_.size() - 1] ^= 1;
  index_[0x7a] ^= 1;  // Padding behind the first series.
  EXPECT_THAT(VerifyIt().message(), HasSubstr("padding is not zero"));
}

// An index whose checksums are right and whose contents contradict each other.
TEST_F(DamageTest, PostingsThatContradictTheLabelsAreNoticed) {
  // The lists of j0 and j1 change places: same length, so only the table's offsets are swapped.
  const Bytes series_list = {0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 6};
  Bytes other = series_list;
  other.back() = 8;
  auto first = index_.begin();
  // code="200" stands before job="j0"; take the second occurrence.
  first = std::search(index_.begin(), index_.end(), series_list.begin(), series_list.end());
  ASSERT_NE(first, index_.end());
  first = std::search(first + 1, index_.end(), series_list.begin(), series_list.end());
  ASSERT_NE(first, index_.end());
  const auto second = std::search(first, index_.end(), other.begin(), other.end());
  ASSERT_NE(second, index_.end());

  std::swap_ranges(first, first + 16, second);

  EXPECT_THAT(VerifyIt().message(), HasSubstr("do not say what the labels of the series say"));
}

}  // namespace
}  // namespace kvs::tsdb

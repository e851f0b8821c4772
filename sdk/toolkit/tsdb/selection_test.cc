// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/tsdb/series_cursor.h"

#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using model::Labels;
using model::Matcher;
using model::MatchType;

class SelectionTest : public ::testing::Test {
 protected:
  SelectionTest() {
    for (int i = 0; i < 400; ++i) {
      const std::string job = "job" + std::to_string(i % 7), id = std::to_string(i);
      model::LabelsBuilder labels;
      labels.Set("__name__", i % 2 == 0 ? "up" : "down").Set("job", job).Set("id", id);
      if (i % 5 == 0) labels.Set("rare", i % 10 == 0 ? "a" : "b");
      series_.push_back(
          {labels.Build(), {chunks_.Make(1000 * i, 10, 5), chunks_.Make(1000 * i + 100, 10, 5)}});
    }
    block_ = testing::MakeBlock(series_);
    std::sort(series_.begin(), series_.end(),
              [](const auto& a, const auto& b) { return a.labels < b.labels; });
    source_ = std::make_unique<MemorySource>(block_.index);
    header_ = std::make_unique<IndexHeader>(IndexHeader::Read(*source_).value());
  }

  std::vector<Labels> Select(std::span<const Matcher> matchers) {
    const SelectionPlan plan = PlanSelection(*header_, matchers).value();
    const SeriesSet found = RunSelection(plan, *source_).value();
    SymbolResolver symbols(*header_);
    std::vector<Labels> out;
    SeriesCursor cursor(header_->layout(), *source_, found);
    while (cursor.Next()) out.push_back(ResolveLabels(cursor.entry(), symbols).value());
    EXPECT_TRUE(cursor.status().ok()) << cursor.status().ToString();
    return out;
  }
  std::vector<Labels> SelectByHand(std::span<const Matcher> matchers) const {
    std::vector<Labels> out;
    for (const auto& s : series_) {
      const bool all = std::all_of(matchers.begin(), matchers.end(), [&s](const Matcher& m) {
        return m.Matches(s.labels.Get(m.name()));
      });
      if (all) out.push_back(s.labels);
    }
    return out;
  }

  testing::ChunkMaker chunks_;
  std::vector<testing::TestSeries> series_;
  testing::TestBlock block_;
  std::unique_ptr<MemorySource> source_;
  std::unique_ptr<IndexHeader> header_;
};

TEST_F(SelectionTest, EveryPairOfMatchersSelectsWhatComparingEachSeriesSelects) {
  std::vector<Matcher> matchers;
  for (const char* name : {"__name__", "job", "rare", "id", "absent"}) {
    for (const char* value : {"", "up", "job3", "a", "x"}) {
      matchers.push_back(Matcher::Make(MatchType::kEqual, name, value).value());
      matchers.push_back(Matcher::Make(MatchType::kNotEqual, name, value).value());
    }
    for (const char* value :
         {".*", ".+", "", "a|b", "a|", "job[1-4]", "1.*", "job3|up|200", "(?i:UP)"}) {
      matchers.push_back(Matcher::Make(MatchType::kRegex, name, value).value());
      matchers.push_back(Matcher::Make(MatchType::kNotRegex, name, value).value());
    }
  }

  for (const Matcher& a : matchers) {
    for (const Matcher& b : matchers) {
      const Matcher both[] = {a, b};
      ASSERT_EQ(Select(both), SelectByHand(both)) << a.ToString() << " " << b.ToString();
    }
  }
}

TEST_F(SelectionTest, WithoutMatchersItIsAllSeries) {
  EXPECT_THAT(Select({}), SizeIs(400));
}

TEST_F(SelectionTest, WhatCannotMatchReadsNothing) {
  const Matcher matchers[] = {Matcher::Make(MatchType::kRegex, "job", "job.*").value(),
                              Matcher::Make(MatchType::kEqual, "job", "none").value()};

  EXPECT_THAT(PlanSelection(*header_, matchers).value().groups, IsEmpty());
}

TEST_F(SelectionTest, TheShortestListsAreReadFirstAndSubtractionsLast) {
  const Matcher matchers[] = {Matcher::Make(MatchType::kNotEqual, "rare", "a").value(),
                              Matcher::Make(MatchType::kEqual, "__name__", "up").value(),
                              Matcher::Make(MatchType::kEqual, "id", "4").value()};

  const SelectionPlan plan = PlanSelection(*header_, matchers).value();

  ASSERT_THAT(plan.groups, SizeIs(3));
  EXPECT_EQ(plan.groups[0].lists, std::vector{header_->FindPostings("id", "4").value()});
  EXPECT_TRUE(plan.groups[2].subtracts);
}

TEST_F(SelectionTest, ASourceThatTakesItsMemoryBackGivesTheSame) {
  const testing::StingySource stingy(block_.index);
  const IndexHeader header = IndexHeader::Read(stingy).value();
  const Matcher matchers[] = {Matcher::Make(MatchType::kRegex, "job", "job[2-5]").value()};
  const SelectionPlan plan = PlanSelection(header, matchers).value();
  const SeriesSet found = RunSelection(plan, stingy).value();
  SymbolResolver symbols(header);
  std::vector<Labels> labels;

  SeriesCursor cursor(header.layout(), stingy, found);
  while (cursor.Next()) labels.push_back(ResolveLabels(cursor.entry(), symbols).value());

  EXPECT_TRUE(cursor.status().ok()) << cursor.status().ToString();
  EXPECT_EQ(labels, SelectByHand(matchers));
  EXPECT_TRUE(VerifyIndex(stingy).ok()) << VerifyIndex(stingy).ToString();
}

TEST_F(SelectionTest, OnlyChunksOfTheRangeAreGiven) {
  const SelectionPlan plan = PlanSelection(*header_, {}).value();
  const SeriesSet all = RunSelection(plan, *source_).value();
  const auto count = [&](TimeRange range) {
    SeriesCursor cursor(header_->layout(), *source_, all, range);
    size_t chunks = 0, n = 0;
    for (; cursor.Next(); ++n) chunks += cursor.entry().chunks.size();
    EXPECT_EQ(n, 400u);
    return chunks;
  };

  EXPECT_EQ(count({}), 800u);
  EXPECT_EQ(count({1000, 1000}), 1u);
  EXPECT_EQ(count({1040, 1100}), 2u);
  EXPECT_EQ(count({1041, 1099}), 0u);
  EXPECT_EQ(count({-10, -1}), 0u);
}

TEST_F(SelectionTest, LabelsOutOfOrderAreDamage) {
  Bytes scratch;
  const auto number_of = [&](std::string_view text) {
    for (uint32_t i = 0; i < header_->n_symbols(); ++i) {
      if (header_->Symbol(i, &scratch).value() == text) return i;
    }
    return UINT32_MAX;
  };
  const SymbolPair job = {number_of("job"), number_of("job3")};
  const SymbolPair id = {number_of("id"), number_of("7")};
  SymbolResolver symbols(*header_);

  EXPECT_EQ(ResolveLabels({{id, job}, {}}, symbols).value(),
            (Labels{{"id", "7"}, {"job", "job3"}}));
  EXPECT_THAT(ResolveLabels({{job, id}, {}}, symbols).status().message(),
              HasSubstr("label \"id\" out of order"));
  EXPECT_THAT(ResolveLabels({{id, id}, {}}, symbols).status().message(),
              HasSubstr("label \"id\" out of order"));
}

TEST_F(SelectionTest, NumbersThatAreNoSeriesAreDamage) {
  for (const uint32_t number : {0u, 1u, UINT32_MAX}) {
    const SeriesSet wrong = {number};
    SeriesCursor cursor(header_->layout(), *source_, wrong);
    EXPECT_FALSE(cursor.Next());
    EXPECT_EQ(cursor.status().code(), StatusCode::kDataLoss) << number;
  }
}

}  // namespace
}  // namespace kvs::tsdb

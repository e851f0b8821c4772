// SPDX-License-Identifier: Apache-2.0
// What comes out of a merge is what went in: every sample once, in the shard where it belongs.
#include "merge/block_merger.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "merge/test_blocks.h"

namespace kvs::compactor {
namespace {

using model::Labels;
using testing::BlockMaker;
using testing::BlockSamples;
using ::testing::HasSubstr;
using testing::MemoryBlock;
using testing::MemoryOutput;
using testing::OpenBlock;
using testing::ReadBlock;

struct Merged {
  MergeResult result;
  std::map<uint64_t, MemoryBlock> blocks;
};

StatusOr<Merged> Merge(const std::vector<MemoryBlock>& blocks, const MergeOptions& options = {},
                       const tsdb::Tombstones* tombstones_of_first = nullptr) {
  std::deque<OpenBlock> open;
  std::vector<MergeSource> sources;
  for (const MemoryBlock& block : blocks) {
    open.emplace_back(StrCat("block-", sources.size()), block);
    sources.push_back(open.back().source());
  }
  sources[0].tombstones = tombstones_of_first;
  MemoryOutput output;
  KVS_ASSIGN_OR_RETURN(MergeResult result, MergeBlocks(sources, options, output));
  return Merged{std::move(result), output.Take()};
}

// Deletes what a test says of series with the label a="1".
class DeleteOfA1 final : public SeriesFilter {
 public:
  explicit DeleteOfA1(tsdb::DeletedRange range) : range_(range) {}
  void DeletedOf(std::span<const model::LabelView> labels,
                 std::vector<tsdb::DeletedRange>* out) const override {
    for (const model::LabelView& label : labels) {
      if (label.name == "a" && label.value == "1") out->push_back(range_);
    }
  }

 private:
  tsdb::DeletedRange range_;
};

TEST(BlockMergerTest, NeighboursAreCopiedByteForByte) {
  BlockMaker first, second;
  first.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3});
  second.AddFloats({{"a", "1"}}, 100, 10, {4, 5});
  second.AddFloats({{"b", "1"}}, 100, 10, {6});

  const Merged merged = Merge({first.Build(), second.Build()}).value();

  EXPECT_EQ(merged.result.stats.chunks_recoded, 0);
  EXPECT_EQ(merged.result.stats.samples_out(), 6);
  EXPECT_EQ(merged.result.shards[0].stats.samples, 6);
  EXPECT_EQ(ReadBlock(merged.blocks.at(0)),
            (BlockSamples{
                {{{"a", "1"}}, {{0, "1@0"}, {10, "2@0"}, {20, "3@0"}, {100, "4@0"}, {110, "5@0"}}},
                {{{"b", "1"}}, {{100, "6@0"}}}}));
}

TEST(BlockMergerTest, ReplicasAreKeptOnceWithoutDecoding) {
  BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3});
  const MemoryBlock block = maker.Build();

  const Merged merged = Merge({block, block, block}).value();

  EXPECT_EQ(merged.result.stats.chunks_recoded, 0);
  EXPECT_EQ(merged.result.stats.duplicates, 6);
  EXPECT_EQ(merged.blocks.at(0).index, block.index);
  EXPECT_EQ(merged.blocks.at(0).segments, block.segments);
}

TEST(BlockMergerTest, OverlapsAreInterleaved) {
  BlockMaker in_order, late;
  in_order.AddFloats({{"a", "1"}}, 0, 20, {1, 3, 5});
  late.AddFloats({{"a", "1"}}, 10, 20, {2, 4});

  const Merged merged = Merge({in_order.Build(), late.Build()}).value();

  EXPECT_EQ(
      ReadBlock(merged.blocks.at(0)).at({{"a", "1"}}),
      (testing::SeriesSamples{{0, "1@0"}, {10, "2@0"}, {20, "3@0"}, {30, "4@0"}, {40, "5@0"}}));
}

TEST(BlockMergerTest, OfTwoSamplesAtOneTimeThatOfTheEarlierChunkStays) {
  BlockMaker first, second;
  first.AddFloats({{"a", "1"}}, 10, 10, {100, 200});
  second.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3});

  const Merged merged = Merge({first.Build(), second.Build()}).value();

  EXPECT_EQ(merged.result.stats.duplicates, 2);
  EXPECT_EQ(ReadBlock(merged.blocks.at(0)).at({{"a", "1"}}),
            (testing::SeriesSamples{{0, "1@0"}, {10, "2@0"}, {20, "3@0"}}));
}

TEST(BlockMergerTest, KindsOfSamplesAndStartTimesSurvive) {
  BlockMaker floats, started, histograms;
  floats.AddFloats({{"a", "1"}}, 0, 30, {1, 2, 3});
  started.AddFloats({{"a", "1"}}, 10, 30, {10, 20, 30}, true);
  histograms.AddHistograms({{"a", "1"}}, 20, 30, 3, 7);

  const Merged merged = Merge({floats.Build(), started.Build(), histograms.Build()}).value();

  EXPECT_EQ(ReadBlock(merged.blocks.at(0)).at({{"a", "1"}}),
            (testing::SeriesSamples{{0, "1@0"},
                                    {10, "10@1000"},
                                    {20, "histogram 14 7 7"},
                                    {30, "2@0"},
                                    {40, "20@1000"},
                                    {50, "histogram 16 8 8"},
                                    {60, "3@0"},
                                    {70, "30@1000"},
                                    {80, "histogram 18 9 9"}}));
}

TEST(BlockMergerTest, WhatIsDeletedIsGone) {
  BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3, 4});
  maker.AddFloats({{"a", "1"}, {"b", "2"}}, 10, 10, {1, 2});
  maker.AddFloats({{"a", "3"}}, 0, 10, {1, 2});
  const DeleteOfA1 filter({10, 20});

  const Merged merged = Merge({maker.Build()}, {.filter = &filter}).value();

  EXPECT_EQ(ReadBlock(merged.blocks.at(0)),
            (BlockSamples{{{{"a", "1"}}, {{0, "1@0"}, {30, "4@0"}}},
                          {{{"a", "3"}}, {{0, "1@0"}, {10, "2@0"}}}}));
  EXPECT_EQ(merged.result.stats.deleted, 4);
  EXPECT_EQ(merged.result.stats.samples_out(), merged.result.shards[0].stats.samples);
}

TEST(BlockMergerTest, ABlockOfWhichNothingIsLeftIsNotWritten) {
  BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3});
  const DeleteOfA1 filter({0, 20});

  const Merged merged = Merge({maker.Build()}, {.filter = &filter}).value();

  EXPECT_TRUE(merged.blocks.empty());
  EXPECT_EQ(merged.result.shards[0].stats.series, 0);
}

TEST(BlockMergerTest, TombstonesHoldForTheirBlockAlone) {
  BlockMaker first, second;
  first.AddFloats({{"a", "1"}}, 0, 20, {1, 2, 3});
  second.AddFloats({{"a", "1"}}, 10, 20, {10, 20});
  const MemoryBlock with_stones = first.Build();
  const tsdb::MemorySource index(with_stones.index);
  const auto header = tsdb::IndexHeader::Read(index).value();
  const auto all = tsdb::RunSelection(tsdb::PlanSelection(header, {}).value(), index).value();
  const tsdb::Tombstones stones(std::vector<tsdb::Tombstone>{{all[0], {15, 100}}});

  const Merged merged = Merge({with_stones, second.Build()}, {}, &stones).value();

  EXPECT_EQ(ReadBlock(merged.blocks.at(0)).at({{"a", "1"}}),
            (testing::SeriesSamples{{0, "1@0"}, {10, "10@0"}, {30, "20@0"}}));
  EXPECT_EQ(merged.result.stats.deleted, 2);
  EXPECT_EQ(merged.result.stats.samples_in, 5);
}

TEST(BlockMergerTest, EverySeriesGoesToTheShardOfItsHash) {
  BlockMaker maker;
  for (int i = 0; i < 100; ++i) maker.AddFloats({{"n", StrCat(i)}}, 0, 10, {1.0 * i});

  const Merged merged = Merge({maker.Build()}, {.shard_count = 4}).value();

  size_t n = 0;
  for (const auto& [shard, block] : merged.blocks) {
    for (const auto& [labels, samples] : ReadBlock(block)) {
      EXPECT_EQ(labels.Hash() % 4, shard);
      ++n;
    }
  }
  EXPECT_EQ(n, 100);
}

// Random blocks with overlaps, replicas, gaps and all kinds of samples: each sample comes out once.
TEST(BlockMergerTest, NothingIsLostOrInvented) {
  for (uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(StrCat("seed ", seed));
    std::mt19937 random(seed);
    const auto below = [&random](uint32_t n) { return static_cast<int64_t>(random() % n); };
    std::vector<MemoryBlock> blocks;
    BlockSamples expected;
    for (int64_t b = 0, n = 1 + below(5); b < n; ++b) {
      BlockMaker maker;
      for (int64_t s = 0, n_series = 1 + below(20); s < n_series; ++s) {
        const Labels labels{{"job", StrCat(below(3))}, {"n", StrCat(s)}};
        int64_t t = below(50) * 10;
        for (int64_t c = 0, n_chunks = 1 + below(3); c < n_chunks; ++c) {
          std::vector<double> values;
          // The value is the time's own: so all blocks agree on it.
          for (int64_t i = 0, n_samples = 1 + below(300); i < n_samples; ++i)
            values.push_back(1.0 * (t + i * 10));
          for (size_t i = 0; i < values.size(); ++i) {
            expected[labels][t + static_cast<int64_t>(i) * 10] = StrCat(values[i], "@0");
          }
          maker.AddFloats(labels, t, 10, values);
          t += static_cast<int64_t>(values.size()) * 10 + below(5) * 10;
        }
      }
      blocks.push_back(maker.Build());
    }
    const uint64_t shards = 1 + static_cast<uint64_t>(below(3));

    const Merged merged = Merge(blocks, {.shard_count = shards}).value();

    BlockSamples all;
    uint64_t samples = 0;
    for (const auto& [shard, block] : merged.blocks) {
      for (auto& [labels, series] : ReadBlock(block)) {
        samples += series.size();
        EXPECT_TRUE(all.emplace(labels, series).second);
      }
    }
    EXPECT_EQ(all, expected);
    EXPECT_EQ(merged.result.stats.samples_out(), samples);
  }
}

TEST(BlockMergerTest, DamageNamesTheSource) {
  BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 10, {1, 2, 3});
  MemoryBlock damaged = maker.Build();
  damaged.segments[0].back() ^= 1;

  const Status status = Merge({maker.Build(), damaged}).status();

  EXPECT_EQ(status.code(), StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("block-1"));
}

TEST(BlockMergerTest, AMergeThatIsNotWantedAnyMoreEnds) {
  BlockMaker maker;
  maker.AddFloats({{"a", "1"}}, 0, 10, {1});

  const Status status =
      Merge({maker.Build()}, {.check_alive = [] { return Cancelled("stopping"); }}).status();

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace kvs::compactor

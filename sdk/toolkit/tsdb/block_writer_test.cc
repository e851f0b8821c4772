// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/block_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "golden_block.h"
#include "test_block.h"

namespace kvs::tsdb {
namespace {

using ::testing::HasSubstr;

TEST(BlockWriterTest, CountsWhatItWrites) {
  testing::ChunkMaker chunks;
  const testing::TestBlock block = testing::MakeBlock({
      {{{"a", "1"}}, {chunks.Make(1000, 10, 5), chunks.Make(2000, 10, 7)}},
      {{{"a", "2"}}, {chunks.Make(-500, 10, 3)}},
  });

  EXPECT_EQ(block.contents.stats,
            (BlockStats{.samples = 15, .float_samples = 15, .series = 2, .chunks = 3}));
  EXPECT_EQ(block.contents.mint, -500);
  EXPECT_EQ(block.contents.maxt, 2060);
}

TEST(BlockWriterTest, WhatItWroteVerifiesAndFillsTheMeta) {
  testing::ChunkMaker chunks;
  const testing::TestBlock block = testing::MakeBlock({{{{"a", "1"}}, {chunks.Make(1000, 10, 5)}}});
  BlockMeta meta;
  block.contents.FillMeta(&meta);

  const StatusOr<BlockContents> verified = testing::Verify(block.index, block.segments, {}, &meta);

  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->stats, block.contents.stats);
  EXPECT_EQ(meta.mint, 1000);
  EXPECT_EQ(meta.maxt, 1041);
}

TEST(VerifyTest, ABlockOfPrometheusIsSound) {
  const BlockMeta meta = ParseMeta(testing::kGoldenMeta).value();

  const StatusOr<BlockContents> verified =
      testing::Verify(testing::FromHex(testing::kGoldenIndexHex),
                      {testing::FromHex(testing::kGoldenSegmentHex)}, {}, &meta);

  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->stats.samples, 428u);
}

TEST(VerifyTest, ASourceThatTakesItsMemoryBackGivesTheSame) {
  testing::ChunkMaker chunks;
  std::vector<testing::TestSeries> series;
  for (int i = 0; i < 200; ++i) {
    const std::string id = std::to_string(i);
    // Some chunks are longer than what is read of a chunk at first.
    series.push_back({model::Labels{{"id", id}}, {chunks.Make(0, 999'983 * i, 100 + 20 * i, 0.1)}});
  }
  series.erase(series.begin());  // Its samples would all be at one time.
  const testing::TestBlock block = testing::MakeBlock(std::move(series));
  const testing::StingySource index(block.index), segment(block.segments[0]);

  const StatusOr<BlockContents> verified =
      VerifyBlock({&index, SegmentSet({&segment}), {}}, nullptr);

  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->stats, block.contents.stats);
}

TEST(VerifyTest, WhatMetaSaysWronglyIsNamed) {
  const BlockMeta right = ParseMeta(testing::kGoldenMeta).value();
  const auto verify = [](const BlockMeta& meta) {
    return testing::Verify(testing::FromHex(testing::kGoldenIndexHex),
                           {testing::FromHex(testing::kGoldenSegmentHex)}, {}, &meta)
        .status()
        .message();
  };

  BlockMeta meta = right;
  meta.stats.series = 5;
  EXPECT_THAT(verify(meta), HasSubstr("meta.json: says 5 series, and there are 4"));
  meta = right;
  meta.stats.samples = 1;
  EXPECT_THAT(verify(meta), HasSubstr("meta.json: says 1 samples, and there are 428"));
  meta = right;
  --meta.maxt;
  EXPECT_THAT(verify(meta), HasSubstr("meta.json: says times from 1700000000000"));
}

TEST(VerifyTest, ChunksThatAreNotWhatTheIndexSaysAreDamage) {
  testing::ChunkMaker chunks;
  ChunkData late = chunks.Make(1000, 10, 5);
  --late.mint;
  ChunkData empty = late;
  const Bytes nothing(2);
  empty.bytes = nothing;
  ChunkData backwards = chunks.Make(1000, -10, 5);
  std::swap(backwards.mint, backwards.maxt);
  const auto verify = [](const ChunkData& chunk) {
    const testing::TestBlock block = testing::MakeBlock({{{{"a", "1"}}, {chunk}}});
    return testing::Verify(block.index, block.segments).status().message();
  };

  EXPECT_THAT(verify(late), HasSubstr("chunks/000001: chunk at offset 8: has samples from 1000 to "
                                      "1040, and the index says 999 to 1040"));
  EXPECT_THAT(verify(empty), HasSubstr("has no samples"));
  EXPECT_THAT(verify(backwards), HasSubstr("do not ascend"));
}

TEST(VerifyTest, ChunksOfUnknownEncodingsPassOnTheirChecksum) {
  const Bytes bytes = {0, 7, 1, 2, 3};
  const testing::TestBlock block =
      testing::MakeBlock({{{{"a", "1"}}, {{10, 20, static_cast<chunk::Encoding>(77), bytes}}}});

  const StatusOr<BlockContents> verified = testing::Verify(block.index, block.segments);

  ASSERT_TRUE(verified.ok()) << verified.status().ToString();
  EXPECT_EQ(verified->stats.samples, 7u);
}

TEST(VerifyTest, AMissingSegmentIsDamage) {
  const StatusOr<BlockContents> verified =
      testing::Verify(testing::FromHex(testing::kGoldenIndexHex), {});

  EXPECT_THAT(verified.status().message(), HasSubstr("names segment 000001 of 0"));
}

}  // namespace
}  // namespace kvs::tsdb

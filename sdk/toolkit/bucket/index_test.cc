// SPDX-License-Identifier: Apache-2.0
// The bucket index, as Mimir writes it.
#include "kvs/bucket/index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::bucket {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kMimirs =
    R"({"version":2,"blocks":[{"block_id":"01M82E9KMRX73RA3MW4EXRZN8W","min_time":1700000000000,"max_time":1700007200000,)"
    R"("segments_format":"1b6d","segments_num":2,"uploaded_at":1700009000,"compactor_shard_id":"1_of_4","source":"compactor",)"
    R"("compaction_level":2,"out_of_order":true,"labels":{"__compactor_shard_id__":"1_of_4"}},)"
    R"({"block_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","min_time":1,"max_time":2,"uploaded_at":3}],)"
    R"("block_deletion_marks":[{"block_id":"01ARZ3NDEKTSV4RRFFQ69G5FAV","deletion_time":1700010000}],"updated_at":1700011000})";

std::span<const uint8_t> Bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(BucketIndexTest, MimirsIsReadAndWrittenByteForByte) {
  const BucketIndex index = ParseBucketIndex(kMimirs).value();

  ASSERT_THAT(index.blocks, SizeIs(2));
  EXPECT_EQ(index.blocks[0].segments, 2);
  EXPECT_EQ(index.blocks[0].shard_id, "1_of_4");
  EXPECT_TRUE(index.blocks[0].out_of_order);
  EXPECT_EQ(index.deletion_marks[0].deletion_time_s, 1700010000);
  EXPECT_EQ(index.updated_at_s, 1700011000);
  EXPECT_EQ(FormatBucketIndex(index), kMimirs);
}

TEST(BucketIndexTest, SurvivesCompression) {
  const BucketIndex index = ParseBucketIndex(kMimirs).value();

  const std::string gzip = WriteBucketIndex(index).value();

  EXPECT_EQ(ReadBucketIndex(Bytes(gzip)).value(), index);
  EXPECT_EQ(
      ReadBucketIndex(Bytes(std::string_view(gzip).substr(0, gzip.size() / 2))).status().code(),
      StatusCode::kDataLoss);
}

TEST(BucketIndexTest, ABlockIsWhatItsMetaSays) {
  tsdb::BlockMeta meta;
  meta.ulid = tsdb::Ulid::Parse("01M82E9KMRX73RA3MW4EXRZN8W").value();
  meta.mint = 5;
  meta.maxt = 10;
  meta.compaction.level = 3;
  meta.compaction.hints = {std::string(tsdb::kHintFromOutOfOrder)};
  meta.thanos.emplace();
  meta.thanos->labels = {{std::string(tsdb::kShardIdLabel), "2_of_4"}};
  meta.thanos->source = "compactor";
  meta.thanos->files = {
      {"chunks/000001", 10}, {"chunks/000002", 10}, {"index", 20}, {"meta.json", 0}};

  const IndexBlock block = IndexBlock::Of(meta, 77);

  EXPECT_EQ(block.segments, 2);
  EXPECT_EQ(block.shard_id, "2_of_4");
  EXPECT_EQ(block.uploaded_at_s, 77);
  EXPECT_TRUE(block.out_of_order);
  EXPECT_EQ(block.ToMeta().compaction, meta.compaction);
  EXPECT_TRUE(block.Within(9, 20));
  EXPECT_FALSE(block.Within(10, 20));
}

TEST(BucketIndexTest, SegmentsWithAGapAreNotCounted) {
  tsdb::BlockMeta meta;
  meta.thanos.emplace();
  meta.thanos->segment_files = {"000001", "000003"};

  EXPECT_EQ(IndexBlock::Of(meta, 0).segments, 0);
}

TEST(BucketIndexTest, WhatIsNoIndexNamesTheMember) {
  const auto error = [](std::string_view json) {
    return ParseBucketIndex(json).status().message();
  };

  EXPECT_THAT(error("{}"), HasSubstr("version is missing"));
  EXPECT_THAT(error(R"({"version":3})"), HasSubstr("version 3"));
  EXPECT_THAT(error(R"({"version":2,"blocks":[{}]})"), HasSubstr("blocks.block_id is missing"));
  EXPECT_THAT(
      error(
          R"({"version":2,"blocks":[{"block_id":"01M82E9KMRX73RA3MW4EXRZN8W","min_time":2,"max_time":1}]})"),
      HasSubstr("max_time 1 is before min_time 2"));
}

}  // namespace
}  // namespace kvs::bucket

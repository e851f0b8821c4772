// SPDX-License-Identifier: Apache-2.0
// Blocks of aggregates: what they say of the samples, when they come and go, and what a kill at any
// moment leaves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/bucket/deletion.h"
#include "kvs/chunk/nan.h"

#include "downsample/series_downsampler.h"
#include "test_bucket.h"

namespace kvs::compactor {
namespace {

using testing::BlockMaker;
using testing::BlockSamples;
using testing::Bucket;
using testing::DyingStore;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::kHourMs;
using testing::Name;
using ::testing::Pair;
using ::testing::SizeIs;
using testing::TestCompactor;

constexpr int64_t kMinute = 60'000;

TEST(SeriesDownsamplerTest, HistogramsStayAndPartTheFloats) {
  chunk::HistogramChunkBuilder histograms;
  chunk::Histogram h;
  h.schema = 1;
  h.positive_spans = {{0, 1}};
  h.positive_buckets = {1};
  h.count = 1;
  ASSERT_EQ(histograms.Append(3 * kMinute, h), chunk::AppendOutcome::kAppended);
  chunk::XorChunkBuilder before, after;
  before.Append(1 * kMinute, 1);
  before.Append(2 * kMinute, 2);
  after.Append(4 * kMinute, 3);
  const tsdb::ChunkData in[] = {
      {kMinute, 2 * kMinute, chunk::Encoding::kXor, before.bytes()},
      {3 * kMinute, 3 * kMinute, chunk::Encoding::kHistogram, histograms.bytes()},
      {4 * kMinute, 4 * kMinute, chunk::Encoding::kXor, after.bytes()}};

  SeriesDownsampler downsampler(kFiveMinutesMs, 10 * kMinute);
  ASSERT_TRUE(downsampler.Run(in).ok());

  const auto out = downsampler.chunks();
  ASSERT_THAT(out, SizeIs(3));
  EXPECT_EQ(out[0].encoding, chunk::Encoding::kAggregates);
  EXPECT_EQ(out[0].maxt, 3 * kMinute - 1);
  EXPECT_EQ(out[1].encoding, chunk::Encoding::kHistogram);
  EXPECT_EQ(out[1].bytes.data(), histograms.bytes().data()) << "copied verbatim";
  EXPECT_EQ(out[2].maxt, 5 * kMinute);
  EXPECT_EQ(downsampler.samples_in(), 4u);
  EXPECT_EQ(downsampler.samples_out(), 3u);
}

TEST(SeriesDownsamplerTest, NothingButStaleMarkersStays) {
  chunk::XorChunkBuilder builder;
  builder.Append(kMinute, chunk::StaleNaN());
  const tsdb::ChunkData in[] = {{kMinute, kMinute, chunk::Encoding::kXor, builder.bytes()}};
  SeriesDownsampler downsampler(kFiveMinutesMs, 10 * kMinute);
  ASSERT_TRUE(downsampler.Run(in).ok());
  ASSERT_THAT(downsampler.chunks(), SizeIs(1));
  EXPECT_EQ(downsampler.chunks()[0].encoding, chunk::Encoding::kXor);
}

TEST(SeriesDownsamplerTest, DamageIsToldAndNotAveraged) {
  chunk::XorChunkBuilder builder;
  for (int i = 0; i < 10; ++i) builder.Append(i * kMinute, i * 1.1);
  const tsdb::ChunkData in[] = {
      {0, 9 * kMinute, chunk::Encoding::kXor, builder.bytes().first(builder.bytes().size() - 8)}};
  SeriesDownsampler downsampler(kFiveMinutesMs, 10 * kMinute);
  EXPECT_EQ(downsampler.Run(in).code(), StatusCode::kDataLoss);
}

class DownsampleTest : public ::testing::Test {
 protected:
  Config MakeConfig() {
    Config config;
    config.data_dir = dir_.path() + "/compactor";
    config.first_level_compaction_wait_period.ms = 0;
    config.deletion_delay.ms = 0;
    config.downsampling = true;
    return config;
  }
  // Two blocks of one range, so that they are merged first; the clock of the host is years later.
  BlockSamples Fill(Bucket& bucket) {
    BlockMaker one, two;
    one.AddFloats({{"job", "x"}}, 0, kMinute, {1, 2, 3, 4, 5, 6, 7});
    one.AddHistograms({{"job", "h"}}, 0, kMinute, 7, 5);
    two.AddFloats({{"job", "x"}}, 30 * kMinute, kMinute, {10, 0.5});
    two.AddFloats({{"job", "y"}}, 61 * kMinute, kMinute, {9});
    bucket.PutBlock("a", 1, 0, 2 * kHourMs, one.Build());
    bucket.PutBlock("a", 2, 0, 2 * kHourMs, two.Build());
    return bucket.Samples("a", false);
  }
  static void ExpectAggregates(Bucket& bucket, bool unmarked = true) {
    const BlockSamples five = bucket.Samples("a", unmarked, kFiveMinutesMs);
    ASSERT_THAT(five, SizeIs(3));
    EXPECT_THAT(five.at({{"job", "x"}}),
                ElementsAre(Pair(0, "count 1 sum 1 min 1 max 1"),
                            Pair(5 * kMinute, "count 5 sum 20 min 2 max 6"),
                            Pair(10 * kMinute, "count 1 sum 7 min 7 max 7"),
                            Pair(30 * kMinute, "count 1 sum 10 min 10 max 10"),
                            Pair(35 * kMinute, "count 1 sum 0.5 min 0.5 max 0.5")));
    EXPECT_THAT(five.at({{"job", "h"}}), SizeIs(7));
    const BlockSamples hours = bucket.Samples("a", unmarked, kOneHourMs);
    ASSERT_THAT(hours, SizeIs(3));
    EXPECT_THAT(hours.at({{"job", "x"}}),
                ElementsAre(Pair(0, "count 1 sum 1 min 1 max 1"),
                            Pair(kHourMs, "count 8 sum 37.5 min 0.5 max 10")));
    EXPECT_THAT(hours.at({{"job", "y"}}),
                ElementsAre(Pair(2 * kHourMs - 1, "count 1 sum 9 min 9 max 9")))
        << "within the block";
    EXPECT_THAT(hours.at({{"job", "h"}}), SizeIs(7));
  }

  testkit::TempDir dir_;
  testkit::TestHost host_{{.manual_clock = true}};
};

TEST_F(DownsampleTest, ABlockGetsItsAggregatesBesideIt) {
  Bucket bucket;
  const BlockSamples expected = Fill(bucket);
  TestCompactor compactor(host_, bucket.store(), MakeConfig());

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("a", true), expected);
  ExpectAggregates(bucket);
  for (const Bucket::Found& found : bucket.Blocks("a")) {
    if (found.marked) continue;
    EXPECT_THAT(found.meta.compaction.sources, ElementsAre(Name(1), Name(2)));
    EXPECT_EQ(found.meta.maxt, 2 * kHourMs);
  }
  EXPECT_EQ(host_.metrics().Value("kvs_compactor_blocks_downsampled_total", {{"resolution", "5m"}}),
            1);
  EXPECT_EQ(host_.metrics().Value("kvs_compactor_blocks_downsampled_total", {{"resolution", "1h"}}),
            1);
  const auto index = bucket.Index("a").blocks;
  std::set<uint64_t> contents;
  for (const auto& block : index) {
    if (block.compaction_level > 1) contents.insert(block.content);
  }
  EXPECT_THAT(contents, SizeIs(1)) << "one and the same samples";

  const double runs = host_.metrics().Value("cortex_compactor_group_compaction_runs_started_total");
  ASSERT_TRUE(compactor->RunCompaction().ok());
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_group_compaction_runs_started_total"), runs)
      << "once is enough";
}

TEST_F(DownsampleTest, ALateBlockIsInTheNextAggregates) {
  Bucket bucket;
  Fill(bucket);
  TestCompactor compactor(host_, bucket.store(), MakeConfig());
  ASSERT_TRUE(compactor->RunCompaction().ok());
  BlockMaker late;
  late.AddFloats({{"job", "y"}}, 62 * kMinute, kMinute, {1});
  bucket.PutBlock("a", 3, 0, 2 * kHourMs, late.Build());

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_THAT(bucket.Samples("a", true, kOneHourMs).at({{"job", "y"}}),
              ElementsAre(Pair(2 * kHourMs - 1, "count 2 sum 10 min 1 max 9")));
  size_t unmarked = 0;
  for (const Bucket::Found& found : bucket.Blocks("a")) unmarked += found.marked ? 0 : 1;
  EXPECT_EQ(unmarked, 3u) << "the old aggregates are to go";
}

TEST_F(DownsampleTest, EveryResolutionHasItsRetention) {
  Bucket bucket;
  Fill(bucket);
  Config config = MakeConfig();
  config.blocks_retention_period.ms = 24 * kHourMs;  // All of it is past that.
  config.blocks_retention_period_1h.ms = 2 * host_.now_ms();
  config.blocks_retention_period_5m.ms = 2 * host_.now_ms();
  TestCompactor compactor(host_, bucket.store(), config);
  ASSERT_TRUE(compactor->RunCleanup().ok());
  EXPECT_THAT(bucket.Keys("a/markers/"), IsEmpty())
      << "nothing goes before its aggregates are there";

  ASSERT_TRUE(compactor->RunCompaction().ok());
  ASSERT_TRUE(compactor->RunCleanup().ok());
  host_.Advance(1000);
  ASSERT_TRUE(compactor->RunCleanup().ok());

  EXPECT_THAT(bucket.Samples("a", false), IsEmpty());
  ExpectAggregates(bucket);
  EXPECT_THAT(bucket.Blocks("a"), SizeIs(2));

  config.blocks_retention_period_5m.ms = 48 * kHourMs;
  TestCompactor shorter(host_, bucket.store(), config);
  ASSERT_TRUE(shorter->RunCleanup().ok());
  host_.Advance(1000);
  ASSERT_TRUE(shorter->RunCleanup().ok());
  ASSERT_TRUE(shorter->RunCompaction().ok());
  EXPECT_THAT(bucket.Blocks("a"), SizeIs(1));
  EXPECT_THAT(bucket.Samples("a", false, kOneHourMs), SizeIs(3));
}

TEST_F(DownsampleTest, DeletionsReachAggregates) {
  Bucket bucket;
  Fill(bucket);
  TestCompactor compactor(host_, bucket.store(), MakeConfig());
  ASSERT_TRUE(compactor->RunCompaction().ok());
  const bucket::Deletion request{
      Name(1'000'000), {"{job=\"x\"}"}, 6 * kMinute, 7 * kMinute, host_.now_ms()};
  ASSERT_TRUE(bucket.client()
                  .Put(bucket::DeletionKey("a", request.id), bucket::FormatDeletion(request))
                  .ok());

  ASSERT_TRUE(compactor->RunCompaction().ok());

  const BlockSamples five = bucket.Samples("a", true, kFiveMinutesMs);
  EXPECT_THAT(five.at({{"job", "x"}}), SizeIs(4)) << "the window has a deleted sample";
  EXPECT_FALSE(five.at({{"job", "x"}}).contains(10 * kMinute));
  EXPECT_THAT(bucket.Samples("a", true, kOneHourMs).at({{"job", "x"}}), SizeIs(1));
}

// As AKillAtAnyMomentLosesNothingAndLeavesNothing of the other jobs.
TEST_F(DownsampleTest, AKillAtAnyMomentLosesNothingAndLeavesNothing) {
  for (int changes = 0;; ++changes) {
    SCOPED_TRACE(StrCat("killed after ", changes, " changes"));
    Bucket bucket;
    const BlockSamples expected = Fill(bucket);
    testkit::TempDir dir;
    Config config = MakeConfig();
    config.data_dir = dir.path();
    DyingStore dying(bucket.store(), changes);
    {
      TestCompactor killed(host_, dying, config);
      IgnoreError(killed->RunCompaction(), "it is killed");
      IgnoreError(killed->RunCleanup(), "it is killed");
    }
    ASSERT_EQ(bucket.Samples("a", false), expected);

    TestCompactor next(host_, bucket.store(), config);
    if (changes % 2 == 0) {
      ASSERT_TRUE(next->RunCleanup().ok());
    }
    ASSERT_TRUE(next->RunCompaction().ok());
    host_.Advance(1000);
    ASSERT_TRUE(next->RunCleanup().ok());
    ASSERT_TRUE(next->RunCleanup().ok());

    ASSERT_EQ(bucket.Samples("a", false), expected);
    ExpectAggregates(bucket, false);
    EXPECT_THAT(bucket.Blocks("a"), SizeIs(3));
    std::set<tsdb::Ulid> complete;
    for (const Bucket::Found& found : bucket.Blocks("a")) complete.insert(found.meta.ulid);
    for (const std::string& key : bucket.Keys()) {
      const bucket::KeyInfo info = bucket::ClassifyKey("a", key);
      const bool belongs =
          info.kind == bucket::KeyKind::kBucketIndex ||
          (info.kind == bucket::KeyKind::kBlockFile && complete.contains(info.ulid));
      EXPECT_TRUE(belongs) << key;
    }
    EXPECT_THAT(testkit::FilesIn(dir.path() + "/jobs/a"), IsEmpty());
    if (!dying.died()) break;
  }
}

}  // namespace
}  // namespace kvs::compactor

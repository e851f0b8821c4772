// SPDX-License-Identifier: Apache-2.0
// Runs of the compactor over a bucket: what it makes, what it takes away, and what a kill at any
// moment leaves.
#include "compactor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/bucket/deletion.h"

#include "test_bucket.h"

namespace kvs::compactor {
namespace {

using testing::BlockMaker;
using testing::BlockSamples;
using testing::Bucket;
using ::testing::Contains;
using testing::DyingStore;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kHourMs;
using testing::MemoryBlock;
using testing::Name;
using ::testing::SizeIs;
using testing::TestCompactor;

class CompactorTest : public ::testing::Test {
 protected:
  Config MakeConfig() {
    Config config;
    config.data_dir = dir_.path() + "/compactor";
    config.first_level_compaction_wait_period.ms = 0;
    config.deletion_delay.ms = 0;
    return config;
  }
  // Three blocks of one range, two of which overlap, and one of the next day, which makes the first
  // day due.
  BlockSamples Fill(Bucket& bucket, std::string_view tenant = "a") {
    // Made once: they are put hundreds of times.
    static const std::vector<MemoryBlock> blocks = [] {
      BlockMaker in_order, late, later, next_day;
      in_order.AddFloats({{"job", "x"}}, 0, 60'000, {1, 2, 3});
      in_order.AddFloats({{"job", "y"}}, 0, 60'000, {1});
      late.AddFloats({{"job", "x"}}, 30'000, 60'000, {1.5, 2.5});
      later.AddFloats({{"job", "x"}}, 2 * kHourMs, 60'000, {4});
      later.AddHistograms({{"job", "z"}}, 2 * kHourMs, 60'000, 3, 5);
      next_day.AddFloats({{"job", "x"}}, 24 * kHourMs, 60'000, {5});
      return std::vector<MemoryBlock>{in_order.Build(), late.Build(), later.Build(),
                                      next_day.Build()};
    }();
    bucket.PutBlock(tenant, 1, 0, 2 * kHourMs, blocks[0]);
    bucket.PutBlock(tenant, 2, 0, 2 * kHourMs, blocks[1]);
    bucket.PutBlock(tenant, 3, 2 * kHourMs, 4 * kHourMs, blocks[2]);
    bucket.PutBlock(tenant, 4, 24 * kHourMs, 26 * kHourMs, blocks[3]);
    return bucket.Samples(tenant, false);
  }

  static size_t Count(const BlockSamples& samples) {
    size_t n = 0;
    for (const auto& [labels, of_series] : samples) n += of_series.size();
    return n;
  }
  // Every sample is there, once, and nothing else is: neither in the bucket nor in a work folder.
  static void ExpectNothingBut(Bucket& bucket, const BlockSamples& expected,
                               const std::string& data_dir) {
    ASSERT_EQ(bucket.Samples("a", false), expected);
    std::set<tsdb::Ulid> complete;
    size_t samples = 0;
    for (const Bucket::Found& found : bucket.Blocks("a")) {
      complete.insert(found.meta.ulid);
      samples += Count(found.samples);
    }
    EXPECT_EQ(samples, Count(expected));
    for (const std::string& key : bucket.Keys()) {
      const bucket::KeyInfo info = bucket::ClassifyKey("a", key);
      const bool belongs =
          info.kind == bucket::KeyKind::kBucketIndex ||
          (info.kind == bucket::KeyKind::kBlockFile && complete.contains(info.ulid));
      EXPECT_TRUE(belongs) << key;
    }
    EXPECT_THAT(testkit::FilesIn(data_dir + "/jobs/a"), IsEmpty());
  }

  testkit::TempDir dir_;
  testkit::TestHost host_{{.manual_clock = true}};
};

TEST_F(CompactorTest, ADayBecomesOneBlock) {
  Bucket bucket;
  const BlockSamples expected = Fill(bucket);
  TestCompactor compactor(host_, bucket.store(), MakeConfig());

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("a", true), expected);
  std::vector<Bucket::Found> left;
  for (Bucket::Found& found : bucket.Blocks("a")) {
    if (!found.marked) left.push_back(std::move(found));
  }
  ASSERT_THAT(left, SizeIs(2));
  const auto made =
      std::find_if(left.begin(), left.end(), [](const auto& f) { return f.meta.mint == 0; });
  EXPECT_THAT(made->meta.compaction.sources, ElementsAre(Name(1), Name(2), Name(3)));
  EXPECT_EQ(made->meta.maxt, 4 * kHourMs);
  EXPECT_EQ(made->meta.thanos->source, "compactor");
  EXPECT_EQ(made->meta.stats.series, 3);
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_runs_completed_total"), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_group_compactions_total"), 2);
  EXPECT_THAT(testkit::FilesIn(dir_.path() + "/compactor/jobs/a"), IsEmpty());
}

TEST_F(CompactorTest, CleaningTakesAwayWhatWasCompactedAndWritesTheIndex) {
  Bucket bucket;
  const BlockSamples expected = Fill(bucket);
  Config config = MakeConfig();
  config.deletion_delay.ms = kHourMs;
  TestCompactor compactor(host_, bucket.store(), config);
  ASSERT_TRUE(compactor->RunCompaction().ok());

  ASSERT_TRUE(compactor->RunCleanup().ok());
  EXPECT_THAT(bucket.Index("a").blocks, SizeIs(6));
  EXPECT_THAT(bucket.Index("a").deletion_marks, SizeIs(4));

  host_.Advance(kHourMs + 1000);
  ASSERT_TRUE(compactor->RunCleanup().ok());

  EXPECT_THAT(bucket.Index("a").blocks, SizeIs(2));
  EXPECT_THAT(bucket.Index("a").deletion_marks, IsEmpty());
  EXPECT_THAT(bucket.Keys("a/markers/"), IsEmpty());
  EXPECT_EQ(bucket.Samples("a", false), expected);
  EXPECT_EQ(host_.metrics().Value("cortex_bucket_blocks_count", {{"user", "a"}}), 2);
}

TEST_F(CompactorTest, LargeTenantsAreSplit) {
  Bucket bucket;
  const BlockSamples expected = Fill(bucket);
  Config config = MakeConfig();
  config.split_and_merge_shards = 2;
  config.split_groups = 2;
  TestCompactor compactor(host_, bucket.store(), config);

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("a", true), expected);
  for (const Bucket::Found& found : bucket.Blocks("a")) {
    if (found.marked) continue;
    const std::string shard = ShardOf(found.meta);
    ASSERT_THAT(shard, EndsWith("_of_2"));
    for (const auto& [labels, samples] : found.samples)
      EXPECT_EQ(StrCat(labels.Hash() % 2 + 1, "_of_2"), shard);
  }
}

// Kills the process after every single change it makes to the bucket, lets another one go on, and
// looks for losses and leftovers.
TEST_F(CompactorTest, AKillAtAnyMomentLosesNothingAndLeavesNothing) {
  for (const int64_t shards : {0, 2}) {
    for (int changes = 0;; ++changes) {
      SCOPED_TRACE(StrCat("killed after ", changes, " changes, ", shards, " shards"));
      Bucket bucket;
      const BlockSamples expected = Fill(bucket);
      testkit::TempDir dir;
      Config config = MakeConfig();
      config.data_dir = dir.path();
      config.split_and_merge_shards = shards;
      DyingStore dying(bucket.store(), changes);
      {
        TestCompactor killed(host_, dying, config);
        IgnoreError(killed->RunCompaction(), "it is killed");
        IgnoreError(killed->RunCleanup(), "it is killed");
      }
      ASSERT_EQ(bucket.Samples("a", false), expected);

      TestCompactor next(host_, bucket.store(), config);
      // Whether the cleaner or the compactor comes first must not matter.
      if (changes % 2 == 0) {
        ASSERT_TRUE(next->RunCleanup().ok());
      }
      ASSERT_TRUE(next->RunCompaction().ok());
      ASSERT_EQ(bucket.Samples("a", true), expected);
      host_.Advance(1000);
      ASSERT_TRUE(next->RunCleanup().ok());
      ASSERT_TRUE(next->RunCleanup().ok());

      ExpectNothingBut(bucket, expected, dir.path());
      if (!dying.died()) break;
    }
  }
}

// As above, and until another one goes on, a late block or a request to delete series has made
// other blocks of the jobs: what was uploaded by halves is nobody's any more.
TEST_F(CompactorTest, AKillBeforeAJobIsPlannedAnewLeavesNothing) {
  enum class Change { kLateBlock, kDeletion };
  for (const Change change : {Change::kLateBlock, Change::kDeletion}) {
    double given_up = 0;
    for (int changes = 0;; ++changes) {
      SCOPED_TRACE(
          StrCat("killed after ", changes, " changes, before change ", static_cast<int>(change)));
      Bucket bucket;
      BlockSamples expected = Fill(bucket);
      testkit::TempDir dir;
      Config config = MakeConfig();
      config.data_dir = dir.path();
      config.deletion_request_age.ms = 0;
      DyingStore dying(bucket.store(), changes);
      {
        TestCompactor killed(host_, dying, config);
        IgnoreError(killed->RunCompaction(), "it is killed");
      }
      if (change == Change::kLateBlock) {
        BlockMaker late;
        late.AddFloats({{"job", "x"}}, 45'000, 60'000, {7, 8});
        bucket.PutBlock("a", 5, 0, 2 * kHourMs, late.Build());
        expected = bucket.Samples("a", false);
      } else {
        const bucket::Deletion request{Name(1'000'000), {"{job=\"y\"}"}, 0, 60'000, host_.now_ms()};
        ASSERT_TRUE(bucket.client()
                        .Put(bucket::DeletionKey("a", request.id), bucket::FormatDeletion(request))
                        .ok());
        expected.erase({{"job", "y"}});
      }

      testkit::TestHost host({.manual_clock = true});
      TestCompactor next(host, bucket.store(), config);
      for (int round = 0; round < 3; ++round) {
        ASSERT_TRUE(next->RunCompaction().ok());
        host.Advance(1000);
        ASSERT_TRUE(next->RunCleanup().ok());
      }

      ExpectNothingBut(bucket, expected, dir.path());
      given_up += host.metrics().Value("cortex_compactor_blocks_marked_for_deletion_total",
                                       {{"reason", "partial"}});
      if (!dying.died()) break;
    }
    EXPECT_GT(given_up, 0);
  }
}

TEST_F(CompactorTest, ADamagedBlockIsMarkedAndTheOthersGoOn) {
  Bucket bucket;
  Fill(bucket);
  const std::string key = bucket::BlockFileKey("a", Name(2), bucket::SegmentPath(1));
  std::string bytes = bucket.client().Get(key).value();
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  ASSERT_TRUE(bucket.client().Put(key, bytes).ok());
  TestCompactor compactor(host_, bucket.store(), MakeConfig());

  EXPECT_FALSE(compactor->RunCompaction().ok());
  EXPECT_TRUE(bucket.client()
                  .Exists(bucket::GlobalMarkKey("a", Name(2), bucket::kNoCompactMarkFile))
                  .value());
  EXPECT_FALSE(bucket.client()
                   .Exists(bucket::GlobalMarkKey("a", Name(1), bucket::kNoCompactMarkFile))
                   .value());
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_blocks_marked_for_no_compaction_total"), 1);

  EXPECT_TRUE(compactor->RunCompaction().ok());
  EXPECT_THAT(bucket.Keys("a/markers/"),
              Contains(HasSubstr(Name(1).ToString() + "-deletion-mark")));
}

TEST_F(CompactorTest, BlocksPastTheirRetentionGo) {
  Bucket bucket;
  Fill(bucket);
  Config config = MakeConfig();
  config.blocks_retention_period.ms = host_.now_ms() - 23 * kHourMs;
  TestCompactor compactor(host_, bucket.store(), config);

  ASSERT_TRUE(compactor->RunCleanup().ok());
  host_.Advance(1000);
  ASSERT_TRUE(compactor->RunCleanup().ok());

  ASSERT_THAT(bucket.Blocks("a"), SizeIs(1));
  EXPECT_EQ(bucket.Blocks("a")[0].meta.ulid, Name(4));
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_blocks_marked_for_deletion_total",
                                  {{"reason", "retention"}}),
            3);
}

TEST_F(CompactorTest, SeriesPastTheirOwnRetentionAreLeftOut) {
  Bucket bucket;
  BlockSamples expected = Fill(bucket);
  expected.erase({{"job", "z"}});
  Config config = MakeConfig();
  config.retention_per_matcher = {{"{job=\"z\"}", "1d"}};
  TestCompactor compactor(host_, bucket.store(), config);

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("a", true), expected);
}

TEST_F(CompactorTest, DeletedSeriesAreTakenOutAndTheRequestIsForgotten) {
  Bucket bucket;
  BlockSamples expected = Fill(bucket);
  TestCompactor compactor(host_, bucket.store(), MakeConfig());
  ASSERT_TRUE(compactor->RunCompaction().ok());
  host_.Advance(1000);
  ASSERT_TRUE(compactor->RunCleanup().ok());
  const bucket::Deletion request{
      Name(1'000'000), {"{job=\"y\"}", "{job=\"x\"}"}, 30'000, 60'000, host_.now_ms()};
  const std::string key = bucket::DeletionKey("a", request.id);
  ASSERT_TRUE(bucket.client().Put(key, bucket::FormatDeletion(request)).ok());
  expected[{{"job", "x"}}].erase(30'000);
  expected[{{"job", "x"}}].erase(60'000);

  ASSERT_TRUE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("a", true), expected);
  EXPECT_TRUE(bucket.client().Exists(key).value()) << "samples may still come out of an ingester";
  const double runs = host_.metrics().Value("cortex_compactor_group_compaction_runs_started_total");
  ASSERT_TRUE(compactor->RunCompaction().ok());
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_group_compaction_runs_started_total"), runs)
      << "once is enough";

  host_.Advance(49 * kHourMs);
  ASSERT_TRUE(compactor->RunCleanup().ok());
  ASSERT_TRUE(compactor->RunCompaction().ok());
  EXPECT_FALSE(bucket.client().Exists(key).value());
  EXPECT_EQ(bucket.Samples("a", false), expected);
}

// As above, while series are taken out of blocks and the request is forgotten.
TEST_F(CompactorTest, AKillWhileSeriesAreDeletedLosesNothingElseAndBringsNothingBack) {
  for (int changes = 0;; ++changes) {
    SCOPED_TRACE(StrCat("killed after ", changes, " changes"));
    Bucket bucket;
    BlockSamples left = Fill(bucket);
    left[{{"job", "x"}}].erase(30'000);
    left[{{"job", "x"}}].erase(60'000);
    left.erase({{"job", "y"}});
    const bucket::Deletion request{
        Name(1'000'000), {"{job=\"y\"}", "{job=\"x\"}"}, 0, 60'000, host_.now_ms()};
    left[{{"job", "x"}}].erase(0);
    const std::string key = bucket::DeletionKey("a", request.id);
    ASSERT_TRUE(bucket.client().Put(key, bucket::FormatDeletion(request)).ok());
    testkit::TempDir dir;
    Config config = MakeConfig();
    config.data_dir = dir.path();
    const auto all = [&](TestCompactor& compactor) -> Status {
      KVS_RETURN_IF_ERROR(compactor->RunCompaction());
      host_.Advance(49 * kHourMs);
      KVS_RETURN_IF_ERROR(compactor->RunCleanup());
      KVS_RETURN_IF_ERROR(compactor->RunCompaction());
      host_.Advance(1000);
      return compactor->RunCleanup();
    };
    DyingStore dying(bucket.store(), changes);
    {
      TestCompactor killed(host_, dying, config);
      IgnoreError(all(killed), "it is killed");
    }
    const BlockSamples between = bucket.Samples("a", false);
    for (const auto& [labels, samples] : left) {
      for (const auto& [t, value] : samples)
        ASSERT_EQ(between.at(labels).at(t), value) << labels.ToString() << " at " << t;
    }

    TestCompactor next(host_, bucket.store(), config);
    ASSERT_TRUE(all(next).ok());
    ASSERT_TRUE(next->RunCleanup().ok());

    EXPECT_EQ(bucket.Samples("a", false), left);
    EXPECT_FALSE(bucket.client().Exists(key).value());
    EXPECT_THAT(testkit::FilesIn(dir.path() + "/jobs/a"), IsEmpty());
    if (!dying.died()) break;
  }
}

TEST_F(CompactorTest, AKillWhileATenantIsDeletedLeavesNothing) {
  for (int changes = 0;; ++changes) {
    SCOPED_TRACE(StrCat("killed after ", changes, " changes"));
    Bucket bucket;
    Fill(bucket);
    const BlockSamples other = Fill(bucket, "b");
    TestCompactor before(host_, bucket.store(), MakeConfig());
    ASSERT_TRUE(before->RunCleanup().ok());
    ASSERT_TRUE(before->BucketOf("a").WriteTenantDeletion({host_.now_ms() / 1000, 0}).ok());
    const auto all = [&](TestCompactor& compactor) -> Status {
      KVS_RETURN_IF_ERROR(compactor->RunCleanup());
      host_.Advance(7 * kHourMs);
      return compactor->RunCleanup();
    };
    DyingStore dying(bucket.store(), changes);
    {
      TestCompactor killed(host_, dying, MakeConfig());
      IgnoreError(all(killed), "it is killed");
    }

    TestCompactor next(host_, bucket.store(), MakeConfig());
    ASSERT_TRUE(all(next).ok());

    EXPECT_THAT(bucket.Keys("a/"), IsEmpty());
    EXPECT_EQ(bucket.Samples("b", false), other);
    if (!dying.died()) break;
  }
}

TEST_F(CompactorTest, ADeletedTenantIsTakenAwayStepByStep) {
  Bucket bucket;
  Fill(bucket);
  Fill(bucket, "b");
  TestCompactor compactor(host_, bucket.store(), MakeConfig());
  ASSERT_TRUE(compactor->RunCleanup().ok());
  ASSERT_TRUE(compactor->BucketOf("a").WriteTenantDeletion({host_.now_ms() / 1000, 0}).ok());

  ASSERT_TRUE(compactor->RunCleanup().ok());
  EXPECT_THAT(bucket.Keys("a/"), ElementsAre("a/markers/tenant-deletion-mark.json"));

  host_.Advance(7 * kHourMs);
  ASSERT_TRUE(compactor->RunCleanup().ok());
  EXPECT_THAT(bucket.Keys("a/"), IsEmpty());
  EXPECT_THAT(bucket.Blocks("b"), SizeIs(4));
}

TEST_F(CompactorTest, WhatAnUploadLeftBehindGoes) {
  Bucket bucket;
  ASSERT_TRUE(bucket.client().Put(bucket::BlockFileKey("a", Name(9), "index"), "x").ok());
  TestCompactor compactor(host_, bucket.store(), MakeConfig());

  ASSERT_TRUE(compactor->RunCleanup().ok());

  EXPECT_EQ(host_.metrics().Value("cortex_compactor_blocks_marked_for_deletion_total",
                                  {{"reason", "partial"}}),
            1);
  EXPECT_THAT(bucket.Keys("a/"), ElementsAre("a/bucket-index.json.gz"));
}

TEST_F(CompactorTest, OneTenantsTroubleIsNotAnothers) {
  Bucket bucket;
  Fill(bucket, "a");
  const BlockSamples expected = Fill(bucket, "b");
  ASSERT_TRUE(bucket.client().Put(bucket::BlockFileKey("a", Name(1), "index"), "no index").ok());
  TestCompactor compactor(host_, bucket.store(), MakeConfig());

  EXPECT_FALSE(compactor->RunCompaction().ok());

  EXPECT_EQ(bucket.Samples("b", true), expected);
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_tenants_processing_failed"), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_compactor_tenants_processing_succeeded"), 1);
}

}  // namespace
}  // namespace kvs::compactor

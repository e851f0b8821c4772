// SPDX-License-Identifier: Apache-2.0
// Which jobs there are, by the rules that Mimir has.
#include "plan/planner.h"

#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::compactor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kHour = 3'600'000;

tsdb::Ulid Name(uint64_t n) {
  const std::array<uint8_t, 10> random = {static_cast<uint8_t>(n)};
  return tsdb::Ulid::Make(n, random);
}

PlanBlock Block(uint64_t n, int64_t from_hour, int64_t to_hour, const std::string& shard = {},
                int64_t level = 1) {
  PlanBlock block;
  block.meta.ulid = Name(n);
  block.meta.mint = from_hour * kHour;
  block.meta.maxt = to_hour * kHour;
  block.meta.compaction.level = level;
  block.meta.compaction.sources = {Name(n)};
  block.meta.thanos.emplace();
  if (!shard.empty()) block.meta.thanos->labels[std::string(tsdb::kShardIdLabel)] = shard;
  return block;
}

PlanOptions Options(uint64_t shards = 0, uint64_t groups = 1) {
  return {.ranges_ms = {2 * kHour, 12 * kHour, 24 * kHour},
          .shards = shards,
          .split_groups = groups,
          .now_ms = 0};
}

std::vector<uint64_t> Numbers(const Job& job) {
  std::vector<uint64_t> out;
  for (const PlanBlock& block : job.blocks) out.push_back(block.meta.ulid.time_ms());
  return out;
}

TEST(PlannerTest, OverlappingBlocksOfOneRangeAreMerged) {
  const auto jobs = PlanCompaction({Block(1, 0, 2), Block(2, 0, 2), Block(3, 2, 4)}, Options());

  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_THAT(Numbers(jobs[0]), ElementsAre(1, 2));
  EXPECT_EQ(jobs[0].range_end_ms, 2 * kHour);
}

TEST(PlannerTest, SmallRangesComeBeforeTheLargeOnesAroundThem) {
  const auto jobs =
      PlanCompaction({Block(1, 0, 2), Block(2, 0, 2), Block(3, 2, 4), Block(4, 12, 14)}, Options());

  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_THAT(Numbers(jobs[0]), ElementsAre(1, 2));
}

TEST(PlannerTest, NeighboursAreMergedOnceTheirRangeIsOver) {
  EXPECT_THAT(PlanCompaction({Block(1, 0, 2), Block(2, 2, 4)}, Options()), IsEmpty());

  const auto jobs = PlanCompaction({Block(1, 0, 2), Block(2, 2, 4), Block(3, 12, 14)}, Options());

  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_THAT(Numbers(jobs[0]), ElementsAre(1, 2));
  EXPECT_EQ(jobs[0].range_end_ms, 12 * kHour);
}

TEST(PlannerTest, TheRangeOfATenantThatSendsNothingMoreIsOverByTheClock) {
  PlanOptions options = Options();
  options.now_ms = 14 * kHour;

  EXPECT_THAT(PlanCompaction({Block(1, 0, 2), Block(2, 2, 4)}, options), SizeIs(1));
}

TEST(PlannerTest, ABlockThatSpansABorderIsLeftToLargerRanges) {
  const auto jobs = PlanCompaction({Block(1, 1, 3), Block(2, 0, 2), Block(3, 24, 26)}, Options());

  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_THAT(Numbers(jobs[0]), ElementsAre(2, 1));
  EXPECT_EQ(jobs[0].range_end_ms, 12 * kHour);
}

TEST(PlannerTest, BlocksAreSplitFirstAndMergedByShardThen) {
  const auto split = PlanCompaction({Block(1, 0, 2), Block(2, 0, 2)}, Options(4));

  ASSERT_THAT(split, SizeIs(1));
  EXPECT_EQ(split[0].stage, Stage::kSplit);
  EXPECT_EQ(split[0].shard_count, 4);

  const auto merge = PlanCompaction(
      {Block(3, 0, 2, "1_of_4", 2), Block(4, 0, 2, "1_of_4", 2), Block(5, 0, 2, "2_of_4", 2)},
      Options(4));

  ASSERT_THAT(merge, SizeIs(1));
  EXPECT_EQ(merge[0].stage, Stage::kMerge);
  EXPECT_EQ(merge[0].shard, "1_of_4");
  EXPECT_THAT(Numbers(merge[0]), ElementsAre(3, 4));
}

TEST(PlannerTest, SplitGroupsAreJobsOfTheirOwn) {
  std::vector<PlanBlock> blocks;
  for (uint64_t n = 1; n <= 20; ++n) blocks.push_back(Block(n, 0, 2));

  const auto jobs = PlanCompaction(blocks, Options(4, 3));

  EXPECT_THAT(jobs, SizeIs(3));
  size_t n = 0;
  for (const Job& job : jobs) n += job.blocks.size();
  EXPECT_EQ(n, 20);
}

TEST(PlannerTest, AShardThatIsNotSplitYetKeepsItsRangeFromBeingMerged) {
  const auto jobs = PlanCompaction({Block(1, 0, 2), Block(2, 0, 2, "1_of_2", 2),
                                    Block(3, 2, 4, "1_of_2", 2), Block(4, 12, 14, "1_of_2", 2)},
                                   Options(2));

  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].stage, Stage::kSplit);
}

TEST(PlannerTest, FreshBlocksAreWaitedFor) {
  PlanOptions options = Options();
  options.now_ms = 100 * kHour;
  options.first_level_wait_ms = kHour;
  std::vector<PlanBlock> blocks = {Block(1, 0, 2), Block(2, 0, 2)};
  blocks[1].uploaded_at_ms = options.now_ms - kHour / 2;

  EXPECT_THAT(PlanCompaction(blocks, options), IsEmpty());

  options.now_ms += kHour;
  EXPECT_THAT(PlanCompaction(blocks, options), SizeIs(1));
}

TEST(PlannerTest, OtherLabelsAndResolutionsAreOthersBlocks) {
  std::vector<PlanBlock> blocks = {Block(1, 0, 2), Block(2, 0, 2), Block(3, 0, 2)};
  blocks[1].meta.thanos->labels["__out_of_order__"] = "true";
  blocks[2].meta.thanos->resolution_ms = 300'000;

  EXPECT_THAT(PlanCompaction(blocks, Options()), IsEmpty());
}

TEST(PlannerTest, WhatAnotherBlockWasMadeOfIsObsolete) {
  PlanBlock made = Block(10, 0, 2, {}, 2);
  made.meta.compaction.sources = {Name(1), Name(2)};

  EXPECT_THAT(FindObsolete({Block(1, 0, 2), Block(2, 0, 2), Block(3, 0, 2), made}),
              ElementsAre(Name(1), Name(2)));
}

TEST(PlannerTest, AShardDoesNotReplaceTheBlockItIsAPartOf) {
  PlanBlock shard = Block(10, 0, 2, "1_of_2", 2);
  shard.meta.compaction.sources = {Name(1)};

  EXPECT_THAT(FindObsolete({Block(1, 0, 2), shard}), IsEmpty());
}

TEST(PlannerTest, ARewrittenBlockReplacesItsParent) {
  PlanBlock made = Block(10, 0, 2);
  made.meta.compaction.sources = {Name(1)};
  made.meta.compaction.parents = {{Name(1), 0, 2 * kHour}};

  EXPECT_THAT(FindObsolete({Block(1, 0, 2), made}), ElementsAre(Name(1)));
}

// What a compactor would make of a job, without the samples.
std::vector<PlanBlock> Execute(const Job& job, uint64_t* names) {
  std::vector<PlanBlock> out;
  std::set<tsdb::Ulid> sources;
  int64_t mint = INT64_MAX, maxt = INT64_MIN, level = 0;
  for (const PlanBlock& block : job.blocks) {
    sources.insert(block.meta.compaction.sources.begin(), block.meta.compaction.sources.end());
    mint = std::min(mint, block.meta.mint);
    maxt = std::max(maxt, block.meta.maxt);
    level = std::max(level, block.meta.compaction.level);
  }
  for (uint64_t i = 0; i < job.shard_count; ++i) {
    PlanBlock block = Block(
        ++*names, 0, 0,
        job.stage == Stage::kSplit ? StrCat(i + 1, "_of_", job.shard_count) : job.shard, level + 1);
    block.meta.mint = mint;
    block.meta.maxt = maxt;
    block.meta.compaction.sources.assign(sources.begin(), sources.end());
    out.push_back(std::move(block));
  }
  return out;
}

// Whatever is uploaded, jobs come to an end, share no block, and leave no two blocks of one shard
// that overlap.
TEST(PlannerTest, CompactionEndsAndLeavesNothingToCompact) {
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(StrCat("seed ", seed));
    std::mt19937 random(seed);
    const auto below = [&random](uint32_t n) { return static_cast<int64_t>(random() % n); };
    const PlanOptions options = [&] {
      PlanOptions o = Options(static_cast<uint64_t>(below(4)), static_cast<uint64_t>(1 + below(3)));
      o.now_ms = 1000 * kHour;
      return o;
    }();
    uint64_t names = 0;
    std::vector<PlanBlock> blocks;
    for (int64_t i = 0, n = below(40); i < n; ++i) {
      const int64_t hour = below(72);
      blocks.push_back(Block(++names, hour, below(4) == 0 ? hour + 1 : hour / 2 * 2 + 2));
    }

    int rounds = 0;
    while (true) {
      const std::vector<Job> jobs = PlanCompaction(blocks, options);
      if (jobs.empty()) break;
      ASSERT_LT(++rounds, 50);
      std::set<tsdb::Ulid> used;
      for (const Job& job : jobs) {
        for (const PlanBlock& block : job.blocks) {
          ASSERT_TRUE(used.insert(block.meta.ulid).second);
          ASSERT_GE(block.meta.mint, job.range_begin_ms);
          ASSERT_LE(block.meta.maxt, job.range_end_ms);
        }
        for (PlanBlock& made : Execute(job, &names)) blocks.push_back(std::move(made));
      }
      std::erase_if(blocks,
                    [&used](const PlanBlock& block) { return used.contains(block.meta.ulid); });
    }

    for (const PlanBlock& a : blocks) {
      for (const PlanBlock& b : blocks) {
        if (a.meta.ulid == b.meta.ulid || ShardOf(a.meta) != ShardOf(b.meta)) continue;
        const bool same_day = a.meta.mint / (24 * kHour) == b.meta.mint / (24 * kHour) &&
                              (a.meta.maxt - 1) / (24 * kHour) == (b.meta.maxt - 1) / (24 * kHour);
        EXPECT_FALSE(same_day) << a.meta.mint / kHour << " " << b.meta.mint / kHour;
      }
    }
  }
}

}  // namespace
}  // namespace kvs::compactor

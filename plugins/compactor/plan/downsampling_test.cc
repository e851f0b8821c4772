// SPDX-License-Identifier: Apache-2.0
// Which blocks are downsampled, and when.
#include "plan/downsampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::compactor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kDay = 24 * kOneHourMs;
constexpr int64_t kNow = 1000 * kDay;

tsdb::Ulid Name(uint64_t n) {
  const std::array<uint8_t, 10> random = {static_cast<uint8_t>(n)};
  return tsdb::Ulid::Make(n, random);
}

// Of a day that ended so long ago.
PlanBlock Block(uint64_t n, int64_t age_ms, int64_t resolution_ms = 0,
                std::vector<tsdb::Ulid> sources = {}, const std::string& shard = {}) {
  PlanBlock block;
  block.meta.ulid = Name(n);
  block.meta.mint = kNow - age_ms - kDay;
  block.meta.maxt = kNow - age_ms;
  block.meta.compaction.sources = sources.empty() ? std::vector{Name(n)} : sources;
  block.meta.thanos.emplace().resolution_ms = resolution_ms;
  if (!shard.empty()) block.meta.thanos->labels[std::string(tsdb::kShardIdLabel)] = shard;
  return block;
}

TenantLimits Limits() {
  TenantLimits limits;
  limits.downsampling = true;
  limits.downsample_5m_after_ms = 40 * kOneHourMs;
  limits.downsample_1h_after_ms = 10 * kDay;
  return limits;
}

std::vector<Job> Plan(const std::vector<PlanBlock>& blocks, const TenantLimits& limits = Limits(),
                      const std::vector<Job>& others = {}) {
  return PlanDownsampling(blocks, Downsampled(blocks), others, limits, kNow);
}

TEST(DownsamplingPlanTest, OldEnoughBlocksBecomeAggregatesStepByStep) {
  std::vector<PlanBlock> blocks = {Block(1, 39 * kOneHourMs), Block(2, 40 * kOneHourMs)};
  auto jobs = Plan(blocks);
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].stage, Stage::kDownsample);
  EXPECT_EQ(jobs[0].resolution_ms, kFiveMinutesMs);
  EXPECT_EQ(jobs[0].blocks[0].meta.ulid, Name(2));
  EXPECT_THAT(jobs[0].ToString(), ::testing::StartsWith("downsample to 5m ["));

  blocks = {Block(1, 10 * kDay), Block(2, 10 * kDay, kFiveMinutesMs, {Name(1)})};
  jobs = Plan(blocks);
  ASSERT_THAT(jobs, SizeIs(1));
  EXPECT_EQ(jobs[0].resolution_ms, kOneHourMs);
  EXPECT_EQ(jobs[0].blocks[0].meta.ulid, Name(2));

  blocks.push_back(Block(3, 10 * kDay, kOneHourMs, {Name(1)}));
  EXPECT_THAT(Plan(blocks), IsEmpty());
}

TEST(DownsamplingPlanTest, NothingIsMadeWhereNobodyWantsIt) {
  TenantLimits limits = Limits();
  limits.downsampling = false;
  EXPECT_THAT(Plan({Block(1, 20 * kDay)}, limits), IsEmpty());
}

TEST(DownsamplingPlanTest, ABlockThatWasMergedMeanwhileIsDownsampledAnew) {
  const std::vector<PlanBlock> blocks = {Block(3, 3 * kDay, 0, {Name(1), Name(2)}),
                                         Block(4, 3 * kDay, kFiveMinutesMs, {Name(1)})};
  ASSERT_THAT(Plan(blocks), SizeIs(1));
  EXPECT_EQ(Plan(blocks)[0].blocks[0].meta.ulid, Name(3));
}

TEST(DownsamplingPlanTest, EveryShardHasItsOwn) {
  const std::vector<PlanBlock> blocks = {Block(3, 3 * kDay, 0, {Name(1)}, "1_of_2"),
                                         Block(4, 3 * kDay, 0, {Name(1)}, "2_of_2"),
                                         Block(5, 3 * kDay, kFiveMinutesMs, {Name(1)}, "1_of_2")};
  ASSERT_THAT(Plan(blocks), SizeIs(1));
  EXPECT_EQ(Plan(blocks)[0].shard, "2_of_2");
}

TEST(DownsamplingPlanTest, BlocksOfOtherJobsAreLeftToThem) {
  Job other;
  other.blocks = {Block(1, 3 * kDay)};
  EXPECT_THAT(Plan({Block(1, 3 * kDay)}, Limits(), {other}), IsEmpty());
}

TEST(DownsamplingPlanTest, WhatWouldGoAtOnceIsNotMade) {
  TenantLimits limits = Limits();
  limits.retention_5m_ms = 30 * kDay;
  EXPECT_THAT(Plan({Block(1, 31 * kDay)}, limits), IsEmpty());
  EXPECT_THAT(Plan({Block(1, 29 * kDay)}, limits), SizeIs(1));
}

TEST(DownsamplingPlanTest, SamplesDoNotGoBeforeTheirAggregatesAreThere) {
  TenantLimits limits = Limits();
  limits.retention_ms = 5 * kDay;
  limits.retention_5m_ms = 50 * kDay;
  const PlanBlock samples = Block(1, 6 * kDay);
  EXPECT_EQ(Downsampled({samples}).Missing(samples, limits, kNow), kFiveMinutesMs);
  const PlanBlock aggregates = Block(2, 6 * kDay, kFiveMinutesMs, {Name(1)});
  EXPECT_EQ(Downsampled({samples, aggregates}).Missing(samples, limits, kNow), 0);
  limits.retention_5m_ms = 0;  // As long as samples.
  EXPECT_EQ(Downsampled({samples}).Missing(samples, limits, kNow), 0);
  EXPECT_EQ(limits.RetentionOf(kFiveMinutesMs), 5 * kDay);
}

TEST(DownsamplingPlanTest, AggregatesAreNeitherMergedNorSplit) {
  EXPECT_THAT(
      PlanCompaction({Block(1, 3 * kDay, kFiveMinutesMs), Block(2, 3 * kDay, kFiveMinutesMs)},
                     {.ranges_ms = {kDay}, .shards = 2, .now_ms = kNow}),
      IsEmpty());
}

}  // namespace
}  // namespace kvs::compactor

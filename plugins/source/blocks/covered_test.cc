// SPDX-License-Identifier: Apache-2.0
#include "covered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/blocks/block_maker.h"

namespace kvs::source::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testkit::NumberedUlid;

tsdb::BlockMeta Meta(uint64_t number, int64_t level, const std::vector<uint64_t>& sources,
                     const std::string& shard = {}) {
  tsdb::BlockMeta out;
  out.ulid = NumberedUlid(number);
  out.compaction.level = level;
  for (const uint64_t source : sources) out.compaction.sources.push_back(NumberedUlid(source));
  if (!shard.empty()) {
    out.thanos.emplace().labels[std::string(tsdb::kShardIdLabel)] = shard;
  }
  return out;
}

TEST(FindCoveredTest, SourcesOfACompactedBlockAreCovered) {
  EXPECT_THAT(FindCovered({Meta(1, 1, {1}), Meta(2, 1, {2}), Meta(3, 1, {3}), Meta(9, 2, {1, 2})}),
              ElementsAre(NumberedUlid(1), NumberedUlid(2)));
}

TEST(FindCoveredTest, ShardsCoverOnlyTogether) {
  const std::vector<tsdb::BlockMeta> one{Meta(1, 1, {1}), Meta(8, 2, {1}, "1_of_2")};
  std::vector<tsdb::BlockMeta> both = one;
  both.push_back(Meta(9, 2, {1}, "2_of_2"));

  EXPECT_THAT(FindCovered(one), IsEmpty());
  EXPECT_THAT(FindCovered(both), ElementsAre(NumberedUlid(1)));
}

TEST(FindCoveredTest, CopiesAndAggregatesCoverNothing) {
  tsdb::BlockMeta aggregates = Meta(9, 3, {1});
  aggregates.thanos.emplace().resolution_ms = 300'000;

  EXPECT_THAT(FindCovered({Meta(1, 1, {1}), Meta(2, 1, {1}), aggregates}), IsEmpty());
}

tsdb::BlockMeta Aggregates(tsdb::BlockMeta meta, int64_t resolution_ms) {
  if (!meta.thanos.has_value()) meta.thanos.emplace();
  meta.thanos->resolution_ms = resolution_ms;
  return meta;
}

TEST(FindOutdatedTest, AggregatesOfWhatWasMergedSinceAreOutdated) {
  const tsdb::BlockMeta merged = Meta(8, 3, {1, 2});
  const tsdb::BlockMeta old = Aggregates(Meta(7, 2, {1}), 300'000);

  EXPECT_THAT(FindOutdated({merged, old}), ElementsAre(NumberedUlid(7)));
  EXPECT_THAT(FindOutdated({merged, Aggregates(Meta(9, 4, {1, 2}), 300'000)}), IsEmpty());
  EXPECT_THAT(FindOutdated({Meta(2, 1, {2}), old}), IsEmpty())
      << "samples are past their retention, and others came late";
  EXPECT_THAT(FindOutdated({Meta(8, 3, {1, 2}, "1_of_2"), old}), IsEmpty());
}

}  // namespace
}  // namespace kvs::source::blocks

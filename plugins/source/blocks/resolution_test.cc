// SPDX-License-Identifier: Apache-2.0
#include "resolution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::source::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr int64_t kFive = 300'000, kHour = 3'600'000;

bucket::IndexBlock Block(uint64_t content, int64_t resolution_ms) {
  bucket::IndexBlock block;
  block.content = content;
  block.resolution_ms = resolution_ms;
  return block;
}

std::vector<std::pair<uint64_t, int64_t>> Pick(bool aggregates, int64_t resolution_ms) {
  // 1 has all resolutions, 2 is young, of 3 the samples are past their retention, 4 has aggregates
  // over an hour alone; of 0 nobody knows what it has.
  std::vector<std::pair<uint64_t, int64_t>> out;
  for (const bucket::IndexBlock& block :
       PickResolutions({Block(1, 0), Block(1, kFive), Block(1, kHour), Block(2, 0), Block(3, kFive),
                        Block(3, kHour), Block(4, kHour), Block(0, 0)},
                       aggregates, resolution_ms)) {
    out.emplace_back(block.content, block.resolution_ms);
  }
  return out;
}

TEST(PickResolutionsTest, EverySampleIsReadOnceAndAsCoarselyAsIsWanted) {
  EXPECT_THAT(Pick(true, kHour),
              ElementsAre(Pair(1, kHour), Pair(2, 0), Pair(3, kHour), Pair(4, kHour), Pair(0, 0)));
  EXPECT_THAT(Pick(true, kHour - 1),
              ElementsAre(Pair(1, kFive), Pair(2, 0), Pair(3, kFive), Pair(4, kHour), Pair(0, 0)));
  EXPECT_THAT(Pick(true, kFive),
              ElementsAre(Pair(1, kFive), Pair(2, 0), Pair(3, kFive), Pair(4, kHour), Pair(0, 0)));
}

TEST(PickResolutionsTest, SamplesComeFirstWhereTheyAreLeft) {
  EXPECT_THAT(Pick(true, 0),
              ElementsAre(Pair(1, 0), Pair(2, 0), Pair(3, kFive), Pair(4, kHour), Pair(0, 0)));
}

TEST(PickResolutionsTest, WhoDoesNotKnowAggregatesGetsNone) {
  EXPECT_THAT(Pick(false, kHour), ElementsAre(Pair(1, 0), Pair(2, 0), Pair(0, 0)));
}

}  // namespace
}  // namespace kvs::source::blocks

// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/postings.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::tsdb {
namespace {

SeriesSet RandomSet(std::mt19937& random, size_t n, uint32_t range) {
  std::set<uint32_t> out;
  for (size_t i = 0; i < n; ++i) out.insert(random() % range);
  return {out.begin(), out.end()};
}

// Sizes and ranges that reach each way of working: balanced, galloping, bitmap, sorting.
TEST(PostingsTest, SetsOfAllSizesCombineAsTheStandardLibrarySays) {
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const uint32_t range = round % 3 == 0 ? 50 : round % 3 == 1 ? 5000 : UINT32_MAX;
    const SeriesSet a = RandomSet(random, random() % 200, range);
    const SeriesSet b = RandomSet(random, random() % (round % 2 == 0 ? 20 : 2000), range);
    const SeriesSet c = RandomSet(random, random() % 100, range);
    SeriesSet both, without, any, any_of_three;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(without));
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(any));
    std::set_union(any.begin(), any.end(), c.begin(), c.end(), std::back_inserter(any_of_three));

    ASSERT_EQ(Intersect(a, b), both) << round;
    ASSERT_EQ(Intersect(b, a), both) << round;
    ASSERT_EQ(Subtract(a, b), without) << round;
    ASSERT_EQ(Union(std::vector<SeriesSet>{a, b}), any) << round;
    ASSERT_EQ(Union(std::vector<SeriesSet>{a, b, c}), any_of_three) << round;
  }
}

TEST(PostingsTest, TheUnionOfNothingIsNothing) {
  EXPECT_EQ(Union({}), SeriesSet{});
  EXPECT_EQ(Union(std::vector<SeriesSet>{{}, {}, {}}), SeriesSet{});
}

TEST(PostingsTest, TheGreatestNumbersAreNumbersLikeOthers) {
  const SeriesSet high = {UINT32_MAX - 1, UINT32_MAX};

  EXPECT_EQ(Union(std::vector<SeriesSet>{high, {UINT32_MAX}, high}), high);
  EXPECT_EQ(Intersect(high, SeriesSet{UINT32_MAX}), SeriesSet{UINT32_MAX});
}

}  // namespace
}  // namespace kvs::tsdb

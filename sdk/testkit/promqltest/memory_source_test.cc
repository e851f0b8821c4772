// SPDX-License-Identifier: Apache-2.0
// What `load` stores. That it is handed out as it was stored shows with every engine.
#include "kvs/testkit/promqltest/memory_source.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/promqltest/histograms.h"

namespace kvs::testkit::promqltest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Lines(std::initializer_list<const char*> lines) {
  return {lines.begin(), lines.end()};
}

TEST(PromqltestMemorySourceTest, ValuesStandAtMultiplesOfTheStep) {
  MemorySource source;

  ASSERT_TRUE(source.Load(1000, Lines({"a 1 _ 3", "b _x2 5+1x1"})).ok());

  const StoredSeries& a = source.series().at(model::Labels{{"__name__", "a"}});
  const StoredSeries& b = source.series().at(model::Labels{{"__name__", "b"}});
  EXPECT_THAT(a.t, ElementsAre(0, 2000));
  EXPECT_THAT(a.v, ElementsAre(1, 3));
  EXPECT_THAT(b.t, ElementsAre(2000, 3000));
  EXPECT_THAT(b.v, ElementsAre(5, 6));
}

TEST(PromqltestMemorySourceTest, OfALineThatOccursTwiceTheLaterCounts) {
  MemorySource source;

  ASSERT_TRUE(source.Load(1000, Lines({"a 1 2", "a 3"})).ok());

  EXPECT_THAT(source.series().begin()->second.v, ElementsAre(3));
}

TEST(PromqltestMemorySourceTest, ClassicHistogramsBecomeNativeOnes) {
  MemorySource source;

  ASSERT_TRUE(source
                  .Load(1000,
                        Lines({"h_bucket{le=\"1\",x=\"y\"} 1", "h_bucket{le=\"5\",x=\"y\"} 1",
                               "h_bucket{le=\"+Inf\",x=\"y\"} 4", "h_count{x=\"y\"} 4",
                               "h_sum{x=\"y\"} 12", "other_bucket{le=\"few\"} 3"}),
                        true)
                  .ok());

  const StoredSeries& h = source.series().at(model::Labels{{"__name__", "h"}, {"x", "y"}});
  ASSERT_EQ(h.histograms.size(), 1u);
  EXPECT_EQ(ToString(h.histograms[0].h),
            "{{schema:-53 count:4 sum:12 custom_values:[1 5] buckets:[1 0 3]}}");
  EXPECT_EQ(source.series().size(), 7u) << "the classic series are there as well";
}

TEST(PromqltestMemorySourceTest, ClassicHistogramsThatMakeNoSenseAreErrors) {
  MemorySource source;

  const Status falling =
      source.Load(1000, Lines({"h_bucket{le=\"1\"} 3", "h_bucket{le=\"2\"} 1", "h_count 3"}), true);
  const Status uncounted = source.Load(1000, Lines({"h_bucket{le=\"+Inf\"} 3", "h_count 4"}), true);

  EXPECT_THAT(falling.message(), HasSubstr("the count falls from 3 to 1 at bound 2"));
  EXPECT_THAT(uncounted.message(), HasSubstr("the +Inf bucket holds 3, the count is 4"));
  EXPECT_TRUE(source.series().empty()) << "a load is done as a whole or not at all";
}

TEST(PromqltestMemorySourceTest, ClearForgetsEverything) {
  MemorySource source;
  ASSERT_TRUE(source.Load(1000, Lines({"a 1"})).ok());

  source.Clear();

  EXPECT_TRUE(source.series().empty());
}

}  // namespace
}  // namespace kvs::testkit::promqltest

// SPDX-License-Identifier: Apache-2.0
#include "counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"

namespace kvs::api::cardinality {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// {a="1", b="1"}, {a="1"}, {a="2", b="1"}
kvs_label_columns_t ThreeSeries() {
  static const kvs_str_t kSymbols[] = {sdk::Str("a"), sdk::Str("1"), sdk::Str("b"), sdk::Str("2")};
  static const uint32_t kBegin[] = {0, 4, 6, 10};
  static const uint32_t kRefs[] = {0, 1, 2, 1, 0, 1, 0, 3, 2, 1};
  auto labels = sdk::Record<kvs_label_columns_t>();
  labels.n_series = 3;
  labels.symbols = kSymbols;
  labels.n_symbols = 4;
  labels.begin = kBegin;
  labels.refs = kRefs;
  return labels;
}

TEST(CountsTest, ValuesAreCountedByLabel) {
  Counts counts({"a", "b", "c"});
  counts.Add(ThreeSeries());
  counts.Add(ThreeSeries());

  const auto top = counts.Top(10);

  EXPECT_EQ(counts.series(), 6u);
  EXPECT_THAT(top[0].top, ElementsAre(Pair("1", 4u), Pair("2", 2u)));
  EXPECT_EQ(top[0].series, 6u);
  EXPECT_THAT(top[1].top, ElementsAre(Pair("1", 4u)));
  EXPECT_EQ(top[1].series, 4u);
  EXPECT_EQ(top[2].values, 0u);
}

TEST(CountsTest, TheLimitCutsTheListAndNotTheCounts) {
  Counts counts({"a"});
  counts.Add(ThreeSeries());

  const auto top = counts.Top(1);

  EXPECT_EQ(top[0].top.size(), 1u);
  EXPECT_EQ(top[0].values, 2u);
  EXPECT_EQ(top[0].series, 3u);
}

}  // namespace
}  // namespace kvs::api::cardinality

// SPDX-License-Identifier: Apache-2.0
#include "shard/shardable.h"

#include <gtest/gtest.h>

#include "kvs/promql/parser.h"

namespace kvs::engine::frontend {
namespace {

std::optional<Shardable> Try(std::string_view text, bool sums = false) {
  auto expr = promql::ParseExpr(text, promql::ParserOptions::AllFeatures());
  EXPECT_TRUE(expr.ok()) << text << ": " << expr.status().ToString();
  return ShardableOf(**expr, {.shard_sums = sums});
}

TEST(ShardableOf, AggregationsOfOneSelectorThatDoNotDependOnOrder) {
  for (const char* text :
       {"count(m)", "min by (job) (rate(m[5m]))", "(max without (pod) (-m * 2))", "group(m > 1)",
        "count(rate(m[5m]) > 0.5)", "max(clamp_max(irate({__name__=\"m\", a=\"b\"}[1m]), 5))"}) {
    EXPECT_TRUE(Try(text).has_value()) << text;
  }
  EXPECT_EQ(Try("min(m)")->merge, ShardMerge::kMin);
  EXPECT_EQ(Try("count(m)")->merge, ShardMerge::kSum);
}

TEST(ShardableOf, SumsOnlyWhereLastBitsDoNotMatter) {
  EXPECT_FALSE(Try("sum by (job) (rate(m[5m]))").has_value());
  EXPECT_TRUE(Try("sum by (job) (rate(m[5m]))", true).has_value());
  EXPECT_FALSE(Try("avg(m)", true).has_value());
}

TEST(ShardableOf, NothingThatLooksAtSeveralSeriesAtOnce) {
  for (const char* text :
       {"m", "1", "count(m) + 1", "count(a + b)", "count(a and b)", "topk(3, m)",
        "quantile(0.9, m)", "count(sum by (job) (m))", "count(absent(m))",
        "max(histogram_quantile(0.9, m))", "count(label_replace(m, \"a\", \"\", \"b\", \"\"))",
        "count_values(\"v\", m)", "count(vector(1))", "max(max_over_time(m[1h:5m]))", "stddev(m)",
        "max(clamp_max(m, scalar(n)))", "max(sort(m))"}) {
    EXPECT_FALSE(Try(text, true).has_value()) << text;
  }
}

TEST(ShardableOf, SeriesThatTheNameAloneTellsApartStayTogether) {
  EXPECT_FALSE(Try("count(rate({__name__=~\"a|b\"}[5m]))").has_value());
  EXPECT_FALSE(Try("count({job=\"a\"})").has_value());
}

}  // namespace
}  // namespace kvs::engine::frontend

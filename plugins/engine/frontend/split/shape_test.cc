// SPDX-License-Identifier: Apache-2.0
#include "split/shape.h"

#include <gtest/gtest.h>

#include "kvs/promql/durations.h"
#include "kvs/promql/parser.h"

namespace kvs::engine::frontend {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

Shape ShapeOfText(std::string_view text) {
  auto expr = promql::ParseExpr(text, promql::ParserOptions::AllFeatures());
  EXPECT_TRUE(expr.ok()) << text << ": " << expr.status().ToString();
  EXPECT_TRUE(promql::ResolveDurations(**expr, 60'000, 3'600'000).ok());
  return ShapeOf(**expr, 300'000);
}

TEST(ShapeOf, MostQueriesDependOnTheirStepAlone) {
  for (const char* text :
       {"1", "up", "sum by (job) (rate(m[5m]))", "max_over_time(m[1h:5m])", "m offset 5m", "time()",
        "rate(m[step()])", "rate(m[5m] @ 1700000000)"}) {
    EXPECT_FALSE(ShapeOfText(text).needs_whole_range) << text;
    EXPECT_EQ(ShapeOfText(text).looks_ahead_ms, 0) << text;
  }
}

TEST(ShapeOf, StartEndAndRangeNeedTheWhole) {
  for (const char* text : {"m @ start()", "rate(m[5m] @ end())", "max_over_time(m[1h:5m] @ end())",
                           "rate(m[range()])", "sum(m) / on() sum(m offset range())",
                           "max_over_time((m @ start())[1h:5m])", "time() - start()", "end()"}) {
    EXPECT_TRUE(ShapeOfText(text).needs_whole_range) << text;
  }
}

TEST(ShapeOf, NegativeOffsetsLookAhead) {
  EXPECT_EQ(ShapeOfText("m offset -5m").looks_ahead_ms, 300'000);
  EXPECT_EQ(ShapeOfText("max_over_time((m offset -5m)[1h:5m] offset -1m)").looks_ahead_ms, 360'000);
  EXPECT_EQ(ShapeOfText("rate(m[5m] smoothed)").looks_ahead_ms, 300'000);
}

TEST(ShapeOf, FixedTimesAreKnown) {
  EXPECT_EQ(ShapeOfText("m").latest_fixed_ms, kNever);
  EXPECT_EQ(ShapeOfText("m @ 100 + m @ 50").latest_fixed_ms, 100'000);
  EXPECT_EQ(ShapeOfText("m @ 100 offset -1m").latest_fixed_ms, 160'000);
}

}  // namespace
}  // namespace kvs::engine::frontend

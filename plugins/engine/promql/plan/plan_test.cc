// SPDX-License-Identifier: Apache-2.0
// What each pass makes of a query, as text.

#include "plan/plan.h"

#include <string>

#include <gtest/gtest.h>

#include "kvs/promql/parser.h"

#include "plan/build.h"
#include "plan/explain.h"

namespace kvs::engine::promql::plan {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  std::string Explain(const std::string& query, bool one_step = false) {
    StatusOr<ast::ExprPtr> expr = ast::ParseExpr(query, ast::ParserOptions::AllFeatures());
    if (!expr.ok()) return expr.status().ToString();
    return ToText(MakePlan(**expr, {&features_, one_step}));
  }

  Features features_;
};

TEST_F(PlanTest, ParenthesesHaveNoNodes) {
  EXPECT_EQ(Explain("((a)) / (b)"),
            "binary /\n"
            "  scan a\n"
            "  scan b\n");
}

TEST_F(PlanTest, ArithmeticOnNumbersIsFolded) {
  EXPECT_EQ(Explain("m * (2 + 3 * -(4))"),
            "binary *\n"
            "  scan m\n"
            "  number -10\n");
}

TEST_F(PlanTest, WhatDependsOnTimeIsNotFolded) {
  EXPECT_EQ(Explain("1 + time()"),
            "binary +\n"
            "  number 1\n"
            "  call time()\n");
}

TEST_F(PlanTest, AnAggregationRightAboveAScanIsFusedWithIt) {
  EXPECT_EQ(Explain("sum by (job) (rate(m[5m]))"),
            "scan_aggregate sum by (job)\n"
            "  scan rate(m[5m])\n");
  EXPECT_EQ(Explain("count(m)"),
            "scan_aggregate count\n"
            "  scan m\n");
  EXPECT_EQ(Explain("histogram_quantile(0.9, sum by (le) (rate(m[5m])))"),
            "call histogram_quantile(0.9, …)\n"
            "  number 0.9\n"
            "  scan_aggregate sum by (le)\n"
            "    scan rate(m[5m])\n");
}

TEST_F(PlanTest, AnAggregationWithAParameterOrOverAnOperatorIsNotFused) {
  EXPECT_EQ(Explain("topk(3, m)"),
            "aggregate topk\n"
            "  number 3\n"
            "  scan m\n");
  EXPECT_EQ(Explain("sum(timestamp(m))"),
            "aggregate sum\n"
            "  scan timestamp(m)\n");
  EXPECT_EQ(Explain("sum(-m)"),
            "aggregate sum\n"
            "  unary -\n"
            "    scan m\n");
}

TEST_F(PlanTest, AtOneStepTheScanBelowTopkForgetsWhatIsNotChosen) {
  EXPECT_EQ(Explain("topk(3, rate(m[5m]))", true),
            "aggregate topk\n"
            "  number 3\n"
            "  scan rate(m[5m])  (best 3)\n");
  for (const char* const query :
       {"topk by (job) (3, m)", "limitk(3, m)", "topk(3, m) + sum(m)", "topk(scalar(n), m)",
        "topk(3, rate({job=\"a\"}[5m]))", "max_over_time(topk(3, m)[1h:])"}) {
    EXPECT_EQ(Explain(query, true).find("best"), std::string::npos) << query;
  }
}

TEST_F(PlanTest, NamesThatMayCollideOnceDroppedAreNotFused) {
  EXPECT_EQ(Explain("sum(rate({job=\"a\"}[5m]))"),
            "aggregate sum\n"
            "  scan rate({job=\"a\"}[5m])\n");
  EXPECT_EQ(Explain("sum(last_over_time({job=\"a\"}[5m]))"),
            "scan_aggregate sum\n"
            "  scan last_over_time({job=\"a\"}[5m])\n");

  features_.delayed_name_removal = true;

  EXPECT_EQ(Explain("sum(rate({job=\"a\"}[5m]))"),
            "scan_aggregate sum\n"
            "  scan rate({job=\"a\"}[5m])\n");
}

TEST_F(PlanTest, TheLargestPartsWithoutTimeAreComputedOnce) {
  EXPECT_EQ(Explain("m - sum(m @ 10)"),
            "binary -\n"
            "  scan m\n"
            "  repeat\n"
            "    scan_aggregate sum\n"
            "      scan m @ 10.000\n");
  EXPECT_EQ(Explain("m @ 10"),
            "repeat\n"
            "  scan m @ 10.000\n");
  EXPECT_EQ(Explain("timestamp(m @ 10) + time()"),
            "binary +\n"
            "  repeat\n"
            "    scan timestamp(m @ 10.000)\n"
            "  call time()\n");
}

TEST_F(PlanTest, AnInstantQueryRepeatsNothingButInSubqueries) {
  EXPECT_EQ(Explain("m - sum(m @ 10)", true),
            "binary -\n"
            "  scan m\n"
            "  scan_aggregate sum\n"
            "    scan m @ 10.000\n");
  EXPECT_EQ(Explain("max_over_time((m @ 10)[1h:1m])", true),
            "window max_over_time(…)\n"
            "  subquery [1h:1m]\n"
            "    repeat\n"
            "      scan m @ 10.000\n");
}

TEST_F(PlanTest, ASubqueryWithAFixedTimeIsRepeatedOnlyWithTheFunctionAboveIt) {
  EXPECT_EQ(Explain("sum_over_time(m[1h:1m] @ 10)"),
            "repeat\n"
            "  window sum_over_time(…)\n"
            "    subquery [1h:1m] @ 10.000\n"
            "      scan m\n");
  EXPECT_EQ(Explain("predict_linear(m[1h:1m] @ 10, 5)"),
            "window predict_linear(…, 5)\n"
            "  subquery [1h:1m] @ 10.000\n"
            "    scan m\n"
            "  number 5\n");
}

TEST_F(PlanTest, EqualPartsAreOneNode) {
  EXPECT_EQ(Explain("(a - b) / (a - b)"),
            "binary /\n"
            "  binary -  (#1, used 2 times)\n"
            "    scan a\n"
            "    scan b\n"
            "  = #1\n");
  EXPECT_EQ(Explain("sum(rate(m[5m])) / sum(rate(m[5m]))"),
            "binary /\n"
            "  scan_aggregate sum  (#1, used 2 times)\n"
            "    scan rate(m[5m])\n"
            "  = #1\n");
}

TEST_F(PlanTest, AggregationsOverOneScanAreComputedTogether) {
  EXPECT_EQ(Explain("sum by (job) (rate(m[5m])) / count(rate(m[5m]))"),
            "binary /\n"
            "  scan_aggregate sum by (job)\n"
            "    scan rate(m[5m])  (#2, used 2 times)\n"
            "  scan_aggregate count\n"
            "    = #2\n");
}

TEST_F(PlanTest, FunctionsOfOneRangeShareAPass) {
  EXPECT_EQ(Explain("max_over_time(m[5m]) - quantile_over_time(0.5, m[5m])"),
            "binary -\n"
            "  scan max_over_time(m[5m])  (pass 1)\n"
            "  scan quantile_over_time(0.5, m[5m])  (pass 1)\n"
            "    number 0.5\n");
  EXPECT_EQ(Explain("sum(rate(m[5m])) / increase(m[5m]) + delta(m[6m]) + delta(m[5m] offset 1m)"),
            "binary +\n"
            "  binary +\n"
            "    binary /\n"
            "      scan_aggregate sum\n"
            "        scan rate(m[5m])  (pass 4)\n"
            "      scan increase(m[5m])  (pass 4)\n"
            "    scan delta(m[6m])\n"
            "  scan delta(m[5m] offset 1m)\n");
  EXPECT_EQ(Explain("max_over_time(m[5m]) - max_over_time(min_over_time(m[5m])[1h:1m])"),
            "binary -\n"
            "  scan max_over_time(m[5m])\n"
            "  window max_over_time(…)\n"
            "    subquery [1h:1m]\n"
            "      scan min_over_time(m[5m])\n");
}

TEST_F(PlanTest, PartsThatDifferInAModifierAreNotEqual) {
  EXPECT_EQ(Explain("m - m offset 5m"),
            "binary -\n"
            "  scan m\n"
            "  scan m offset 5m\n");
  EXPECT_EQ(Explain("sum by (a) (-m) - sum without (a) (-m)"),
            "binary -\n"
            "  aggregate sum by (a)\n"
            "    unary -  (#2, used 2 times)\n"
            "      scan m\n"
            "  aggregate sum without (a)\n"
            "    = #2\n");
}

TEST_F(PlanTest, PartsOnDifferentGridsAreNotShared) {
  EXPECT_EQ(Explain("m - max_over_time(m[1h:1m])"),
            "binary -\n"
            "  scan m\n"
            "  window max_over_time(…)\n"
            "    subquery [1h:1m]\n"
            "      scan m\n");
  EXPECT_EQ(Explain("max_over_time(m[1h:1m]) - min_over_time(m[1h:1m])"),
            "binary -\n"
            "  window max_over_time(…)\n"
            "    subquery [1h:1m]  (#2, used 2 times)\n"
            "      scan m\n"
            "  window min_over_time(…)\n"
            "    = #2\n");
}

TEST_F(PlanTest, HistogramsReadForTheirStatisticsAreNotSharedWithWholeOnes) {
  EXPECT_EQ(Explain("histogram_count(m) + histogram_stddev(m)"),
            "binary +\n"
            "  call histogram_count(…)\n"
            "    scan m\n"
            "  call histogram_stddev(…)\n"
            "    scan m\n");
}

TEST_F(PlanTest, MatchersCrossJoinsOnAllLabels) {
  EXPECT_EQ(Explain("a{job=\"x\"} / b"),
            "binary /\n"
            "  scan a{job=\"x\"}\n"
            "  scan b{job=\"x\"}\n");
  EXPECT_EQ(Explain("a > b{job=~\"x|y\",i!=\"1\"}"),
            "binary >\n"
            "  scan a{i!=\"1\",job=~\"x|y\"}\n"
            "  scan b{i!=\"1\",job=~\"x|y\"}\n");
  EXPECT_EQ(Explain("rate(a{job=\"x\"}[5m]) * 2 / b"),
            "binary /\n"
            "  binary *\n"
            "    scan rate(a{job=\"x\"}[5m])\n"
            "    number 2\n"
            "  scan b{job=\"x\"}\n");
}

TEST_F(PlanTest, MatchersOnTheMatchKeyCrossSetOperators) {
  EXPECT_EQ(Explain("a{job=\"x\",i=\"1\"} and on (job) b{zone=\"z\"}"),
            "binary and on (job)\n"
            "  scan a{i=\"1\",job=\"x\"}\n"
            "  scan b{job=\"x\",zone=\"z\"}\n");
  EXPECT_EQ(Explain("a{job=\"x\"} unless ignoring (job) b{i=\"1\"}"),
            "binary unless ignoring (job)\n"
            "  scan a{job=\"x\"}\n"
            "  scan b{i=\"1\"}\n");
  EXPECT_EQ(Explain("a unless on (i) b{i=\"1\"}"),
            "binary unless on (i)\n"
            "  scan a\n"
            "  scan b{i=\"1\"}\n");
  EXPECT_EQ(Explain("a and on (i) b{i=\"1\"}"),
            "binary and on (i)\n"
            "  scan a{i=\"1\"}\n"
            "  scan b{i=\"1\"}\n");
  EXPECT_EQ(Explain("sum by (job) (a{job=\"x\",i=\"1\"}) and on (job) b"),
            "binary and on (job)\n"
            "  scan_aggregate sum by (job)\n"
            "    scan a{i=\"1\",job=\"x\"}\n"
            "  scan b{job=\"x\"}\n");
}

TEST_F(PlanTest, MatchersStayWhereAnErrorOrABitCouldDependOnThem) {
  // Two rows of b under one key are an error even where nothing matches them.
  EXPECT_EQ(Explain("a{job=\"x\"} / on (job) b"),
            "binary / on (job)\n"
            "  scan a{job=\"x\"}\n"
            "  scan b\n");
  EXPECT_EQ(Explain("a{job=\"x\"} / {__name__=~\"b|c\"}"),
            "binary /\n"
            "  scan a{job=\"x\"}\n"
            "  scan {__name__=~\"b|c\"}\n");
  EXPECT_EQ(Explain("a{job=\"x\"} or b"),
            "binary or\n"
            "  scan a{job=\"x\"}\n"
            "  scan b\n");
  // rate() may have annotations for what would not be read; sums depend on batches.
  EXPECT_EQ(Explain("a{job=\"x\"} / rate(b[5m])"),
            "binary /\n"
            "  scan a{job=\"x\"}\n"
            "  scan rate(b[5m])\n");
  EXPECT_EQ(Explain("a{job=\"x\"} and on (job) sum by (job) (b)"),
            "binary and on (job)\n"
            "  scan a{job=\"x\"}\n"
            "  scan_aggregate sum by (job)\n"
            "    scan b\n");
  EXPECT_EQ(Explain("label_replace(a{job=\"x\"}, \"job\", \"y\", \"\", \"\") / b"),
            "binary /\n"
            "  call label_replace(…, \"job\", \"y\", \"\", \"\")\n"
            "    scan a{job=\"x\"}\n"
            "  scan b\n");
  // Somebody else wants all of b.
  EXPECT_EQ(Explain("(a{job=\"x\"} / b) or b"),
            "binary or\n"
            "  binary /\n"
            "    scan a{job=\"x\"}\n"
            "    scan b  (#3, used 2 times)\n"
            "  = #3\n");
}

TEST_F(PlanTest, AbsenceOfASelectorKeepsNoRows) {
  EXPECT_EQ(Explain("absent(m{i=\"1\"})"), "absent absent(m{i=\"1\"})\n");
  EXPECT_EQ(Explain("absent(-m)"),
            "call absent(…)\n"
            "  unary -\n"
            "    scan m\n");
}

TEST_F(PlanTest, ADeeplyNestedQueryIsPlanned) {
  std::string query = "m";
  for (int i = 0; i < 480; ++i) query = "-(" + query + ")";

  const std::string text = Explain(query);

  EXPECT_TRUE(text.starts_with("unary -\n  unary -\n")) << text.substr(0, 100);
  EXPECT_TRUE(text.ends_with("scan m\n"));
}

}  // namespace
}  // namespace kvs::engine::promql::plan

// SPDX-License-Identifier: Apache-2.0
#include "kvs/testkit/promqltest/script.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::testkit::promqltest {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

EvalStatement OnlyEval(std::string_view text) {
  const auto statements = ParseScript("s", text);
  EXPECT_TRUE(statements.ok()) << statements.status().ToString();
  if (!statements.ok() || statements->size() != 1) return {};
  return std::get<EvalStatement>((*statements)[0]);
}

std::string ErrorOf(std::string_view text) {
  const auto statements = ParseScript("s.test", text);
  return statements.ok() ? "none" : statements.status().message();
}

TEST(PromqltestScriptTest, StatementsEndAtBlankLinesAndCommentsAreBlank) {
  const auto statements = ParseScript("s", R"(
# A comment.
load 1m
  a 1 2 3
  b 4
  # This ends the load.
clear
LOAD_WITH_NHCB 30s
  c_bucket{le="1"} 1

eval instant at 1m a
  a 2
)");

  ASSERT_TRUE(statements.ok()) << statements.status().ToString();
  ASSERT_EQ(statements->size(), 4u);
  EXPECT_EQ(std::get<LoadStatement>((*statements)[0]).step_ms, 60'000);
  EXPECT_EQ(std::get<LoadStatement>((*statements)[0]).lines.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<ClearStatement>((*statements)[1]));
  EXPECT_TRUE(std::get<LoadStatement>((*statements)[2]).with_nhcb);
  EXPECT_EQ(std::get<EvalStatement>((*statements)[3]).line, 11);
}

TEST(PromqltestScriptTest, AnInstantEvalHasATimeAndSeries) {
  const EvalStatement eval = OnlyEval(
      "eval instant at 1m30s sum by (x) (a{b=\"c d\"})\n  expect ordered\n  {x=\"1\"} 2\n");

  EXPECT_FALSE(eval.range);
  EXPECT_EQ(eval.start_ms, 90'000);
  EXPECT_EQ(eval.query, "sum by (x) (a{b=\"c d\"})");
  EXPECT_TRUE(eval.ordered);
  ASSERT_EQ(eval.series.size(), 1u);
  EXPECT_EQ(eval.series[0].labels.Get("x"), "1");
}

TEST(PromqltestScriptTest, ARangeEvalUnfoldsRepetitions) {
  const EvalStatement eval =
      OnlyEval("eval range from 0 to 5m step 1m a\n  a 1+2x2 _ stale {{count:1}}\n");

  EXPECT_TRUE(eval.range);
  EXPECT_EQ(eval.end_ms, 300'000);
  ASSERT_EQ(eval.series[0].points.size(), 6u);
  EXPECT_EQ(eval.series[0].points[2].value, 5);
  EXPECT_EQ(eval.series[0].points[3].kind, Point::Kind::kOmitted);
  EXPECT_EQ(eval.series[0].points[5].kind, Point::Kind::kHistogram);
}

TEST(PromqltestScriptTest, ANumberAloneIsAScalarAndEndsTheStatement) {
  const auto statements =
      ParseScript("s", "eval instant at 0 1+1\n  2\neval instant at 0 -3\n  -3\n");

  ASSERT_TRUE(statements.ok()) << statements.status().ToString();
  ASSERT_EQ(statements->size(), 2u);
  EXPECT_EQ(std::get<EvalStatement>((*statements)[1]).scalar, -3.0);
}

TEST(PromqltestScriptTest, ExpectationsKeepTheirTextsAsTheyAre) {
  const EvalStatement eval = OnlyEval(
      "eval instant at 0 a\n  expect warn msg: \"quoted\" text \n  expect info regex:a.*b\n  "
      "expect "
      "fail\n");

  ASSERT_EQ(eval.warnings.size(), 1u);
  EXPECT_EQ(eval.warnings[0].text, "\"quoted\" text");
  EXPECT_EQ(eval.infos[0].match, Expectation::Match::kRegex);
  EXPECT_TRUE(eval.fails);
  EXPECT_EQ(eval.failure.match, Expectation::Match::kAny);
}

TEST(PromqltestScriptTest, ARangeVectorIsAskedForAtItsEnd) {
  const EvalStatement eval =
      OnlyEval("eval instant at 0 a[2m]\n  expect range vector from 1m to 2m step 1m\n  a 1 2\n");

  EXPECT_TRUE(eval.range_vector);
  EXPECT_EQ(eval.start_ms, 120'000);
  EXPECT_EQ(eval.vector_start_ms, 60'000);
}

TEST(PromqltestScriptTest, StringsAreUnquoted) {
  EXPECT_EQ(OnlyEval("eval instant at 0 \"x\"\n  expect string \"a\\tb\"\n").string, "a\tb");
}

TEST(PromqltestScriptTest, ErrorsNameTheFileAndTheLine) {
  EXPECT_THAT(ErrorOf("\nlaod 5m\n"), StartsWith("s.test:2: unknown statement laod"));
  EXPECT_THAT(ErrorOf("eval instant at x a\n"), StartsWith("s.test:1: "));
  EXPECT_THAT(ErrorOf("eval instant 5m a\n"), HasSubstr("expected \"at\", found \"5m\""));
  EXPECT_THAT(ErrorOf("eval instant at 5m a\n  expect nothing\n"),
              StartsWith("s.test:2: unknown expectation nothing"));
  EXPECT_THAT(ErrorOf("eval instant at 5m a\n  a 1 2\n"),
              StartsWith("s.test:2: the line has 2 values, the query 1 times"));
  EXPECT_THAT(ErrorOf("eval range from 0 to 1m step 1m a\n  a 1 2 3\n"), HasSubstr("3 values"));
  EXPECT_THAT(ErrorOf("eval range from 0 to 1m step 0s a\n"), HasSubstr("no steps of 0ms"));
  EXPECT_THAT(ErrorOf("eval instant at 5m a\n  a{b=} 1\n"), StartsWith("s.test:2: "));
  EXPECT_THAT(ErrorOf("load 5m\n  a 1\neval instant at 5m a\n"), StartsWith("s.test:3: "));
}

}  // namespace
}  // namespace kvs::testkit::promqltest

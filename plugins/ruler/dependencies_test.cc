// SPDX-License-Identifier: Apache-2.0
#include "dependencies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/promql/parser.h"

namespace kvs::ruler {
namespace {

using ::testing::ElementsAre;

std::vector<std::vector<size_t>> Waves(const std::vector<rules::Rule>& rules) {
  std::vector<promql::ExprPtr> exprs;
  std::vector<const promql::Expr*> borrowed;
  for (const rules::Rule& rule : rules) {
    auto expr = promql::ParseExpr(rule.expr);
    exprs.push_back(expr.ok() ? *std::move(expr) : nullptr);
    borrowed.push_back(exprs.back().get());
  }
  return EvaluationWaves(rules, borrowed);
}

TEST(EvaluationWavesTest, RulesThatDoNotReadEachOtherGoTogether) {
  EXPECT_THAT(Waves({{.record = "a", .expr = "x"},
                     {.record = "b", .expr = "y"},
                     {.alert = "C", .expr = "z > 1"}}),
              ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(EvaluationWavesTest, WhoReadsAnotherWaitsForIt) {
  EXPECT_THAT(Waves({{.record = "a", .expr = "x"},
                     {.record = "b", .expr = "sum(a)"},
                     {.record = "c", .expr = "x"},
                     {.record = "d", .expr = "b / c"}}),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1), ElementsAre(3)));
}

TEST(EvaluationWavesTest, WhatIsReadFromTheLastIterationIsReadBeforeItIsWritten) {
  EXPECT_THAT(Waves({{.record = "a", .expr = "b"}, {.record = "b", .expr = "x"}}),
              ElementsAre(ElementsAre(0), ElementsAre(1)));
}

TEST(EvaluationWavesTest, SelectorsWithoutANameMayReadAnything) {
  EXPECT_THAT(Waves({{.record = "a", .expr = "x"},
                     {.record = "b", .expr = "count({job=\"y\"})"},
                     {.record = "c", .expr = "x"}}),
              ElementsAre(ElementsAre(0), ElementsAre(1), ElementsAre(2)));
}

TEST(EvaluationWavesTest, AlertsAreReadByTheirName) {
  EXPECT_THAT(Waves({{.alert = "A", .expr = "x"},
                     {.alert = "B", .expr = "ALERTS{alertname=\"A\"}"},
                     {.alert = "C", .expr = "ALERTS{alertname=\"Z\"}"}}),
              ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

}  // namespace
}  // namespace kvs::ruler

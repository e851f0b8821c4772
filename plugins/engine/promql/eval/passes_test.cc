// SPDX-License-Identifier: Apache-2.0
// No pass changes a bit of a result, nor an annotation: queries are evaluated by the plan as it was
// built and by the optimised one.

#include <bit>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/promql/parser.h"
#include "kvs/testkit/promqltest/memory_source.h"

#include "eval/evaluator.h"
#include "histogram/buckets.h"
#include "plan/build.h"
#include "value/query.h"

namespace kvs::engine::promql {
namespace {

/// Rows in order with the bits of their values, and all annotations.
std::string Describe(Query& query, const StatusOr<Value>& value) {
  if (!value.ok()) return value.status().ToString();
  std::string out;
  for (const double x : value->scalar) StrAppend(out, std::bit_cast<uint64_t>(x), " ");
  for (const Row& row : value->vector.rows) {
    StrAppend(out, query.labels.ToString(row.labels), row.drop_name ? " (drop)" : "");
    for (uint32_t i = 0; i < value->vector.grid.n; ++i) {
      StrAppend(out, " ", std::bit_cast<uint64_t>(row.values[i]));
      if (row.HasHistogram(i)) out += HistogramText(*(*row.histograms)[i]);
    }
    out += '\n';
  }
  for (const std::string& text : query.notes.warnings()) StrAppend(out, text, "\n");
  for (const std::string& text : query.notes.infos()) StrAppend(out, text, "\n");
  return out;
}

class PassesTest : public ::testing::TestWithParam<bool> {
 protected:
  PassesTest() {
    features_.parser = ast::ParserOptions::AllFeatures();
    features_.delayed_name_removal = GetParam();
    EXPECT_TRUE(
        source_
            .Load(15'000,
                  {"m_total{i=\"0\",job=\"a\"} 0+1.1x40", "m_total{i=\"1\",job=\"a\"} 0+0.7x40",
                   "m_total{i=\"2\",job=\"b\"} 5+0.3x10 1+0.2x28",
                   "n{i=\"0\",job=\"a\"} 5x20 _x4 7x10", "n{i=\"1\",job=\"b\"} 3-0.1x40",
                   "n{i=\"2\",job=\"b\"} 0.1x40",
                   "h{i=\"0\"} {{schema:0 count:2 sum:4 buckets:[2]}}+{{schema:0 count:1 sum:1 "
                   "buckets:[1]}}x30",
                   "h{i=\"1\"} {{schema:1 count:4 sum:6 buckets:[4]}}x30", "t{i=\"0\"} 0+3x40",
                   "t{i=\"0\",__type__=\"counter\"} 0+2x40", "t{i=\"1\"} 0+9x40",
                   "b_bucket{le=\"1\"} 0+1x40", "b_bucket{le=\"+Inf\"} 0+3x40"})
            .ok());
  }

  std::string Evaluate(std::string_view text, bool optimise, uint32_t steps) {
    const StatusOr<ast::ExprPtr> expr = ast::ParseExpr(text, features_.parser);
    if (!expr.ok()) return expr.status().ToString();
    const sdk::OwnedCall call("test");
    MemoryAccount memory(std::make_shared<MemoryPool>(0), 0);
    const MemoryAccount::Scope scope(memory);
    Query query(call, sdk::Executor(), sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_)),
                text, features_, memory);
    query.grid = {300'000, 30'000, steps};
    query.end_ms = query.grid.end_ms();
    query.range = steps > 1;
    query.lookback_ms = 300'000;
    query.default_step_ms = 60'000;
    query.max_samples = 1'000'000;
    query.threads = 1;
    const plan::Plan plan =
        optimise ? plan::MakePlan(**expr, {&features_, steps == 1}) : plan::Build(**expr);
    return Describe(query, Evaluator(query, plan).EvalQuery());
  }

  // One series a batch: what is forgotten of a batch is compared with what others have.
  testkit::promqltest::MemorySource source_{1};
  Features features_;
};

constexpr const char* kQueries[] = {
    "m_total",
    "1 + 2 * -(3 / 0)",
    "m_total * (2 ^ 0.5) - -m_total",
    "sum(m_total) / count(m_total)",
    "sum by (job) (rate(m_total[1m])) / on (job) avg by (job) (rate(m_total[1m]))",
    "m_total / on () group_left () sum(m_total)",
    "rate(n[2m]) + rate(n[2m])",
    "max_over_time(n[2m]) - min_over_time(n[2m]) + stddev_over_time(n[2m])",
    "quantile_over_time(2, n[2m]) + rate(n[2m]) + sum_over_time(n[2m])",
    "m_total{job=\"a\"} / n",
    "m_total{job=\"a\"} * n{i=\"1\"}",
    "n{i!=\"1\"} and on (job) m_total{i=\"0\"}",
    "n unless on (i) m_total{job=\"b\"}",
    "n{job=\"b\"} or m_total",
    "sum(n @ 400) + n",
    "n @ 400 + n @ 400",
    "max_over_time(sum(n @ 400)[2m:30s]) + max_over_time((n @ 400)[2m:30s])",
    "max_over_time(n[2m:30s]) - min_over_time(n[2m:30s])",
    "sum(h) + sum(h)",
    "histogram_sum(sum(h)) / count(h)",
    "histogram_count(h) + histogram_stddev(h) + histogram_avg(rate(h[1m]))",
    "histogram_quantile(0.9, sum by (le) (rate(b_bucket[2m])))",
    "sum(rate(h[1m])) + avg(rate(h[1m]))",
    "max(h) + min(n) + max(n)",
    "topk(1, n) + topk(1, n) + bottomk(1, n)",
    "topk(2, m_total)",
    "topk(1, rate(m_total[1m]))",
    "bottomk(2, n) + on () group_right () sum(topk(1, n))",
    "topk(1, last_over_time(n[2m]))",
    "topk(1, rate(t[1m]))",
    "topk(1, h)",
    "bottomk(1, {__name__=~\"n|h\"})",
    "absent(n) or absent(nothing{a=\"b\"})",
    "absent_over_time(n[30s]) or absent_over_time(h[30s])",
    "timestamp(n) + timestamp(n @ 400)",
    "label_replace(n, \"j\", \"$1\", \"job\", \"(.*)\") + on (i) (n * n)",
    "n / ignoring (job) m_total",
    "m_total{job=\"a\"} / on (job) n",
    "clamp_max(n, 2 + 3) + scalar(sum(n)) + scalar(sum(n))",
    "{__name__=~\"n|m_total\"} * 2",
    "sum(rate({__name__=~\"n|m_total\"}[1m]))",
    "double_exponential_smoothing(n[2m], 0.5, 0.5) + double_exponential_smoothing(n[2m], 2, 0.5)",
    "count_values(\"v\", n) + on (v) count_values(\"v\", n)",
    "(-rate(n[1m]) + -rate(n[1m])) * (-rate(n[1m]) + -rate(n[1m]))",
};

TEST_P(PassesTest, ChangeNoBitAndNoAnnotation) {
  for (const char* const query : kQueries) {
    for (const uint32_t steps : {1u, 7u}) {
      EXPECT_EQ(Evaluate(query, true, steps), Evaluate(query, false, steps))
          << query << " at " << steps << " steps";
    }
  }
}

TEST_P(PassesTest, TheComparisonHasSomethingToCompare) {
  EXPECT_NE(Evaluate("m_total", true, 7), Evaluate("n", true, 7));
  EXPECT_NE(Evaluate("rate(n[2m])", false, 7).find("might not be a counter"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(NameRemoval, PassesTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Delayed" : "AtOnce"; });

}  // namespace
}  // namespace kvs::engine::promql

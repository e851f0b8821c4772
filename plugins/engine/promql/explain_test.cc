// SPDX-License-Identifier: Apache-2.0
// EXPLAIN, ANALYZE and statistics over the port; and that what is computed once looks as if it had
// been computed every time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testkit::promqltest::Answer;

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() {
    EXPECT_TRUE(engine_.source()
                    .Load(15'000, {"m{i=\"0\"} 0+1x40", "m{i=\"1\"} 0+2x40", "n{i=\"0\"} 5x40"})
                    .ok());
  }

  Status Ask(std::string_view query, uint32_t flags, int64_t start_ms, int64_t end_ms,
             int64_t step_ms) {
    auto in = sdk::Record<kvs_query_t>();
    in.text = sdk::Str(query);
    in.flags = flags;
    in.start_ms = start_ms;
    in.end_ms = end_ms;
    in.step_ms = step_ms;
    return engine_.Ask(in, result_);
  }
  std::string Explain(std::string_view query, uint32_t flags) {
    EXPECT_TRUE(Ask(query, flags | KVS_QUERY_RANGE, 300'000, 600'000, 15'000).ok());
    return sdk::Text(result_->explain_json);
  }
  /// "samples" of the statistics.
  std::string Samples(std::string_view query, bool instant = false) {
    const uint32_t flags = KVS_QUERY_STATS | (instant ? 0 : KVS_QUERY_RANGE);
    const Status status = instant ? Ask(query, flags, 600'000, 600'000, 0)
                                  : Ask(query, flags, 300'000, 420'000, 60'000);
    EXPECT_TRUE(status.ok()) << status.ToString();
    const std::string stats = sdk::Text(result_->stats_json);
    const size_t begin = stats.find("{\"totalQueryableSamples\":");
    return begin == std::string::npos
               ? stats
               : stats.substr(begin + 25, stats.find(',', begin) - begin - 25);
  }

  TestEngine engine_;
  sdk::Owned<kvs_query_result_t> result_;
};

TEST_F(ExplainTest, APlanIsGivenWithoutEvaluation) {
  const std::string json = Explain("sum by (i) (rate(m[1m])) / 2", KVS_QUERY_EXPLAIN);

  const std::string expected =
      R"x({"mode":"plan","plan":{"id":0,"operator":"binary","detail":"/","type":"vector",)x"
      R"x("position":[0,28],"uses":1,"inputs":[)x"
      R"x({"id":1,"operator":"scan_aggregate","detail":"sum by (i)","type":"vector",)x"
      R"x("position":[0,24],"uses":1,"inputs":[)x"
      R"x({"id":2,"operator":"scan","detail":"rate(m[1m])","type":"vector",)x"
      R"x("position":[12,23],"uses":1,)x"
      R"x("resolution":{"max":"samples","exact":true,)x"
      R"x("why":"rate() is only estimated from aggregates"},"inputs":[]}]},)x"
      R"x({"id":3,"operator":"number","detail":"2","type":"scalar","position":[27,28],)x"
      R"x("uses":1,"inputs":[]}]},)x"
      R"x("text":"binary /\n  scan_aggregate sum by (i)\n    scan rate(m[1m])\n  number 2\n"})x";
  EXPECT_EQ(json, expected);
  EXPECT_EQ(result_->n_series, 0u);
  EXPECT_EQ(result_->value_type, KVS_VALUE_MATRIX);
}

TEST_F(ExplainTest, AnAnalysisComesBesideTheResult) {
  const std::string json = Explain("m + on (i) m", KVS_QUERY_ANALYZE);

  EXPECT_EQ(result_->n_series, 2u);
  EXPECT_THAT(json, StartsWith(R"({"mode":"analyze","plan":{"id":0,"operator":"binary",)"));
  EXPECT_THAT(
      json,
      HasSubstr(R"x("calls":1,"rows":2,"samples":0,"windows5m":0,"windows1h":0,"peakBytes":)x"));
  EXPECT_THAT(json, HasSubstr(R"x({"id":1,"operator":"scan","detail":"m",)x"));
  EXPECT_THAT(json, HasSubstr(R"x({"id":1,"shared":true})x"));
  EXPECT_THAT(json, HasSubstr(R"x("totals":{"samples":80,)x"));
  EXPECT_THAT(json, HasSubstr(R"x("cpuSeconds":)x"));
  EXPECT_THAT(json, HasSubstr(R"x(\n  scan m  (#1, used 2 times)  [2 rows, 80 samples, peak )x"));
  EXPECT_THAT(json, HasSubstr(R"x(\ntotal: 80 samples, peak )x"));
}

TEST_F(ExplainTest, AFusedScanDoesNotRunByItself) {
  const std::string json = Explain("sum(m)", KVS_QUERY_ANALYZE);

  EXPECT_THAT(json, HasSubstr(R"x(scan_aggregate sum  [1 rows, 80 samples, )x"));
  EXPECT_THAT(json, HasSubstr(R"x(\n  scan m  [not by itself]\n)x"));
}

TEST_F(ExplainTest, ASubqueryIsAnOperatorOfItsOwn) {
  const std::string json = Explain("max_over_time(m[2m:30s])", KVS_QUERY_ANALYZE);

  EXPECT_THAT(json, HasSubstr(R"x(window max_over_time(…)  [2 rows, peak )x"));
  EXPECT_THAT(json, HasSubstr(R"x(\n  subquery [2m:30s]  [2 rows, peak )x"));
  EXPECT_THAT(json, HasSubstr(R"x(\n    scan m  [2 rows, )x"));
}

TEST_F(ExplainTest, StatisticsHavePrometheusShape) {
  ASSERT_TRUE(Ask("m", KVS_QUERY_RANGE | KVS_QUERY_STATS, 300'000, 420'000, 60'000).ok());

  const std::string stats = sdk::Text(result_->stats_json);

  EXPECT_THAT(stats, StartsWith(R"({"timings":{"evalTotalTime":)"));
  for (const char* key : {"resultSortTime", "queryPreparationTime", "innerEvalTime",
                          "execQueueTime", "execTotalTime"}) {
    EXPECT_THAT(stats, HasSubstr(StrCat(",\"", key, "\":")));
  }
  EXPECT_THAT(stats, HasSubstr(R"x("samples":{"totalQueryableSamples":6,"samplesRead":6,)x"));
  EXPECT_THAT(stats, ::testing::Not(HasSubstr("PerStep")));
}

TEST_F(ExplainTest, StatisticsByStepNeedTheirFeature) {
  const uint32_t flags = KVS_QUERY_RANGE | KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP;
  Config config = AllFeatures();
  config.enable_features.emplace_back("promql-per-step-stats");
  TestEngine engine(config);
  engine.source().Append({{"__name__", "m"}}, 0, 1);
  auto in = sdk::Record<kvs_query_t>();
  in.text = sdk::Str("m");
  in.flags = flags;
  in.end_ms = 60'500;
  in.step_ms = 60'500;

  ASSERT_TRUE(engine.Ask(in, result_).ok());

  EXPECT_THAT(sdk::Text(result_->stats_json),
              HasSubstr(R"x("totalQueryableSamplesPerStep":[[0,1],[60.5,1]],)x"
                        R"x("samplesReadPerStep":[[0,1],[60.5,0]])x"));
}

TEST_F(ExplainTest, SamplesAreCountedByPrometheusRules) {
  EXPECT_EQ(Samples("m"), "6");  // Two series at three steps.
  EXPECT_EQ(Samples("sum(m)"), "6");
  EXPECT_EQ(Samples("rate(m[1m])"), "24");  // Four in each window.
  EXPECT_EQ(Samples("sum(rate(m[1m]))"), "24");
  EXPECT_EQ(Samples("m @ 300"), "6");                    // Read once, counted at each step.
  EXPECT_EQ(Samples("m + m"), "12");                     // As if evaluated twice.
  EXPECT_EQ(Samples("max_over_time(m[2m:30s])"), "24");  // Four steps in each window.
  EXPECT_EQ(Samples("timestamp(m)"), "6");
  EXPECT_EQ(Samples("1"), "0");
  EXPECT_EQ(Samples("m[1m]", true), "8");
  EXPECT_EQ(Samples("m[2m:30s]", true), "8");
  EXPECT_EQ(Samples("m", true), "2");
}

TEST_F(ExplainTest, AnnotationsOfASharedPartNameItsLastPlace) {
  const StatusOr<Answer> answer =
      engine_.Range("rate(n[1m]) + on (i)\n (rate(n[1m]))", 300'000, 360'000, 60'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->infos, ElementsAre(HasSubstr("(2:8)")));
}

TEST_F(ExplainTest, AnnotationsInsideNestedSharedPartsNameTheLastPlace) {
  const StatusOr<Answer> answer = engine_.Range(
      "(-rate(n[1m]) + -rate(n[1m])) * (-rate(n[1m]) + -rate(n[1m]))", 300'000, 360'000, 60'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->infos, ElementsAre(HasSubstr("(1:55)")));
}

TEST_F(ExplainTest, ASharedValueIsNotChangedByWhoUsesItFirst) {
  const StatusOr<Answer> answer =
      engine_.Range("sum by (i) (-(m * 2) + 3 * m) + on (i) topk(1, m) + on (i) (-m) + on (i) m",
                    300'000, 300'000, 15'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_EQ(answer->series.size(), 1u);
  // m{i="1"} is 40 there: (-80 + 120) + 40 - 40 + 40.
  EXPECT_THAT(answer->series[0].points, ElementsAre(std::pair<int64_t, double>(300'000, 80)));
}

TEST_F(ExplainTest, AggregationsOverOneScanReadItOnce) {
  const std::string both = Explain("sum(m) / count(m)", KVS_QUERY_ANALYZE);

  EXPECT_EQ(result_->n_series, 1u);
  EXPECT_EQ(result_->value[0], 30.0);  // (20 + 40) / 2
  EXPECT_THAT(both, HasSubstr(R"x("totals":{"samples":80,)x"));
  EXPECT_EQ(Samples("sum(m) / count(m)"), "12");  // Counted as if it had been read twice.
}

TEST_F(ExplainTest, RowsAndTheirAggregationsAreReadOnce) {
  const std::string both = Explain("m / on () group_left () max(m)", KVS_QUERY_ANALYZE);

  EXPECT_EQ(result_->n_series, 2u);
  EXPECT_EQ(result_->value[0], 0.5);
  EXPECT_EQ(result_->value[result_->point_begin[1]], 1.0);
  EXPECT_THAT(both, HasSubstr(R"x("totals":{"samples":80,)x"));
}

TEST_F(ExplainTest, FunctionsOfOneRangeReadItOnce) {
  const std::string both = Explain(
      "max_over_time(m[1m]) - min_over_time(m[1m]) + on (i) sum by (i) (avg_over_time(m[1m]))",
      KVS_QUERY_ANALYZE);

  EXPECT_EQ(result_->n_series, 2u);
  EXPECT_EQ(result_->value[0], 3 + 18.5);  // The last four samples at 300 s are 17 to 20.
  EXPECT_EQ(result_->value[result_->point_begin[1]], 6 + 37.0);
  EXPECT_THAT(both, HasSubstr(R"x("totals":{"samples":48,)x"));
  EXPECT_EQ(Samples("max_over_time(m[1m]) - min_over_time(m[1m])"), "48");
}

TEST_F(ExplainTest, AFailureOfWhatIsComputedByTheWayIsToldInItsTurn) {
  const Status status = engine_
                            .Range(
                                "max_over_time(m[1m]) and (vector(1) + on () group_left () "
                                "double_exponential_smoothing(m[1m], 2, 0.5))",
                                300'000, 360'000, 60'000)
                            .status();

  EXPECT_THAT(status.message(), HasSubstr("invalid smoothing factor"));
}

TEST_F(ExplainTest, AnnotationsOfFunctionsOfOneRangeAreTheirOwn) {
  const StatusOr<Answer> answer =
      engine_.Range("min_over_time(n[1m]) + rate(n[1m]) + quantile_over_time(2, n[1m])", 300'000,
                    360'000, 60'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->infos, ElementsAre(HasSubstr("metric might not be a counter")));
  EXPECT_THAT(answer->infos, ElementsAre(HasSubstr("(1:29)")));
  EXPECT_THAT(answer->warnings, ElementsAre(HasSubstr("quantile value should be between 0 and 1")));
}

TEST_F(ExplainTest, AnnotationsOfAggregationsOverOneScanNameItsLastPlace) {
  const StatusOr<Answer> answer = engine_.Range(
      "sum by (i) (rate(n[1m])) / max by (i) (rate(n[1m]))", 300'000, 360'000, 60'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  EXPECT_THAT(answer->infos, ElementsAre(HasSubstr("(1:45)")));
}

TEST_F(ExplainTest, AggregationsOverOneScanOfHistogramsGoTheLongWayTogether) {
  TestEngine engine;
  ASSERT_TRUE(engine.source()
                  .Load(15'000, {"h{i=\"0\"} {{schema:0 count:2 sum:4 buckets:[2]}}x20",
                                 "h{i=\"1\"} {{schema:0 count:4 sum:6 buckets:[4]}}x20"})
                  .ok());

  const StatusOr<Answer> answer = engine.Instant("histogram_sum(sum(h)) / count(h)", 60'000);

  ASSERT_TRUE(answer.ok()) << answer.status().ToString();
  ASSERT_EQ(answer->series.size(), 1u);
  EXPECT_EQ(answer->series[0].points[0].second, 5.0);
}

TEST_F(ExplainTest, DeeplyNestedQueriesAreEvaluated) {
  std::string unary = "m", sum = "m", subquery = "m";
  for (int i = 0; i < 490; ++i) unary = "-(" + unary + ")";
  for (int i = 0; i < 490; ++i) sum = "sum(-" + sum + ")";
  for (int i = 0; i < 300; ++i) subquery = "abs(" + subquery + ") + m";

  for (const std::string& query : {unary, sum, subquery}) {
    const StatusOr<Answer> answer = engine_.Range(query, 300'000, 330'000, 15'000);
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  }
}

TEST_F(ExplainTest, TooDeeplyNestedQueriesAreRefused) {
  constexpr size_t kLevels = 100'000;
  std::string query;
  for (size_t i = 0; i < kLevels; ++i) query += "-(";
  query += 'm';
  query.append(kLevels, ')');

  const Status status = engine_.Instant(query, 0).status();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("nested too deeply"));
}

}  // namespace
}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// The engine over its port: what the test scripts do not reach, such as batches, limits, threads
// and flags that are off.

#include "engine.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "test_engine.h"

namespace kvs::engine::promql {
namespace {

using ::testing::HasSubstr;
using testkit::promqltest::Answer;

std::vector<std::string> Lines(std::initializer_list<const char*> lines) {
  return {lines.begin(), lines.end()};
}

double OnlyValue(const StatusOr<Answer>& answer) {
  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
  if (!answer.ok() || answer->series.size() != 1 || answer->series[0].points.size() != 1) {
    ADD_FAILURE() << "not one point";
    return NAN;
  }
  return answer->series[0].points[0].second;
}

TEST(PromqlEngineTest, SumsOverManyBatchesAsOverOne) {
  TestEngine one(Config(), 1000);
  TestEngine many(Config(), 3);
  for (TestEngine* engine : {&one, &many}) {
    for (int s = 0; s < 50; ++s) {
      const std::string instance = std::to_string(s);
      for (int i = 0; i < 20; ++i) {
        engine->source().Append(
            {{"__name__", "m_total"}, {"instance", instance}, {"job", s % 2 == 0 ? "a" : "b"}},
            i * 15'000, 0.1 * i * s);
      }
    }
  }

  const StatusOr<Answer> a = one.Range("sum by (job) (rate(m_total[1m]))", 60'000, 240'000, 15'000);
  const StatusOr<Answer> b =
      many.Range("sum by (job) (rate(m_total[1m]))", 60'000, 240'000, 15'000);

  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_EQ(a->series.size(), 2u);
  ASSERT_EQ(b->series.size(), 2u);
  EXPECT_EQ(a->series[0].labels.Get("job"), "a");
  for (size_t s = 0; s < 2; ++s) {
    ASSERT_EQ(a->series[s].points.size(), 13u);
    for (size_t i = 0; i < 13; ++i) {
      EXPECT_DOUBLE_EQ(a->series[s].points[i].second, b->series[s].points[i].second);
    }
  }
}

// In batches of three, each row is a group of its own and is kept until batches are merged; in one
// of all, rows are added up at once.
TEST(PromqlEngineTest, GroupsOfFewRowsAreWhatGroupsOfManyAre) {
  constexpr int kSeries = 24, kGroups = 6, kSteps = 5;
  TestEngine few(Config(), 3);
  TestEngine many(Config(), 1000);
  for (TestEngine* engine : {&few, &many}) {
    for (int s = 0; s < kSeries; ++s) {
      for (int i = 0; i < kSteps; ++i) {
        if ((s + i) % 4 == 0) continue;  // Not every series has a sample at every step.
        engine->source().Append(
            {{"__name__", "m"}, {"a", std::to_string(s)}, {"g", std::to_string(s % kGroups)}},
            i * 600'000, 0.3 * s - i);
      }
    }
  }
  for (const char* op : {"sum", "avg", "count", "min", "max", "group", "stddev", "stdvar"}) {
    const std::string query = std::string(op) + " by (g) (m)";
    const StatusOr<Answer> a = few.Range(query, 0, (kSteps - 1) * 600'000, 600'000);
    const StatusOr<Answer> b = many.Range(query, 0, (kSteps - 1) * 600'000, 600'000);
    ASSERT_TRUE(a.ok() && b.ok()) << query;
    ASSERT_EQ(a->series.size(), size_t{kGroups}) << query;
    ASSERT_EQ(b->series.size(), size_t{kGroups}) << query;
    for (size_t g = 0; g < kGroups; ++g) {
      EXPECT_EQ(a->series[g].labels.Get("g"), b->series[g].labels.Get("g")) << query;
      ASSERT_EQ(a->series[g].points.size(), b->series[g].points.size()) << query;
      ASSERT_FALSE(a->series[g].points.empty()) << query;
      for (size_t i = 0; i < a->series[g].points.size(); ++i) {
        EXPECT_EQ(a->series[g].points[i].first, b->series[g].points[i].first) << query;
        EXPECT_NEAR(a->series[g].points[i].second, b->series[g].points[i].second, 1e-12) << query;
      }
    }
  }
  const StatusOr<Answer> sum = few.Range("sum by (g) (m)", 600'000, 600'000, 600'000);
  ASSERT_TRUE(sum.ok());
  // Of 0, 6, 12 and 18: 0.3 * 36 - 4, all of which have a sample there.
  EXPECT_DOUBLE_EQ(sum->series[0].points[0].second, 0.3 * 36 - 4);
}

TEST(PromqlEngineTest, RateLooksAtALeftOpenWindowAndExtrapolates) {
  TestEngine engine{Config()};
  ASSERT_TRUE(engine.source().Load(15'000, Lines({"m_total 0 15 30 45 60"})).ok());

  // In (0, 60] are 15, 30, 45 and 60; the first is 15 s inside, which is less than 1.1 intervals,
  // so it reaches the edge.
  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("rate(m_total[1m])", 60'000)), 1.0);
  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("increase(m_total[1m])", 60'000)), 60.0);
  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("count_over_time(m_total[1m])", 60'000)), 4.0);
}

TEST(PromqlEngineTest, RateAddsWhatWasLostAtEachReset) {
  TestEngine engine{Config()};
  ASSERT_TRUE(engine.source().Load(10'000, Lines({"m_total 1000 1010 1020 5 15 3 13"})).ok());

  // 13 - 1010 + 1020 + 15 over 50 s, and 10 s more at the beginning.
  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("increase(m_total[1m])", 60'000)),
                   38.0 * (60.0 / 50.0));
}

TEST(PromqlEngineTest, WithoutDelayedNameRemovalCollidingNamesFailAtOnce) {
  TestEngine engine{Config()};
  ASSERT_TRUE(engine.source()
                  .Load(10'000, Lines({"a_total{x=\"1\"} 1+1x10", "b_total{x=\"1\"} 1+1x10"}))
                  .ok());

  const StatusOr<Answer> answer = engine.Instant("rate({__name__=~\".+_total\"}[1m])", 60'000);
  const StatusOr<Answer> summed = engine.Instant("sum(rate({__name__=~\".+_total\"}[1m]))", 60'000);

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.status().code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(answer.status().message(), "vector cannot contain metrics with the same labelset");
  EXPECT_FALSE(summed.ok());
}

TEST(PromqlEngineTest, WithoutDelayedNameRemovalFunctionsDropTheName) {
  TestEngine engine{Config()};
  ASSERT_TRUE(engine.source().Load(10'000, Lines({"a_total{x=\"1\"} -1"})).ok());

  const StatusOr<Answer> answer =
      engine.Instant("label_replace(abs(a_total), \"y\", \"$1\", \"__name__\", \"(.*)\")", 0);

  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->series.size(), 1u);
  EXPECT_EQ(answer->series[0].labels, (model::Labels{{"x", "1"}}));
}

TEST(PromqlEngineTest, ParseErrorsAreInvalidArgumentWithAPosition) {
  TestEngine engine{Config()};

  const Status status = engine.Instant("sum(", 0).status();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("1:5: parse error: "));
}

TEST(PromqlEngineTest, ExperimentalFunctionsNeedTheirFlag) {
  TestEngine engine{Config()};

  EXPECT_EQ(engine.Instant("mad_over_time(x[5m])", 0).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(PromqlEngineTest, ARangeQueryWantsAScalarOrAnInstantVector) {
  TestEngine engine{Config()};

  const Status status = engine.Range("x[5m]", 0, 60'000, 15'000).status();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(
      status.message(),
      "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
}

TEST(PromqlEngineTest, TooManySamplesAreRefused) {
  Config config;
  config.max_samples = 100;
  TestEngine engine(config);
  for (int s = 0; s < 20; ++s)
    engine.source().Append({{"__name__", "m"}, {"i", std::to_string(s)}}, 0, 1);

  const Status wide = engine.Range("m", 0, 60'000, 1'000).status();
  const StatusOr<Answer> small = engine.Range("m", 0, 1'000, 1'000);
  const Status subquery = engine.Instant("max_over_time(vector(1)[1h:1s])", 3'600'000).status();

  EXPECT_EQ(wide.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(wide.message(),
            "query processing would load too many samples into memory in query execution: 244 "
            "samples, limit max_samples 100, in m");
  EXPECT_TRUE(small.ok());
  EXPECT_EQ(subquery.code(), StatusCode::kResourceExhausted);
}

TEST(PromqlEngineTest, SamplesOfEarlierPartsOfAQueryAreNotHeldForEver) {
  Config config;
  config.max_samples = 100;
  TestEngine engine(config);
  for (int s = 0; s < 20; ++s)
    engine.source().Append({{"__name__", "m"}, {"i", std::to_string(s)}}, 0, 1);

  // Each quantile() holds 20 x 3 samples while it works.
  const StatusOr<Answer> answer = engine.Range(
      "quantile(0.5, m) + quantile(0.5, m) + quantile(0.5, m) + quantile(0.5, m)", 0, 2'000, 1'000);

  EXPECT_TRUE(answer.ok()) << answer.status().ToString();
}

TEST(PromqlEngineTest, ADeadlineThatHasPassedEndsTheQuery) {
  TestEngine engine{Config()};
  engine.source().Append({{"__name__", "m"}}, 0, 1);
  PromqlEngine late{sdk::Host(), Config()};
  late.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&engine.source()));
  sdk::OwnedCall call("test");
  call.WithTimeoutMs(0);
  auto query = sdk::Record<kvs_query_t>();
  query.text = sdk::Str("m");
  sdk::Owned<kvs_query_result_t> result;

  const Status status = sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&late)).query(),
                                   call, &query, result.out());

  EXPECT_EQ(status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_EQ(status.message(), "query timed out in expression evaluation");
}

TEST(PromqlEngineTest, ACancelledCallEndsTheQuery) {
  TestEngine engine{Config()};
  engine.source().Append({{"__name__", "m"}}, 0, 1);
  PromqlEngine stopped{sdk::Host(), Config()};
  stopped.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&engine.source()));
  sdk::CancelSource cancel;
  cancel.Cancel();
  const sdk::OwnedCall call("test", cancel.raw());
  auto query = sdk::Record<kvs_query_t>();
  query.text = sdk::Str("m");
  sdk::Owned<kvs_query_result_t> result;

  const Status status = sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&stopped)).query(),
                                   call, &query, result.out());

  EXPECT_EQ(status.code(), StatusCode::kCancelled);
}

TEST(PromqlEngineTest, LookbackOfTheRequestWins) {
  TestEngine engine{Config()};
  engine.source().Append({{"__name__", "m"}}, 0, 1);

  EXPECT_EQ(engine.Instant("m", 299'999)->series.size(), 1u);
  EXPECT_EQ(engine.Instant("m", 300'000)->series.size(),
            0u);  // Exactly the lookback old is too old.
}

TEST(PromqlEngineTest, OverlappingTimesOfChunksAreMerged) {
  TestEngine engine{Config()};
  // Out of order across chunks of 50: the source cuts by position, not by time.
  for (int i = 50; i < 100; ++i) engine.source().Append({{"__name__", "m"}}, i * 1'000, i);
  for (int i = 0; i < 60; ++i) engine.source().Append({{"__name__", "m"}}, i * 1'000, i);

  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("count_over_time(m[200s])", 100'000)), 100.0);
  EXPECT_DOUBLE_EQ(OnlyValue(engine.Instant("resets(m[200s])", 100'000)), 0.0);
}

TEST(PromqlEngineTest, ConfigRefusesUnknownFlagsAndBadNumbers) {
  Config unknown;
  unknown.enable_features = {"promql-telepathy"};
  Config negative;
  negative.max_samples = 0;

  EXPECT_THAT(unknown.Validate().message(), HasSubstr("promql-telepathy"));
  EXPECT_FALSE(negative.Validate().ok());
  EXPECT_TRUE(Config().Validate().ok());
}

TEST(PromqlEngineTest, WithTypeLabelsTheTypeSaysWhatACounterIs) {
  Config config;
  config.enable_features = {"type-and-unit-labels"};
  for (const char* query : {"rate(x[2m])", "sum(rate(x[2m]))", "sum by (i) (rate(x[2m:1m]))"}) {
    TestEngine engine(config);
    ASSERT_TRUE(engine.source()
                    .Load(60'000, Lines({"x{i=\"1\", __type__=\"counter\"} 1 2 3",
                                         "x{i=\"2\", __type__=\"histogram\"} 1 2 3"}))
                    .ok());

    StatusOr<Answer> answer = engine.Instant(query, 120'000);

    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    EXPECT_TRUE(answer->infos.empty()) << answer->infos[0];

    ASSERT_TRUE(engine.source().Load(60'000, Lines({"x{i=\"3\", __type__=\"gauge\"} 1 2 3"})).ok());
    answer = engine.Instant(query, 120'000);
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->infos.size(), 1u);
    EXPECT_THAT(answer->infos[0],
                HasSubstr("metric might not be a counter, __type__ label is not set to "
                          "\"counter\" or \"histogram\", got \"gauge\": \"x\""));
  }
}

}  // namespace
}  // namespace kvs::engine::promql

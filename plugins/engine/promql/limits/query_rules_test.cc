// SPDX-License-Identifier: Apache-2.0
// Which queries are refused by rules of their tenant, how, and what gets past none of them.

#include "kvs/query/query_rules.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/test_host.h"

#include "engine.h"

namespace kvs::engine::promql {
namespace {

using query::QueryRules;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kHourMs = 60 * kMinuteMs;

kvs_query_t RangeQuery(int64_t start_ms, int64_t end_ms, int64_t step_ms) {
  auto in = sdk::Record<kvs_query_t>();
  in.flags = KVS_QUERY_RANGE;
  in.start_ms = start_ms;
  in.end_ms = end_ms;
  in.step_ms = step_ms;
  return in;
}

bool Blocks(std::string_view rules, std::string_view text,
            const kvs_query_t& in = RangeQuery(0, kHourMs, kMinuteMs)) {
  std::vector<std::string> problems;
  const QueryRules parsed = QueryRules::Parse(rules, "", &problems);
  EXPECT_THAT(problems, IsEmpty());
  return parsed.FindBlocked(in, {text, text}) != nullptr;
}

TEST(QueryRules, APatternIsTheWholeQueryOrARegularExpression) {
  EXPECT_TRUE(Blocks(R"j([{"pattern":" rate(m[5m])\n"}])j", "rate(m[5m])"));
  EXPECT_FALSE(Blocks(R"j([{"pattern":"rate(m[5m])"}])j", "sum(rate(m[5m]))"));
  EXPECT_FALSE(Blocks(R"j([{"pattern":".*m.*"}])j", "m"));
  EXPECT_TRUE(Blocks(R"j([{"pattern":".*env=\"prod\".*","regex":true}])j", "sum(m{env=\"prod\"})"));
  EXPECT_FALSE(Blocks(R"j([{"pattern":"env=\"prod\"","regex":true}])j", "sum(m{env=\"prod\"})"));
}

TEST(QueryRules, AllConditionsMustHold) {
  constexpr std::string_view kLong =
      R"j([{"pattern":".*","regex":true,"time_range_longer_than":"1h"}])j";
  EXPECT_FALSE(Blocks(kLong, "m", RangeQuery(0, kHourMs, kMinuteMs)));
  EXPECT_TRUE(Blocks(kLong, "m", RangeQuery(0, kHourMs + 1, kMinuteMs)));
  auto instant = sdk::Record<kvs_query_t>();
  EXPECT_FALSE(Blocks(kLong, "m", instant));

  constexpr std::string_view kFine = R"j([{"step_size_shorter_than":"1m","pattern":"m"}])j";
  EXPECT_FALSE(Blocks(kFine, "m", RangeQuery(0, kHourMs, kMinuteMs)));
  EXPECT_TRUE(Blocks(kFine, "m", RangeQuery(0, kHourMs, kMinuteMs - 1)));
  EXPECT_FALSE(Blocks(kFine, "n", RangeQuery(0, kHourMs, kMinuteMs - 1)));
  EXPECT_FALSE(Blocks(kFine, "m", instant));

  constexpr std::string_view kUnaligned = R"j([{"pattern":"m","unaligned_range_queries":true}])j";
  EXPECT_FALSE(Blocks(kUnaligned, "m", RangeQuery(0, kHourMs, kMinuteMs)));
  EXPECT_TRUE(Blocks(kUnaligned, "m", RangeQuery(1, kHourMs, kMinuteMs)));
  EXPECT_FALSE(Blocks(kUnaligned, "m", instant));
}

TEST(QueryRules, ARuleThatCannotBeUsedIsToldAndTheOthersCount) {
  std::vector<std::string> problems;
  const QueryRules rules = QueryRules::Parse(
      R"j([{"regex":true},{"pattern":"[a-9","regex":true},{"pattern":"m","time_range_longer_than":5},
          "m",{"pattern":"m"}])j",
      R"j([{"allowed_frequency":"1m"},{"query":"m","allowed_frequency":"soon"}])j", &problems);
  EXPECT_EQ(problems.size(), 6u);
  EXPECT_EQ(problems[0], "blocked_queries[0]: pattern is required");
  EXPECT_THAT(problems[1],
              ::testing::StartsWith("blocked_queries[1]: invalid regex pattern \"[a-9\": "));
  EXPECT_NE(rules.FindBlocked(RangeQuery(0, 1, 1), {"m", "m"}), nullptr);
  problems.clear();
  QueryRules::Parse("{}", "5", &problems);
  EXPECT_THAT(problems, ElementsAre("blocked_queries is no list", "limited_queries is no list"));
}

TEST(QueryRules, OfSeveralThatLimitAQueryTheLongestTimeCounts) {
  std::vector<std::string> problems;
  const QueryRules rules = QueryRules::Parse(
      "",
      R"j([{"query":"m","allowed_frequency":"1m"},{"query":"m ","allowed_frequency":"5m"},
          {"query":"m","allowed_frequency":"2m"}])j",
      &problems);
  EXPECT_EQ(rules.FindLimited({"m", "m"})->allowed_frequency_ms, 5 * kMinuteMs);
  EXPECT_EQ(rules.FindLimited({"n", "n"}), nullptr);
}

class QueryRulesTest : public ::testing::Test {
 protected:
  QueryRulesTest() {
    EXPECT_TRUE(source_.Load(kMinuteMs, {"m 0+1x100"}).ok());
    engine_.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    engine_.limits = limiter_.ref();
    limiter_.tenant = "a";
  }
  Status Ask(std::string_view text, std::string_view tenant = "a") {
    const sdk::OwnedCall call(tenant);
    auto in = sdk::Record<kvs_query_t>();
    in.text = sdk::Str(text);
    in.start_ms = in.end_ms = kMinuteMs;
    sdk::Owned<kvs_query_result_t> result;
    return sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_)).query(), call, &in,
                      result.out());
  }
  double Rejected(const std::string& reason, const std::string& tenant = "a") {
    return host_.metrics().Value("cortex_query_frontend_rejected_queries_total",
                                 {{"user", tenant}, {"reason", reason}});
  }

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::promqltest::MemorySource source_{2};
  testkit::FakeLimiter limiter_;
  PromqlEngine engine_{host_.host(), Config()};
};

TEST_F(QueryRulesTest, ABlockedQueryIsRefusedHoweverItIsWritten) {
  limiter_.texts["blocked_queries"] =
      R"j([{"pattern":"sum by (job) (m)","reason":"too expensive"}])j";

  for (const std::string_view text :
       {"sum by (job) (m)", "sum(m) by (job)", " sum by(job)(m{}) # comment"}) {
    const Status status = Ask(text);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(status.reason(), "err-mimir-query-blocked");
    EXPECT_EQ(status.message(),
              "the request has been blocked by the cluster administrator too expensive "
              "(err-mimir-query-blocked)");
  }
  EXPECT_EQ(Rejected("blocked"), 3);
  EXPECT_TRUE(Ask("sum(m)").ok());
  EXPECT_TRUE(Ask("sum by (job) (m)", "b").ok());
  // A read of several tenants is refused if one of them refuses it.
  EXPECT_EQ(Ask("sum by (job) (m)", "b|a").reason(), "err-mimir-query-blocked");
}

TEST_F(QueryRulesTest, RulesAreAskedForAgainWhenTheyMayHaveChanged) {
  EXPECT_TRUE(Ask("m").ok());
  EXPECT_TRUE(Ask("m").ok());
  EXPECT_EQ(limiter_.texts_asked, 1);
  limiter_.texts["blocked_queries"] = R"j([{"pattern":"m"}])j";
  EXPECT_TRUE(Ask("m").ok());
  ++limiter_.epoch;
  EXPECT_FALSE(Ask("m").ok());
}

TEST_F(QueryRulesTest, ALimitedQueryRunsOnceATime) {
  limiter_.texts["limited_queries"] = R"j([{"query":"sum(m)","allowed_frequency":"1m"}])j";

  EXPECT_TRUE(Ask("sum(m)").ok());
  host_.Advance(59'000);
  const Status status = Ask("sum (m)");
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "err-mimir-query-limited");
  EXPECT_EQ(status.message(),
            "the query has been limited by the cluster administrator, and is being run more "
            "frequently than the allowed frequency 1m against tenant a (err-mimir-query-limited)");
  EXPECT_EQ(status.retry_after_ms(), 1000u);
  EXPECT_EQ(Rejected("limited"), 1);
  EXPECT_TRUE(Ask("m").ok());
  ++limiter_.epoch;  // Other limits changed; when it ran is remembered.
  EXPECT_FALSE(Ask("sum(m)").ok());
  // What was refused does not put it off.
  host_.Advance(1000);
  EXPECT_TRUE(Ask("sum(m)").ok());
  EXPECT_FALSE(Ask("sum(m)").ok());
}

}  // namespace
}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// What tenants may ask for, and in whose words they are told.

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/query/query_limits.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/test_host.h"

#include "engine.h"

namespace kvs::engine::promql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kNowMs = 100 * kMinuteMs;

class LimitsTest : public ::testing::Test {
 protected:
  LimitsTest() {
    EXPECT_TRUE(source_
                    .Load(kMinuteMs, {"m{i=\"0\"} 0+1x100", "m{i=\"1\"} 0+1x100",
                                      "m{i=\"2\"} 0+1x100", "n 0+1x100"})
                    .ok());
    engine_.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    engine_.limits = limiter_.ref();
    limiter_.tenant = "limited";
  }

  Status Range(std::string_view text, int64_t start_ms, std::string_view tenant = "limited") {
    const sdk::OwnedCall call(tenant);
    auto in = sdk::Record<kvs_query_t>();
    in.text = sdk::Str(text);
    in.flags = KVS_QUERY_RANGE;
    in.start_ms = start_ms;
    in.end_ms = kNowMs;
    in.step_ms = kMinuteMs;
    result_ = {};
    return sdk::Await(sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_)).query(), call, &in,
                      result_.out());
  }
  uint32_t points() const { return result_->n_series == 0 ? 0 : result_->point_begin[1]; }

  testkit::TestHost host_{{.manual_clock = true, .now_ms = kNowMs}};
  testkit::promqltest::MemorySource source_{2};
  testkit::FakeLimiter limiter_;
  PromqlEngine engine_{host_.host(), Config()};
  sdk::Owned<kvs_query_result_t> result_;
};

TEST_F(LimitsTest, WithoutLimitsNothingIsRefused) {
  EXPECT_TRUE(Range("m + on () group_left () n", 0).ok());
  EXPECT_EQ(result_->n_series, 3u);
  engine_.limits = {};
  EXPECT_TRUE(Range("m", 0).ok());
}

TEST_F(LimitsTest, AQueryMayBeSoLong) {
  limiter_.numbers = {{"max_query_expression_size_bytes", 3}};

  EXPECT_TRUE(Range("m+1", kNowMs).ok());
  const Status status = Range("m+10", kNowMs);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason(), "err-mimir-max-query-expression-size-bytes");
  EXPECT_THAT(status.message(),
              StartsWith("the raw query size in bytes exceeds the limit (query size: 4, limit: 3) "
                         "(err-mimir-max-query-expression-size-bytes). To adjust"));
  EXPECT_TRUE(Range("m+10", kNowMs, "other").ok());
}

TEST_F(LimitsTest, ARangeMayBeSoLong) {
  limiter_.numbers = {{"max_total_query_length", 10 * kMinuteMs}};

  EXPECT_TRUE(Range("m", kNowMs - 10 * kMinuteMs).ok());
  const Status status = Range("m", kNowMs - 11 * kMinuteMs);

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason(), "err-mimir-max-total-query-length");
  EXPECT_THAT(status.message(),
              StartsWith("the total query time range exceeds the limit (query length: 11m, limit: "
                         "10m) (err-mimir-max-total-query-length). To adjust"));
}

TEST_F(LimitsTest, OneSelectorMayReadSoMuchTime) {
  limiter_.numbers = {{"max_partial_query_length", 30 * kMinuteMs}};

  EXPECT_TRUE(Range("rate(n[20m])", kNowMs - 5 * kMinuteMs).ok());
  const Status status = Range("rate(n[20m])", kNowMs - 11 * kMinuteMs);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "err-mimir-max-query-length");
  EXPECT_THAT(status.message(),
              StartsWith("the query time range exceeds the limit (query length: "));
  EXPECT_THAT(status.message(), HasSubstr("limit: 30m) (err-mimir-max-query-length). To adjust"));
}

TEST_F(LimitsTest, SeriesCountOverTheWholeQuery) {
  limiter_.numbers = {{"max_fetched_series_per_query", 3}};

  EXPECT_TRUE(Range("m", kNowMs).ok());
  const Status status = Range("m + on () group_left () n", kNowMs);

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "err-mimir-max-series-per-query");
  EXPECT_THAT(status.message(), StartsWith("the query exceeded the maximum number of series "
                                           "(limit: 3 series) (err-mimir-max-series-per-query). "
                                           "Consider reducing the time range"));
  EXPECT_THAT(status.message(), HasSubstr("-querier.max-fetched-series-per-query"));
}

TEST_F(LimitsTest, ChunksAndTheirBytesCount) {
  limiter_.numbers = {{"max_fetched_chunks_per_query", 5}};
  const Status chunks = Range("m", 0);  // Three series of three chunks.
  limiter_.numbers = {{"max_fetched_chunk_bytes_per_query", 10}};
  const Status bytes = Range("m", 0);

  EXPECT_EQ(chunks.reason(), "err-mimir-max-chunks-per-query");
  EXPECT_THAT(chunks.message(), StartsWith("the query exceeded the maximum number of chunks "
                                           "(limit: 5 chunks) (err-mimir-max-chunks-per-query)"));
  EXPECT_EQ(bytes.reason(), "err-mimir-max-chunks-bytes-per-query");
  EXPECT_THAT(bytes.message(),
              StartsWith("the query exceeded the aggregated chunks size limit (limit: 10 bytes) "
                         "(err-mimir-max-chunks-bytes-per-query)"));
}

TEST_F(LimitsTest, ATenantMayHaveLessMemoryThanTheEngineGives) {
  limiter_.numbers = {{"max_estimated_memory_consumption_per_query", 1000}};

  const Status status = Range("m", 0);

  EXPECT_EQ(status.reason(), "err-mimir-max-estimated-memory-consumption-per-query");
}

TEST_F(LimitsTest, StepsBeforeTheLookbackAreLeftOut) {
  limiter_.numbers = {{"max_query_lookback", 10.5 * kMinuteMs}};

  ASSERT_TRUE(Range("n", 0).ok());

  EXPECT_EQ(points(), 11u);
  EXPECT_EQ(result_->timestamp_ms[0], kNowMs - 10 * kMinuteMs);
}

TEST_F(LimitsTest, ALookbackAlsoHoldsForWhatAFunctionLooksAt) {
  limiter_.numbers = {{"max_query_lookback", 10 * kMinuteMs}};

  ASSERT_TRUE(Range("count_over_time(n[100m])", kNowMs).ok());

  ASSERT_EQ(points(), 1u);
  // The whole of each chunk that has a newer sample.
  EXPECT_EQ(result_->value[0], 51);
}

TEST(QueryLimitsTest, ClippingKeepsTheStepsThatThereWere) {
  query::QueryLimits limits;
  limits.max_lookback_ms = 100;
  auto in = sdk::Record<kvs_query_t>();
  in.flags = KVS_QUERY_RANGE;
  in.start_ms = -7;
  in.end_ms = 1000;
  in.step_ms = 30;
  EXPECT_TRUE(limits.Clip(1000, in));
  EXPECT_EQ(in.start_ms, 923);

  in.start_ms = 880;
  in.end_ms = 905;  // No step between 900 and the end.
  EXPECT_FALSE(limits.Clip(1000, in));

  in.flags = 0;
  in.start_ms = 899;
  EXPECT_FALSE(limits.Clip(1000, in));
  in.start_ms = 900;
  EXPECT_TRUE(limits.Clip(1000, in));
}

}  // namespace
}  // namespace kvs::engine::promql

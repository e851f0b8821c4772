// SPDX-License-Identifier: Apache-2.0
// Endpoints over a fake engine and source: parameters and their errors, envelopes, and codes.
#include "api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "kvs/http/time_params.h"
#include "kvs/http/url.h"
#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_limiter.h"

namespace kvs::api::prometheus {
namespace {

using ::testing::HasSubstr;

class FakeRoutes final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view, const kvs_http_route_t& route) override {
    routes[sdk::Text(route.pattern)] = route;
    return OkStatus();
  }
  void RemoveAll(std::string_view) override { routes.clear(); }
  std::map<std::string, kvs_http_route_t> routes;
};

// Answers with one scalar and remembers what it was asked.
class FakeEngine final : public sdk::QueryEngine {
 public:
  sdk::Outcome Query(const sdk::Call& call, const kvs_query_t& in, kvs_query_result_t& out, sdk::Completer&) override {
    text = sdk::Text(in.text);
    cancelled = call.cancelled();
    asked = in;
    if (!error.ok()) return error;
    static constexpr int64_t kTime = 5000;
    static constexpr double kValue = 42;
    out.value_type = KVS_VALUE_SCALAR;
    out.timestamp_ms = &kTime;
    out.value = &kValue;
    out.infos = infos.data();
    out.n_infos = infos.size();
    out.stats_json = sdk::Str(stats_json);
    out.explain_json = sdk::Str(explain_json);
    return OkStatus();
  }
  Status error;
  std::vector<kvs_str_t> infos;
  bool cancelled = false;
  std::string stats_json;
  std::string explain_json;
  std::string text;
  kvs_query_t asked{};
};

class FakeSource final : public sdk::SeriesSource {
 public:
  sdk::Outcome Select(const sdk::Call&, const kvs_select_t&, kvs_series_cursor_t&, sdk::Completer&) override {
    return Unavailable("no series here");
  }
  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer&) override {
    asked = in;
    auto kept = std::make_unique<std::vector<kvs_str_t>>(std::vector<kvs_str_t>{sdk::Str("a"), sdk::Str("b")});
    out.items = kept->data();
    out.n_items = kept->size();
    sdk::HandOut(out, std::move(kept));
    return OkStatus();
  }
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out, sdk::Completer& c) override {
    name = sdk::Text(in.name);
    return LabelNames(call, in, out, c);
  }
  sdk::Outcome Metadata(const sdk::Call&, const kvs_metadata_query_t&, kvs_metadata_list_t& out, sdk::Completer&) override {
    static const kvs_metadata_t kItems[] = {{sdk::Str("m"), sdk::Str("h<"), sdk::Str("s"), KVS_TYPE_COUNTER, 0},
                                            {sdk::Str("m"), sdk::Str("other"), sdk::Str(""), KVS_TYPE_GAUGE, 0}};
    out.items = kItems;
    out.n_items = 2;
    return OkStatus();
  }
  sdk::Outcome Exemplars(const sdk::Call&, const kvs_label_query_t&, kvs_exemplar_list_t& out, sdk::Completer&) override {
    out.series = sdk::Record<kvs_label_columns_t>();
    out.exemplars = sdk::Record<kvs_exemplar_columns_t>();
    return OkStatus();
  }
  kvs_label_query_t asked{};
  std::string name;
};

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    api_.http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    api_.engine = sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_));
    api_.source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    sdk::Completer none(nullptr, nullptr);
    EXPECT_TRUE(api_.Start(sdk::OwnedCall("t"), none).status().ok());
  }
  // "200 {...}"
  std::string Get(const std::string& pattern, const std::string& query, const std::string& param = "") {
    return Run("GET", pattern, query, "", param);
  }
  std::string Run(const std::string& method, const std::string& pattern, const std::string& query, const std::string& form,
                  const std::string& param) {
    auto request = sdk::Record<kvs_http_request_t>();
    const kvs_pair_t header{sdk::Str("content-type"), sdk::Str("application/x-www-form-urlencoded")};
    const kvs_str_t params = sdk::Str(param);
    request.method = sdk::Str(method);
    request.query = sdk::Str(query);
    request.body = sdk::Bytes(form);
    request.headers = &header;
    request.n_headers = 1;
    request.params = &params;
    request.n_params = 1;
    const kvs_http_route_t& route = routes_.routes.at(pattern);
    sdk::Owned<kvs_http_reply_t> reply;
    const sdk::Method<kvs_http_request_t, kvs_http_reply_t> handle{route.handle, route.handler_self};
    EXPECT_TRUE(sdk::Await(handle, sdk::OwnedCall("t", cancel_.raw()), &request, reply.out()).ok());
    std::string out = StrCat(reply->status, " ");
    for (uint64_t i = 0; i < reply->n_segments; ++i) out += sdk::TextOf(reply->segments[i]);
    return out;
  }

  FakeRoutes routes_;
  FakeEngine engine_;
  FakeSource source_;
  sdk::CancelSource cancel_;
  Api api_{sdk::Host(), Config()};
};

constexpr char kQuery[] = "/prometheus/api/v1/query";
constexpr char kRange[] = "/prometheus/api/v1/query_range";

TEST_F(ApiTest, AnInstantQueryPassesTextAndTime) {
  EXPECT_EQ(Get(kQuery, "query=up%7Ba%3D%22b%22%7D&time=5"),
            R"(200 {"status":"success","data":{"resultType":"scalar","result":[5,"42"]}})");
  EXPECT_EQ(engine_.text, R"(up{a="b"})");
  EXPECT_EQ(engine_.asked.start_ms, 5000);
  EXPECT_EQ(engine_.asked.flags & KVS_QUERY_RANGE, 0u);
}

TEST_F(ApiTest, AFormCountsLikeTheQueryString) {
  Run("POST", kRange, "step=15", "query=up&start=10&end=1970-01-01T00:01:00Z", "");

  EXPECT_EQ(engine_.text, "up");
  EXPECT_EQ(engine_.asked.start_ms, 10000);
  EXPECT_EQ(engine_.asked.end_ms, 60000);
  EXPECT_EQ(engine_.asked.step_ms, 15000);
}

TEST_F(ApiTest, BadParametersAreNamedAsPrometheusNamesThem) {
  const std::string bad = R"(400 {"status":"error","errorType":"bad_data","error":)";
  EXPECT_EQ(Get(kRange, "query=up&start=x&end=1&step=1"),
            bad + R"("invalid parameter \"start\": cannot parse \"x\" to a valid timestamp"})");
  EXPECT_EQ(Get(kRange, "query=up&start=2&end=1&step=1"),
            bad + R"("invalid parameter \"end\": end timestamp must not be before start time"})");
  EXPECT_EQ(Get(kRange, "query=up&start=0&end=1&step=0"),
            bad + R"("invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer"})");
  EXPECT_EQ(Get(kRange, "query=up&start=0&end=11001&step=1"),
            bad + R"x("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)"})x");
  EXPECT_EQ(Get(kQuery, "query=up&time=x"),
            bad + R"("invalid parameter \"time\": invalid time value for 'time': cannot parse \"x\" to a valid timestamp"})");
  EXPECT_EQ(Get("/prometheus/api/v1/series", "match[]=up%7B"),
            bad + R"("invalid parameter \"match[]\": 1:4: parse error: unexpected end of input inside braces"})");
  EXPECT_EQ(Get("/prometheus/api/v1/labels", "match[]=up%7B"),
            bad + R"("1:4: parse error: unexpected end of input inside braces"})");
  EXPECT_EQ(Get(kQuery, "query=up&limit=-1"), bad + R"("invalid parameter \"limit\": limit must be non-negative"})");
  EXPECT_THAT(Get(kQuery, "query=up&timeout=x"), HasSubstr(R"(invalid parameter \"timeout\": cannot parse \"x\" to a valid duration)"));
}

TEST_F(ApiTest, EngineErrorsGetTheirTypeAndCode) {
  engine_.error = InvalidArgument("1:1: parse error: oh");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(400 {"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:1: parse error: oh"})");
  engine_.error = InvalidArgument("too long (err-mimir-x), so much").WithReason("err-mimir-x");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(400 {"status":"error","errorType":"bad_data","error":"too long (err-mimir-x), so much"})");
  engine_.error = FailedPrecondition("many-to-many");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(422 {"status":"error","errorType":"execution","error":"many-to-many"})");
  engine_.error = DeadlineExceeded("late");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(503 {"status":"error","errorType":"timeout","error":"late"})");
  engine_.error = Cancelled("gone");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(499 {"status":"error","errorType":"canceled","error":"gone"})");
}

TEST_F(ApiTest, StatsAndExplainBecomeFlags) {
  Get(kQuery, "query=up&stats=all&explain=analyze");
  EXPECT_EQ(engine_.asked.flags, KVS_QUERY_STATS | KVS_QUERY_STATS_PER_STEP | KVS_QUERY_ANALYZE);
  EXPECT_THAT(Get(kQuery, "query=up&stats=1"), HasSubstr(R"("warnings":["value \"1\" for parameter \"stats\" is deprecated)"));
  EXPECT_THAT(Get(kQuery, "query=up&explain=x"), HasSubstr(R"(invalid parameter \"explain\")"));
}

TEST_F(ApiTest, WhatMayBeEstimatedIsAskedForAsInThanos) {
  const std::pair<std::string, int64_t> asked[] = {
      {"", 0}, {"&max_source_resolution=auto", KVS_RESOLUTION_AUTO}, {"&max_source_resolution=0s", KVS_RESOLUTION_SAMPLES},
      {"&max_source_resolution=5m", 300'000}, {"&max_source_resolution=1h", 3'600'000}};
  for (const auto& [parameter, expected] : asked) {
    Get(kQuery, "query=up" + parameter);
    EXPECT_EQ(engine_.asked.max_resolution_ms, expected) << parameter;
  }
  EXPECT_THAT(Get(kQuery, "query=up&max_source_resolution=x"), HasSubstr(R"(invalid parameter \"max_source_resolution\")"));
}

TEST_F(ApiTest, WhatTheEngineTellsOfAQueryStandsBesideTheResult) {
  engine_.stats_json = R"({"samples":{}})";
  engine_.explain_json = R"({"mode":"analyze"})";

  EXPECT_EQ(Get(kQuery, "query=up&stats=true&explain=analyze"),
            R"(200 {"status":"success","data":{"resultType":"scalar","result":[5,"42"],"stats":{"samples":{}},"explain":{"mode":"analyze"}}})");
}

TEST_F(ApiTest, OfManyNotesTenAreShown) {
  engine_.infos.assign(10, sdk::Str("i"));
  EXPECT_THAT(Get(kQuery, "query=up"), ::testing::Not(HasSubstr("omitted")));

  engine_.infos.assign(12, sdk::Str("i"));

  EXPECT_THAT(Get(kQuery, "query=up"), HasSubstr(R"("infos":["i","i","i","i","i","i","i","i","i","i","2 more info annotations omitted"])"));
}

TEST_F(ApiTest, TheEngineLearnsThatTheClientHasGone) {
  Get(kQuery, "query=up");
  EXPECT_FALSE(engine_.cancelled);

  cancel_.Cancel();
  Get(kQuery, "query=up");

  EXPECT_TRUE(engine_.cancelled);
}

TEST_F(ApiTest, AnEngineWithALongQueueIsNotABadQuery) {
  engine_.error = ResourceExhausted("too many outstanding requests").WithReason("too_many_requests");

  EXPECT_EQ(Get(kQuery, "query=up"), R"(429 {"status":"error","errorType":"too_many_requests","error":"too many outstanding requests"})");
  engine_.error = ResourceExhausted("not so often").WithReason("err-mimir-query-limited");
  EXPECT_EQ(Get(kQuery, "query=up"), R"(429 {"status":"error","errorType":"too_many_requests","error":"not so often"})");

  engine_.error = ResourceExhausted("query processing would load too many samples into memory in query execution");
  EXPECT_THAT(Get(kQuery, "query=up"), HasSubstr(R"(422 {"status":"error","errorType":"execution","error":"query processing)"));
}

TEST_F(ApiTest, LabelsAreCutAtTheLimitWithAWarning) {
  EXPECT_EQ(Get("/prometheus/api/v1/labels", ""), R"(200 {"status":"success","data":["a","b"]})");
  EXPECT_EQ(source_.asked.min_ms, http::kMinTimeMs);
  EXPECT_EQ(Get("/prometheus/api/v1/labels", "limit=1"),
            R"(200 {"status":"success","data":["a"],"warnings":["results truncated due to limit"]})");
}

TEST_F(ApiTest, LabelsAreReadNoFurtherBackThanTheTenantMay) {
  testkit::FakeLimiter limiter;
  limiter.numbers = {{"max_labels_query_length", 60'000}};
  api_.limits = limiter.ref();
  Get("/prometheus/api/v1/labels", "start=0&end=1000");
  EXPECT_EQ(source_.asked.min_ms, 940'000);
  EXPECT_EQ(source_.asked.max_ms, 1'000'000);
  Get("/prometheus/api/v1/label/{name}/values", "start=970&end=1000", "job");
  EXPECT_EQ(source_.asked.min_ms, 970'000);
}

TEST_F(ApiTest, LabelValuesDecodeEscapedNames) {
  EXPECT_EQ(Get("/prometheus/api/v1/label/{name}/values", "", "U__http_2e_status__code"), R"(200 {"status":"success","data":["a","b"]})");
  EXPECT_EQ(source_.name, "http.status_code");
  EXPECT_THAT(Get("/prometheus/api/v1/label/{name}/values", "", ""), HasSubstr("invalid label name"));
}

TEST_F(ApiTest, SeriesNeedsAMatcherThatSaysSomething) {
  EXPECT_THAT(Get("/prometheus/api/v1/series", ""), HasSubstr("no match[] parameter provided"));
  EXPECT_THAT(Get("/prometheus/api/v1/series", "match[]=%7Ba%3D%22%22%7D"),
              HasSubstr("match[] must contain at least one non-empty matcher"));
  EXPECT_EQ(Get("/prometheus/api/v1/series", "match[]=up"), R"(503 {"status":"error","errorType":"unavailable","error":"no series here"})");
}

TEST_F(ApiTest, MetadataGroupsByMetric) {
  EXPECT_EQ(Get("/prometheus/api/v1/metadata", "limit=-1"),
            R"(200 {"status":"success","data":{"m":[{"type":"counter","help":"h\u003c","unit":"s"},{"type":"gauge","help":"other","unit":""}]}})");
}

TEST_F(ApiTest, FormatQueryAndBuildInfoAnswerThemselves) {
  EXPECT_EQ(Get("/prometheus/api/v1/format_query", "query=sum(up)by(a)"), R"x(200 {"status":"success","data":"sum by (a) (up)"})x");
  EXPECT_THAT(Get("/api/v1/status/buildinfo", ""), HasSubstr(R"("application":"Grafana Mimir")"));
  EXPECT_EQ(Get("/prometheus/api/v1/query_exemplars", "query=1&start=0&end=1"), "204 ");
}

}  // namespace
}  // namespace kvs::api::prometheus

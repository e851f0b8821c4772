// SPDX-License-Identifier: Apache-2.0
// The whole component, with a clock that is turned by hand: rules stored over HTTP, evaluated
// against a scripted engine, written to a sink that remembers.
#include "ruler.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "test_fakes.h"

namespace kvs::ruler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RulerTest : public ::testing::Test {
 protected:
  RulerTest() : host_({.manual_clock = true}) { Make(); }
  ~RulerTest() override { End(); }

  static Config ConfigOf() {
    Config config;
    config.evaluation_interval.ms = 1'000;
    config.query_offset.ms = 0;
    config.for_grace_period.ms = 10'000;
    return config;
  }
  void Make(Config config = ConfigOf()) {
    ruler_ = std::make_unique<Ruler>(host_.host(), std::move(config));
    ruler_->store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
    ruler_->engine = sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(&engine_));
    ruler_->sink = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    ruler_->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    if (limited_) ruler_->limiter = limiter_.ref();
    ASSERT_TRUE(testkit::StartComponent(*ruler_).ok());
    Pass(100);
  }
  void End() {
    if (ruler_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*ruler_).ok());
    host_.WaitIdle();
    ruler_.reset();
  }
  void Restart(Config config = ConfigOf()) {
    End();
    Make(std::move(config));
  }
  void Pass(int64_t ms) {
    for (int64_t t = 0; t < ms; t += 100) {
      host_.Advance(100);
      host_.WaitIdle();
    }
  }

  // "202 body"
  std::string Ask(const std::string& route, const std::vector<std::string>& parts = {},
                  const std::string& body = "", const std::string& query = "",
                  const std::string& tenant = "t") {
    auto request = sdk::Record<kvs_http_request_t>();
    const kvs_pair_t override_header{sdk::Str("x-mimir-ruler-override-namespace-protection"),
                                     sdk::Str(override_)};
    request.headers = &override_header;
    request.n_headers = override_.empty() ? 0 : 1;
    std::vector<kvs_str_t> params;
    for (const std::string& part : parts) params.push_back(sdk::Str(part));
    request.params = params.data();
    request.n_params = params.size();
    request.body = sdk::Bytes(body);
    request.query = sdk::Str(query);
    const kvs_http_route_t& found = routes_.routes.at(route);
    sdk::Owned<kvs_http_reply_t> reply;
    EXPECT_TRUE(sdk::Await(sdk::Method<kvs_http_request_t, kvs_http_reply_t>{found.handle,
                                                                             found.handler_self},
                           sdk::OwnedCall(tenant), &request, reply.out())
                    .ok());
    protected_.clear();
    for (uint64_t i = 0; i < reply->n_headers; ++i) {
      if (sdk::View(reply->headers[i].name) == "x-mimir-ruler-protected-namespaces")
        protected_.push_back(sdk::Text(reply->headers[i].value));
    }
    std::string out = StrCat(reply->status, " ");
    for (uint64_t i = 0; i < reply->n_segments; ++i) out += sdk::TextOf(reply->segments[i]);
    return out;
  }
  std::string Post(const std::string& ns, const std::string& yaml,
                   const std::string& tenant = "t") {
    return Ask("POST /prometheus/config/v1/rules/{namespace}", {ns}, yaml, "", tenant);
  }
  std::string Rules(const std::string& query = "", const std::string& tenant = "t") {
    return Ask("GET /prometheus/api/v1/rules", {}, "", query, tenant);
  }
  std::string Alerts() { return Ask("GET /prometheus/api/v1/alerts"); }

  testkit::TestHost host_;
  testkit::FakeStore store_;
  FakeEngine engine_;
  FakeSink sink_;
  FakeRoutes routes_;
  testkit::FakeLimiter limiter_;
  bool limited_ = false;                // From the next start on.
  std::string override_;                // Sent with requests.
  std::vector<std::string> protected_;  // What the last answer said.
  std::unique_ptr<Ruler> ruler_;
};

constexpr char kRecording[] =
    "name: g\nrules:\n- record: job:up:sum\n  expr: sum by (job) (up)\n  labels: {env: prod}\n";
constexpr char kAlerting[] =
    "name: a\nrules:\n- alert: Down\n  expr: up == 0\n  for: 2s\n  labels: {severity: page}\n  "
    "annotations: {summary: '{{ $labels.job }} is {{ $value }}'}\n";

TEST_F(RulerTest, RecordsWhatItsQueriesGive) {
  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 3}, {{{"job", "b"}}, 4}});
  EXPECT_THAT(Post("ns", kRecording), HasSubstr("202 {\"status\":\"success\""));

  Pass(1'000);
  EXPECT_THAT(sink_.Take(), ::testing::ElementsAre("t job:up:sum{env=\"prod\", job=\"a\"} 3",
                                                   "t job:up:sum{env=\"prod\", job=\"b\"} 4"));

  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 5}});
  Pass(1'000);
  EXPECT_THAT(sink_.Take(), ::testing::ElementsAre("t job:up:sum{env=\"prod\", job=\"a\"} 5",
                                                   "t job:up:sum{env=\"prod\", job=\"b\"} stale"));
  EXPECT_THAT(
      Rules(),
      HasSubstr(
          R"x("name":"job:up:sum","query":"sum by (job) (up)","labels":{"env":"prod"},"health":"ok")x"));
  EXPECT_EQ(host_.metrics().Value("cortex_prometheus_rule_group_iterations_total",
                                  {{"user", "t"}, {"rule_group", "ns;g"}}),
            2);
}

TEST_F(RulerTest, RulesOfAWaveArePlannedTogether) {
  engine_.Set("sum(up)", {{{}, 1}});
  engine_.Set("avg(up)", {{{}, 2}});
  engine_.errors.emplace("max(up)", Unavailable("gone"));
  ASSERT_THAT(Post("ns",
                   "name: g\nrules:\n- record: a\n  expr: sum(up)\n"
                   "- record: b\n  expr: avg(up)\n- record: failed\n  expr: max(up)\n"
                   "- record: c\n  expr: a + b\n- alert: D\n  expr: up == 0\n"),
              HasSubstr("202"));

  Pass(1'000);

  // What reads the results of others is asked alone, when they are written.
  EXPECT_THAT(engine_.batches, ::testing::ElementsAre("sum(up), avg(up), max(up), up == 0"));
  ASSERT_EQ(engine_.asked.size(), 5u);
  EXPECT_THAT(engine_.asked[4], HasSubstr("t a + b @"));
  EXPECT_THAT(sink_.Take(), ::testing::IsSupersetOf({"t a 1", "t b 2"}));
  const std::string rules = Rules();
  EXPECT_THAT(rules, HasSubstr("\"lastError\":\"gone\""));
  EXPECT_THAT(rules, HasSubstr("\"evaluationTime\":0.001"));
  EXPECT_EQ(engine_.lowest_priority, sdk::kRulesPriority) << "they do not line up behind people";
}

TEST_F(RulerTest, IterationsKeepTheirDistanceAndLookBackByTheOffset) {
  ASSERT_THAT(Post("ns", "name: g\nquery_offset: 5s\nrules:\n- record: r\n  expr: x\n"),
              HasSubstr("202"));
  Pass(3'000);

  ASSERT_EQ(engine_.asked.size(), 3u);
  std::vector<int64_t> times;
  for (const std::string& line : engine_.asked)
    times.push_back(std::stoll(line.substr(line.find('@') + 1)));
  EXPECT_EQ(times[1] - times[0], 1'000);
  EXPECT_EQ(times[2] - times[1], 1'000);
  EXPECT_LE(times[2], host_.now_ms() - 5'000);
}

TEST_F(RulerTest, AnAlertIsPendingFiringAndResolved) {
  engine_.Set("up == 0", {{{{"__name__", "up"}, {"job", "db"}}, 0}});
  ASSERT_THAT(Post("ns", kAlerting), HasSubstr("202"));
  EXPECT_THAT(Rules(), HasSubstr("\"state\":\"unknown\",\"name\":\"Down\""));

  Pass(1'000);
  EXPECT_THAT(
      Alerts(),
      HasSubstr(
          R"({"labels":{"alertname":"Down","job":"db","severity":"page"},"annotations":{"summary":"db is 0"},"state":"pending")"));
  EXPECT_THAT(
      sink_.Take(),
      ::testing::Contains(
          "t ALERTS{alertname=\"Down\", alertstate=\"pending\", job=\"db\", severity=\"page\"} 1"));

  Pass(2'000);
  EXPECT_THAT(Alerts(), HasSubstr(R"("state":"firing")"));
  EXPECT_THAT(Alerts(), HasSubstr(R"("value":"0e+00")"));
  const std::vector<std::string> lines = sink_.Take();
  EXPECT_THAT(
      lines,
      ::testing::Contains(
          "t ALERTS{alertname=\"Down\", alertstate=\"firing\", job=\"db\", severity=\"page\"} 1"));
  EXPECT_THAT(lines, ::testing::Contains("t ALERTS{alertname=\"Down\", alertstate=\"pending\", "
                                         "job=\"db\", severity=\"page\"} stale"));

  engine_.Set("up == 0", {});
  Pass(1'000);
  EXPECT_EQ(Alerts(), R"(200 {"status":"success","data":{"alerts":[]}})");
  EXPECT_THAT(Rules(), HasSubstr(R"("state":"inactive","name":"Down")"));
}

TEST_F(RulerTest, AlertsSurviveAChangeOfTheirGroup) {
  engine_.Set("up == 0", {{{{"job", "db"}}, 0}});
  Post("ns", kAlerting);
  Pass(3'000);
  ASSERT_THAT(Alerts(), HasSubstr("firing"));

  Post("ns", StrCat(kAlerting, "- record: more\n  expr: more_of_it\n"));
  Pass(1'000);

  EXPECT_THAT(Alerts(), HasSubstr("firing"));
  EXPECT_THAT(Rules(), HasSubstr("more_of_it"));
}

TEST_F(RulerTest, AfterARestartForGoesOnWhereItWas) {
  const std::string rule = "name: a\nrules:\n- alert: Down\n  expr: up == 0\n  for: 1m\n";
  engine_.Set("up == 0", {{{{"job", "db"}}, 0}});
  ASSERT_THAT(Post("ns", rule), HasSubstr("202"));
  Pass(1'000);
  const int64_t since_s = host_.now_ms() / 1000 - 30;
  engine_.Set("ALERTS_FOR_STATE{alertname=\"Down\"}",
              {{{{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "Down"}, {"job", "db"}},
                static_cast<double>(since_s)}});
  engine_.Set(
      "timestamp(ALERTS_FOR_STATE{alertname=\"Down\"})",
      {{{{"alertname", "Down"}, {"job", "db"}}, static_cast<double>(host_.now_ms()) / 1000}});

  Restart();
  sink_.Take();
  Pass(1'000);
  EXPECT_TRUE(sink_.Take().empty()) << "nothing is written before the state is restored";
  Pass(29'000);
  EXPECT_THAT(Alerts(), HasSubstr("pending"));
  Pass(4'000);
  EXPECT_THAT(Alerts(), HasSubstr("firing"));
}

TEST_F(RulerTest, WhatIsStoredIsLoadedByTheNextProcess) {
  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 3}});
  Post("ns", kRecording);

  Restart();
  Pass(1'000);

  EXPECT_THAT(sink_.Take(), ::testing::Contains("t job:up:sum{env=\"prod\", job=\"a\"} 3"));
  EXPECT_EQ(host_.health(), KVS_HEALTH_READY);
}

TEST_F(RulerTest, TheConfigurationGoesInAndOutAsYaml) {
  EXPECT_EQ(Ask("GET /prometheus/config/v1/rules"), "404 no rule groups found\n");
  EXPECT_THAT(
      Post(
          "n/s",
          "groups:\n- name: one\n  rules:\n  - record: r\n    expr: x\n- name: two\n  rules: []\n"),
      HasSubstr("202"));
  EXPECT_EQ(Ask("GET /prometheus/config/v1/rules/{namespace}/{group}", {"n/s", "one"}),
            "200 name: one\nrules:\n    - record: r\n      expr: x\n");
  EXPECT_EQ(Ask("GET /prometheus/config/v1/rules"),
            "200 n/s:\n    - name: one\n      rules:\n        - record: r\n          expr: x\n    "
            "- name: two\n      rules: []\n");
  EXPECT_EQ(Ask("GET /prometheus/config/v1/rules", {}, "", "", "other"),
            "404 no rule groups found\n");
  EXPECT_EQ(Ask("GET /prometheus/config/v1/rules/{namespace}/{group}", {"n/s", "x"}),
            "404 group does not exist\n");
  EXPECT_THAT(Ask("DELETE /prometheus/config/v1/rules/{namespace}/{group}", {"n/s", "one"}),
              HasSubstr("202"));
  EXPECT_EQ(Ask("DELETE /prometheus/config/v1/rules/{namespace}/{group}", {"n/s", "one"}),
            "404 group does not exist\n");
  EXPECT_THAT(Ask("DELETE /prometheus/config/v1/rules/{namespace}", {"n/s"}), HasSubstr("202"));
  EXPECT_EQ(Ask("DELETE /prometheus/config/v1/rules/{namespace}", {"n/s"}),
            "404 group namespace does not exist\n");
}

TEST_F(RulerTest, BadRulesAreRefusedWithTheirPlace) {
  EXPECT_EQ(Post("ns", "name: g\nrules:\n- record: r\n  expr: sum(\n"),
            "400 4:9: group \"g\", rule 1, \"r\": could not parse expression: 1:5: parse error: "
            "unclosed left parenthesis\n");
  EXPECT_THAT(Post("ns", "x: 1\n"), HasSubstr("400 "));
  EXPECT_THAT(Post("ns", ""), HasSubstr("400 there is no rule group"));
  EXPECT_THAT(Post("ns", "name: g\nsource_tenants: [other]\nrules: []\n"),
              HasSubstr("source_tenants are not allowed"));
  EXPECT_THAT(Rules(), HasSubstr(R"("groups":[])"));
}

TEST_F(RulerTest, NumbersOfRulesAndGroupsAreLimited) {
  Config config = ConfigOf();
  config.max_rules_per_group = 1;
  config.max_groups_per_tenant = 1;
  Restart(config);

  EXPECT_THAT(Post("ns", "name: g\nrules:\n- {record: a, expr: x}\n- {record: b, expr: x}\n"),
              HasSubstr("400 per-user rules per rule group limit (limit: 1 actual: 2) exceeded"));
  EXPECT_THAT(Post("ns", kRecording), HasSubstr("202"));
  EXPECT_THAT(Post("ns", kRecording), HasSubstr("202"));
  EXPECT_THAT(Post("ns", kAlerting),
              HasSubstr("400 per-user rule groups limit (limit: 1 actual: 2) exceeded"));
}

TEST_F(RulerTest, LimitsOfATenantSayWhatIsTakenAndEvaluated) {
  limited_ = true;
  limiter_.numbers = {{"ruler_max_rules_per_rule_group", 1},
                      {"ruler_max_rule_groups_per_tenant", 2},
                      {"ruler_min_rule_evaluation_interval", 1'000},
                      {"ruler_evaluation_delay_duration", 5'000},
                      {"ruler_recording_rules_evaluation_enabled", 0}};
  Restart();

  EXPECT_THAT(Post("ns", "name: g\nrules:\n- {record: a, expr: x}\n- {record: b, expr: x}\n"),
              HasSubstr("400 per-user rules per rule group limit (limit: 1 actual: 2) exceeded"));
  EXPECT_THAT(Post("ns", "name: g\ninterval: 500ms\nrules:\n- {record: a, expr: x}\n"),
              HasSubstr("500ms is below ruler_min_rule_evaluation_interval, 1000ms"));
  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 3}});
  engine_.Set("up == 0", {{{{"job", "a"}}, 0}});
  EXPECT_THAT(Post("ns", kRecording), HasSubstr("202"));
  EXPECT_THAT(Post("ns", kAlerting), HasSubstr("202"));
  EXPECT_THAT(Post("ns", "name: third\nrules: []\n"),
              HasSubstr("400 per-user rule groups limit (limit: 2 actual: 3) exceeded"));

  Pass(1'000);
  ASSERT_EQ(engine_.asked.size(), 1u) << "rules that record are not evaluated";
  EXPECT_THAT(engine_.asked[0], HasSubstr("up == 0"));
  const std::string& asked = engine_.asked[0];
  EXPECT_LE(std::stoll(asked.substr(asked.find('@') + 1)), host_.now_ms() - 5'000);
  EXPECT_THAT(Rules(), HasSubstr("200"));

  limiter_.numbers["ruler_alerting_rules_evaluation_enabled"] = 0;
  EXPECT_THAT(Rules(), HasSubstr("422 {\"status\":\"error\",\"errorType\":\"execution\""));
  EXPECT_THAT(Alerts(), HasSubstr("422"));
}

TEST_F(RulerTest, RulesGiveAsManyResultsAsATenantMay) {
  limited_ = true;
  limiter_.numbers = {{"ruler_max_rule_evaluation_results", 2}};
  Restart();
  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 1}, {{{"job", "b"}}, 2}, {{{"job", "c"}}, 3}});
  ASSERT_THAT(Post("ns", kRecording), HasSubstr("202"));
  Pass(1'000);
  EXPECT_THAT(Rules(), HasSubstr("exceeded limit of 2 with 3 series"));
  limiter_.numbers["ruler_max_rule_evaluation_results"] = 3;
  Pass(1'000);
  EXPECT_THAT(Rules(), HasSubstr(R"("health":"ok")"));
}

TEST_F(RulerTest, ProtectedNamespacesAreNotChangedByAccident) {
  ASSERT_THAT(Post("mine", kRecording), HasSubstr("202"));
  ASSERT_THAT(Post("kept", kRecording), HasSubstr("202"));
  limited_ = true;
  limiter_.texts = {{"ruler_protected_namespaces", "other,kept"}};
  Restart();

  constexpr const char* kRefused = "403 namespace is protected, no modification allowed\n";
  const std::string path = "/prometheus/config/v1/rules";
  EXPECT_EQ(Post("kept", kAlerting), kRefused);
  EXPECT_EQ(Ask("DELETE " + path + "/{namespace}", {"kept"}), kRefused);
  EXPECT_EQ(Ask("DELETE " + path + "/{namespace}/{group}", {"kept", "g"}), kRefused);
  EXPECT_THAT(Ask("GET " + path), HasSubstr("kept:"));
  EXPECT_THAT(protected_, ElementsAre("kept"));
  Ask("GET " + path + "/{namespace}/{group}", {"mine", "g"});
  EXPECT_THAT(protected_, IsEmpty());
  EXPECT_THAT(Post("mine", kAlerting), HasSubstr("202"));

  override_ = "mine,other";
  EXPECT_EQ(Post("kept", kAlerting), kRefused);
  override_ = "mine,kept";
  EXPECT_THAT(Post("kept", kAlerting), HasSubstr("202"));
  EXPECT_THAT(Ask("DELETE " + path + "/{namespace}", {"kept"}), HasSubstr("202"));
}

TEST_F(RulerTest, IterationsThatASlowOneKeepsFromHappeningAreCountedAsMissed) {
  std::promise<void> began, gate;
  std::atomic<int> asked{0};
  engine_.before = [&, opened = gate.get_future().share()] {
    if (asked++ == 0) began.set_value();
    opened.wait();
  };
  ASSERT_THAT(Post("ns", kRecording), HasSubstr("202"));

  std::future<void> running = began.get_future();
  while (running.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready)
    host_.Advance(100);
  host_.Advance(3'000);  // The query takes so long.
  gate.set_value();
  host_.WaitIdle();
  Pass(100);

  const auto of_group = [this](const char* name) {
    return host_.metrics().Value(name, {{"user", "t"}, {"rule_group", "ns;g"}});
  };
  const double missed = of_group("cortex_prometheus_rule_group_iterations_missed_total");
  EXPECT_GE(missed, 2);
  EXPECT_EQ(of_group("cortex_prometheus_rule_group_iterations_total"), missed + asked);
}

TEST_F(RulerTest, FederatedGroupsReadTheirSources) {
  Config config = ConfigOf();
  config.tenant_federation = true;
  Restart(config);
  engine_.Set("x", {{{}, 1}});
  ASSERT_THAT(Post("ns", "name: g\nsource_tenants: [b, a]\nrules:\n- {record: r, expr: x}\n"),
              HasSubstr("202"));

  Pass(1'000);

  ASSERT_FALSE(engine_.asked.empty());
  EXPECT_THAT(engine_.asked[0], HasSubstr("a|b x @"));
  EXPECT_THAT(sink_.Take(), ::testing::ElementsAre("t r 1"));
}

TEST_F(RulerTest, RulesAreFilteredAndPaged) {
  Post("ns", kRecording);
  Post("ns", kAlerting);
  Post("other", "name: z\nrules:\n- {record: zr, expr: x}\n");

  EXPECT_THAT(Rules("type=alert"),
              ::testing::AllOf(HasSubstr("Down"), Not(HasSubstr("job:up:sum"))));
  EXPECT_THAT(Rules("type=x"),
              HasSubstr("400 {\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"invalid "
                        "parameter \\\"type\\\": not supported value \\\"x\\\"\""));
  EXPECT_THAT(Rules("rule_name[]=zr"),
              ::testing::AllOf(HasSubstr("\"zr\""), Not(HasSubstr("Down"))));
  EXPECT_THAT(Rules("file[]=other&rule_group[]=z"),
              ::testing::AllOf(HasSubstr("\"zr\""), Not(HasSubstr("Down"))));
  EXPECT_THAT(Rules("match[]={severity=\"page\"}"),
              ::testing::AllOf(HasSubstr("Down"), Not(HasSubstr("zr"))));
  EXPECT_THAT(Rules("exclude_alerts=true"), HasSubstr("\"alerts\":null"));
  EXPECT_THAT(Rules("group_next_token=x"),
              HasSubstr("group_limit needs to be present in order to paginate over the groups"));
  EXPECT_THAT(Rules("group_limit=1&group_next_token=x"),
              HasSubstr("invalid group_next_token 'x'. were rule groups changed?"));

  const std::string first = Rules("group_limit=2");
  EXPECT_THAT(first, Not(HasSubstr("\"zr\"")));
  const size_t at = first.find("\"groupNextToken\":\"");
  ASSERT_NE(at, std::string::npos);
  EXPECT_THAT(Rules("group_limit=2&group_next_token=" + first.substr(at + 18, 64)),
              ::testing::AllOf(HasSubstr("\"zr\""), Not(HasSubstr("Down"))));
  EXPECT_THAT(Rules("", "other"), HasSubstr("\"groups\":[]"));
}

TEST_F(RulerTest, FailuresAreTold) {
  engine_.errors["bad"] = FailedPrecondition("many-to-many matching not allowed");
  engine_.errors["down"] = Unavailable("no querier");
  engine_.Set("fine", {{{}, 1}});
  Post("ns",
       "name: g\nrules:\n- {record: a, expr: bad}\n- {record: b, expr: down}\n- {record: c, expr: "
       "fine}\n");

  Pass(1'000);

  EXPECT_THAT(Rules(),
              HasSubstr(R"("health":"err","lastError":"many-to-many matching not allowed")"));
  EXPECT_THAT(sink_.Take(), ::testing::ElementsAre("t c 1"));
  EXPECT_EQ(host_.metrics().Value("cortex_prometheus_rule_evaluation_failures_total",
                                  {{"reason", "user"}}),
            1);
  EXPECT_EQ(host_.metrics().Value("cortex_prometheus_rule_evaluation_failures_total",
                                  {{"reason", "operator"}}),
            1);

  sink_.error = ResourceExhausted("ingestion rate limit");
  Pass(1'000);
  EXPECT_THAT(Rules(), HasSubstr("ingestion rate limit"));
}

TEST_F(RulerTest, SeriesOfADeletedGroupEnd) {
  engine_.Set("sum by (job) (up)", {{{{"job", "a"}}, 3}});
  Post("ns", kRecording);
  Pass(1'000);
  sink_.Take();

  Ask("DELETE /prometheus/config/v1/rules/{namespace}/{group}", {"ns", "g"});
  Pass(4'000);

  EXPECT_THAT(sink_.Take(), ::testing::ElementsAre("t job:up:sum{env=\"prod\", job=\"a\"} stale"));
}

}  // namespace
}  // namespace kvs::ruler

// SPDX-License-Identifier: Apache-2.0
// The whole component, with a clock that is turned by hand: configurations and alerts over HTTP, a
// notifier that remembers what it was told, lives that end without warning.
#include "alertmanager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "test_notifier.h"

namespace kvs::alertmanager {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class AlertmanagerTest : public ::testing::Test {
 protected:
  ~AlertmanagerTest() override {
    if (am_ != nullptr) Stop();
  }
  void Start(Config config = {}) {
    am_ = std::make_unique<Alertmanager>(host_.host(), std::move(config));
    am_->store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
    am_->kv = kv_.ref();
    am_->http = routes_.ref();
    am_->notifiers = {sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&notifier_))};
    ASSERT_TRUE(testkit::StartComponent(*am_).ok());
    Pass(1'000);
  }
  void Stop() {
    ASSERT_TRUE(testkit::StopComponent(*am_).ok());
    host_.WaitIdle();
    am_.reset();
  }
  // What is in memory is lost; what was written is not.
  void CrashAndStart() {
    Stop();
    Start();
  }
  void Pass(int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 100) {
      host_.Advance(100);
      host_.WaitIdle();
    }
  }
  testkit::FakeRoutes::Reply Ask(const std::string& method, const std::string& path,
                                 testkit::FakeRoutes::Request request = {}) {
    if (request.tenant.empty()) request.tenant = "team";
    return routes_.Ask(method, path, request);
  }
  void Configure(std::string yaml = kConfig) {
    const auto reply = Ask("POST", "/api/v1/alerts", {.body = std::move(yaml)});
    ASSERT_EQ(reply.status, 201) << reply.body;
  }
  int Post(const std::string& labels, const std::string& rest = "") {
    return Ask("POST", "/alertmanager/api/v2/alerts",
               {.body = StrCat(R"([{"labels":{)", labels, "}", rest, "}]")})
        .status;
  }
  std::string Time(int64_t after_ms) { return TimeText(host_.now_ms() + after_ms); }
  static std::string TimeText(int64_t ms);

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeRoutes routes_;
  testkit::FakeStore store_;
  testkit::FakeKv kv_;
  FakeNotifier notifier_;
  std::unique_ptr<Alertmanager> am_;
};

std::string AlertmanagerTest::TimeText(int64_t ms) {
  char buffer[40];
  const time_t seconds = ms / 1000;
  tm parts{};
  gmtime_r(&seconds, &parts);
  const size_t n = strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &parts);
  return StrCat(std::string_view(buffer, n), ".", ms % 1000 / 100, ms % 100 / 10, ms % 10, "Z");
}

TEST_F(AlertmanagerTest, LabelsOfRoutesAreRenderedForTheirGroups) {
  Start();
  Configure(R"(
route:
  receiver: hook
  group_by: [g]
  group_wait: 10s
  labels: {of: 'all', reason: 'g {{ .GroupLabels.g }}', text: '{{ routeLabels "reason" }}, {{ len .Alerts.Firing }} firing'}
  routes:
    - matchers: [s="1"]
      labels: {reason: '{{ .Receiver }}', broken: '{{ tz "No/Where" now }}'}
receivers: [{name: hook, webhook_configs: [{url: 'http://x'}]}]
)");
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  ASSERT_EQ(Post(R"("g":"2","n":"y","s":"1")"), 200);
  const std::string groups = Ask("GET", "/alertmanager/api/v2/alerts/groups").body;
  EXPECT_THAT(groups, HasSubstr(R"("labels":{"g":"1"},"receiver":{"name":"hook"},"routeLabels":{)"
                                R"("of":"all","reason":"g 1","text":"g 1, 1 firing"}})"));
  EXPECT_THAT(groups,
              HasSubstr(R"("routeLabels":{"of":"all","reason":"hook","text":"hook, 1 firing"}})"));
  Pass(10'200);
  EXPECT_THAT(
      notifier_.Take(),
      testing::UnorderedElementsAre(
          "team hook {}:{g=\"1\"} (first notification): x+ of=all reason=g 1 text=g 1, 1 firing",
          "team hook {}/{s=\"1\"}:{g=\"2\"} (first notification): y+ of=all reason=hook "
          "text=hook, 1 firing"));
}

TEST_F(AlertmanagerTest, GroupsOfRoutesWithoutLabelsHaveNone) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  EXPECT_THAT(Ask("GET", "/alertmanager/api/v2/alerts/groups").body,
              HasSubstr(R"("receiver":{"name":"hook"},"routeLabels":{}})"));
}

TEST_F(AlertmanagerTest, TellsOfAlertsWhenTheyFireEndAndRepeat) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(9'900);
  EXPECT_THAT(notifier_.Take(), IsEmpty());
  Pass(300);
  EXPECT_THAT(notifier_.Take(), ElementsAre("team hook {}:{g=\"1\"} (first notification): x+"));
  ASSERT_EQ(Post(R"("g":"1","n":"y")"), 200);
  Pass(30'000);
  EXPECT_THAT(notifier_.Take(),
              ElementsAre("team hook {}:{g=\"1\"} (new alerts added): x+ y+ memory=m1"));
  ASSERT_EQ(Post(R"("g":"1","n":"x")", StrCat(R"(,"endsAt":")", Time(0), "\"")), 200);
  Pass(30'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(some alerts resolved): x- y+")));
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(Post(R"("g":"1","n":"y")"), 200);
    Pass(30'000);
  }
  EXPECT_THAT(notifier_.Take(), IsEmpty());
  ASSERT_EQ(Post(R"("g":"1","n":"y")"), 200);
  Pass(30'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(repeat interval elapsed): y+")));
  Pass(6 * 60'000);  // Nobody tells it again: it ends.
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(all alerts resolved): y-")));
  EXPECT_EQ(host_.metrics().Value("cortex_alertmanager_notifications_total",
                                  {{"user", "team"}, {"integration", "webhook"}}),
            5);
}

TEST_F(AlertmanagerTest, AfterACrashNothingIsToldTwiceAndNothingIsLost) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"told")"), 200);
  Pass(11'000);
  ASSERT_EQ(notifier_.Take().size(), 1u);
  ASSERT_EQ(Post(R"("g":"2","n":"waiting")"), 200);
  CrashAndStart();
  EXPECT_THAT(notifier_.Take(), IsEmpty());
  Pass(11'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(first notification): waiting+")));
  // An end that is told while nobody listens comes with the guess of the last life.
  Pass(6 * 60'000);
  EXPECT_THAT(notifier_.Take(),
              ::testing::UnorderedElementsAre(HasSubstr("(all alerts resolved): told-"),
                                              HasSubstr("(all alerts resolved): waiting-")));
  CrashAndStart();
  Pass(60'000);
  EXPECT_THAT(notifier_.Take(), IsEmpty());
}

TEST_F(AlertmanagerTest, FailuresAreTriedAgainUntilTheNextFlush) {
  Start();
  Configure();
  notifier_.FailWith(Unavailable("busy").Retryable());
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(20'000);
  EXPECT_GT(notifier_.attempts, 2);
  notifier_.FailWith(OkStatus());
  Pass(20'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(first notification): x+")));

  // What is hopeless is told anew with the next flush alone.
  notifier_.FailWith(PermissionDenied("wrong key"));
  ASSERT_EQ(Post(R"("g":"2","n":"y")"), 200);
  notifier_.attempts = 0;
  Pass(15'000);
  EXPECT_EQ(notifier_.attempts, 1);
  notifier_.FailWith(OkStatus());
  Pass(30'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("(first notification): y+")));
  EXPECT_EQ(host_.metrics().Value(
                "cortex_alertmanager_notifications_failed_total",
                {{"user", "team"}, {"integration", "webhook"}, {"reason", "clientError"}}),
            1);
}

TEST_F(AlertmanagerTest, SilencedAndInhibitedAlertsAreNotTold) {
  Start();
  Configure();
  const auto reply =
      Ask("POST", "/alertmanager/api/v2/silences",
          {.body = StrCat(R"({"matchers":[{"name":"n","value":"x|q","isRegex":true}],)",
                          R"("startsAt":")", Time(0), R"(","endsAt":")", Time(60'000),
                          R"(","createdBy":"me","comment":"c"})")});
  ASSERT_EQ(reply.status, 200) << reply.body;
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  ASSERT_EQ(Post(R"("g":"2","n":"source","s":"1")"), 200);
  ASSERT_EQ(Post(R"("g":"2","n":"target","t":"1")"), 200);
  Pass(11'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("{g=\"2\"} (first notification): source+")));
  const std::string alerts = Ask("GET", "/alertmanager/api/v2/alerts").body;
  EXPECT_THAT(alerts, HasSubstr(R"("silencedBy":[")"));
  EXPECT_THAT(
      alerts,
      HasSubstr(StrCat(R"("inhibitedBy":[")",
                       FingerprintText(Fingerprint({{"g", "2"}, {"n", "source"}, {"s", "1"}})))));
  EXPECT_THAT(
      Ask("GET", "/alertmanager/api/v2/alerts", {.query = "silenced=false&inhibited=false"}).body,
      Not(HasSubstr("\"x\"")));
  CrashAndStart();
  Pass(30'000);
  EXPECT_THAT(notifier_.Take(), IsEmpty());
  const auto silences = [this](const std::string& query) {
    return Ask("GET", "/alertmanager/api/v2/silences", {.query = query}).body;
  };
  EXPECT_THAT(silences("expired=false&pending=false"), HasSubstr(R"("state":"active")"));
  EXPECT_EQ(silences("active=false"), "[]\n");
  Pass(60'000);  // The silence is over.
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("{g=\"1\"} (first notification): x+")));
  EXPECT_THAT(silences(""), HasSubstr(R"("state":"expired")"));
  EXPECT_EQ(silences("expired=false"), "[]\n");
}

TEST_F(AlertmanagerTest, ANewConfigurationSortsAnewAndRepeatsNothing) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(11'000);
  ASSERT_EQ(notifier_.Take().size(), 1u);
  Configure(StrCat(kConfig, "templates: []\n"));
  Pass(31'000);
  EXPECT_THAT(notifier_.Take(), IsEmpty());
  Configure(R"(
route: {receiver: hook, group_by: [n], group_wait: 0s}
receivers: [{name: hook, webhook_configs: [{url: 'http://x'}]}])");
  Pass(1'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("{}:{n=\"x\"} (first notification): x+")));
}

TEST_F(AlertmanagerTest, OutsideOfItsTimesARouteIsMute) {
  Start();
  Configure(R"(
route:
  receiver: hook
  group_wait: 0s
  routes: [{matchers: ['g="1"'], mute_time_intervals: [always]}, {matchers: ['g="2"'], active_time_intervals: [never]},
           {matchers: ['g="3"'], active_time_intervals: [always], mute_time_intervals: [never]}]
receivers: [{name: hook, webhook_configs: [{url: 'http://x'}]}]
time_intervals:
- {name: always, time_intervals: [{years: ['2000:2100']}]}
- {name: never, time_intervals: [{years: ['1999']}]}
)");
  for (const char* g : {"1", "2", "3"}) ASSERT_EQ(Post(StrCat(R"("g":")", g, R"(","n":"x")")), 200);
  Pass(1'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("{}/{g=\"3\"}")));
  const std::string groups = Ask("GET", "/alertmanager/api/v2/alerts/groups").body;
  EXPECT_THAT(groups, HasSubstr(R"("mutedBy":["always"])"));
  EXPECT_THAT(groups, HasSubstr(R"("mutedBy":["never"])"));
  EXPECT_THAT(Ask("GET", "/alertmanager/api/v2/alerts/groups", {.query = "muted=false"}).body,
              Not(HasSubstr("never")));
}

TEST_F(AlertmanagerTest, TenantsAreKeptApart) {
  Start();
  Configure();
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/alerts", {.tenant = "other"}).status, 404);
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/alerts", {.tenant = "other"}).body,
            "the Alertmanager is not configured\n");
  ASSERT_EQ(Ask("POST", "/api/v1/alerts", {.tenant = "other", .body = kConfig}).status, 201);
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/alerts", {.tenant = "other"}).body, "[]\n");
  Pass(11'000);
  EXPECT_THAT(notifier_.Take(), ElementsAre(HasSubstr("team hook")));
}

TEST_F(AlertmanagerTest, TheFallbackServesWhoHasNoConfiguration) {
  const testkit::TempDir dir;
  testkit::WriteFile(dir.path() + "/am.yml", kConfig);
  Config config;
  config.fallback_config_file = dir.path() + "/am.yml";
  Start(config);
  EXPECT_EQ(Ask("GET", "/api/v1/alerts").status, 404);
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(11'000);
  EXPECT_EQ(notifier_.Take().size(), 1u);
}

TEST_F(AlertmanagerTest, ConfigurationsComeInBothShapesAndAreGivenBack) {
  Start();
  const auto wrapped = Ask("POST", "/api/v1/alerts", {.body = R"(
template_files:
  mine.tmpl: |
    {{ define "x" }}y{{ end }}
alertmanager_config: |
  route: {receiver: r}
  receivers: [{name: r}]
  templates: [mine.tmpl]
)"});
  ASSERT_EQ(wrapped.status, 201) << wrapped.body;
  const auto got = Ask("GET", "/api/v1/alerts");
  EXPECT_EQ(got.status, 200);
  EXPECT_THAT(got.body, HasSubstr("mine.tmpl: |"));
  // What is given back can be sent again.
  EXPECT_EQ(Ask("POST", "/api/v1/alerts", {.body = got.body}).status, 201);
  EXPECT_EQ(Ask("GET", "/api/v1/alerts").body, got.body);
  EXPECT_EQ(Ask("DELETE", "/api/v1/alerts").status, 200);
  EXPECT_EQ(Ask("GET", "/api/v1/alerts").status, 404);
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/status").status, 404);
}

TEST_F(AlertmanagerTest, BadConfigurationsAreRefusedAndTheOneBeforeStays) {
  Start();
  Configure();
  const auto refused = [&](const std::string& body) {
    const auto reply = Ask("POST", "/api/v1/alerts", {.body = body});
    EXPECT_EQ(reply.status, 400) << body;
    return reply.body;
  };
  EXPECT_EQ(refused("route: {receiver: x}"),
            "error validating Alertmanager config: undefined receiver \"x\" used in route\n");
  EXPECT_THAT(refused("alertmanager_config: ''"), HasSubstr("configuration provided is empty"));
  EXPECT_THAT(refused(": ["), HasSubstr("line 1"));
  EXPECT_THAT(
      refused(
          "route: {receiver: r}\nreceivers: [{name: r, pagerduty_configs: [{routing_key: k}]}]"),
      HasSubstr("receiver \"r\": pagerduty_configs is not served here; there is webhook"));
  EXPECT_THAT(refused("route: {receiver: r}\nreceivers: [{name: r, webhook_configs: [{url: "
                      "'http://refused.example'}]}]"),
              HasSubstr("receiver \"r\", webhook_configs[0]: url: that host is refused"));
  EXPECT_THAT(refused("route: {receiver: r}\nreceivers: [{name: r}]\ntemplates: ['../x']"),
              HasSubstr("the template name cannot contain any path"));
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/receivers").body, "[{\"name\":\"hook\"}]\n");
}

TEST_F(AlertmanagerTest, BadRequestsAreAnsweredInAlertmanagersShapes) {
  Start();
  Configure();
  const auto post = [&](const std::string& path, const std::string& body) {
    const auto reply = Ask("POST", "/alertmanager/api/v2" + path, {.body = body});
    return StrCat(reply.status, " ", reply.body);
  };
  EXPECT_EQ(post("/alerts", R"([{"labels":{"":"x"}}])"),
            "400 \"invalid label set: invalid name \\\"\\\"\"\n");
  EXPECT_EQ(post("/alerts", R"([{"annotations":{}}])"),
            R"(422 {"code":602,"message":"0.labels in body is required"})");
  EXPECT_THAT(post("/alerts", "{"), HasSubstr(R"(400 {"code":400,"message":"the body is no JSON)"));
  EXPECT_THAT(post("/alerts", R"([{"labels":{"a":"b"},"endsAt":"soon"}])"),
              HasSubstr("is no time of RFC 3339"));
  EXPECT_EQ(post("/silences", "{}"), R"(422 {"code":602,"message":"comment in body is required"})");
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/silence/{id}", {.params = {"x"}}).status, 422);
  EXPECT_EQ(Ask("DELETE", "/alertmanager/api/v2/silence/{id}",
                {.params = {"6a9fdb72-3c75-4f1e-8a0e-000000000000"}})
                .status,
            404);
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/alerts", {.query = "filter=a"}).status, 400);
  EXPECT_EQ(Ask("GET", "/alertmanager/api/v2/alerts", {.query = "receiver=("}).status, 400);
}

TEST_F(AlertmanagerTest, WhatCannotBeMadeDurableIsAnError) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  kv_.FailWith(Unavailable("the disk is full"));
  EXPECT_EQ(Post(R"("g":"1","n":"y")"), 503);
  EXPECT_EQ(Post(R"("g":"1","n":"y")"), 503);
  kv_.FailWith(OkStatus());
  const uint64_t before = kv_.revision();
  EXPECT_EQ(Post(R"("g":"1","n":"y")"), 200);
  EXPECT_GT(kv_.revision(), before);
}

TEST_F(AlertmanagerTest, ASnapshotIsWrittenAndReadWhereTheKvStoreIsEmpty) {
  Start();
  Configure();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(11'000);
  ASSERT_EQ(notifier_.Take().size(), 1u);
  Stop();
  kv_.Wipe();
  Start();
  ASSERT_EQ(Post(R"("g":"1","n":"x")"), 200);
  Pass(11'000);
  EXPECT_THAT(notifier_.Take(), IsEmpty());
}

}  // namespace
}  // namespace kvs::alertmanager

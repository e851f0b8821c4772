// SPDX-License-Identifier: Apache-2.0
// Two rulers over one store, which share the groups by a ring and ask each other over HTTP.
#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/test_host.h"

#include "ruler.h"
#include "test_fakes.h"

namespace kvs::ruler {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kGroups = 12;

// Of a request's path: its route, and the parts that it names.
std::string RouteOf(const std::string& method, const std::string& path,
                    std::vector<std::string>* parts) {
  const std::string base = "/prometheus/config/v1/rules/";
  if (!path.starts_with(base)) return StrCat(method, " ", path);
  parts->push_back(path.substr(base.size()));
  return StrCat(method, " ", base, "{namespace}");
}

class RulersTest : public ::testing::Test {
 protected:
  struct One {
    explicit One(RulersTest* test)
        : host({.manual_clock = true}),
          stub([this](const testkit::HttpStub::Request& request) {
            if (is_cut) return testkit::HttpStub::Answer{.hang_up = true};
            const auto [status, body] = Ask(request.method, request.path(), request.query(),
                                            request.body, request.header("x-scope-orgid"));
            return testkit::HttpStub::Answer{.code = status, .body = body};
          }),
          engine(&test->engine_),
          store(&test->store_) {}

    void Start(const std::string& id) {
      ring.self = id;
      ring.replication_factor = 1;
      Config config;
      config.evaluation_interval.ms = 1'000;
      config.query_offset.ms = 0;
      config.for_grace_period.ms = 2'000;
      config.peers_timeout.ms = 5'000;
      ruler = std::make_unique<Ruler>(host.host(), config);
      ruler->store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(store));
      ruler->engine = sdk::EngineRef(sdk::IfaceOf<sdk::QueryEngine>(engine));
      ruler->sink = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink));
      ruler->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes));
      ruler->ring = ring.ref();
      ASSERT_TRUE(testkit::StartComponent(*ruler).ok());
    }
    void Stop() {
      if (ruler == nullptr) return;
      EXPECT_TRUE(testkit::StopComponent(*ruler).ok());
      host.WaitIdle();
      ruler.reset();
    }
    std::pair<int, std::string> Ask(const std::string& method, const std::string& path,
                                    const std::string& query = "", const std::string& body = "",
                                    const std::string& tenant = "t") {
      std::vector<std::string> parts;
      const auto found = routes.routes.find(RouteOf(method, path, &parts));
      if (found == routes.routes.end()) return {404, ""};
      auto request = sdk::Record<kvs_http_request_t>();
      std::vector<kvs_str_t> params;
      for (const std::string& part : parts) params.push_back(sdk::Str(part));
      request.params = params.data();
      request.n_params = params.size();
      request.body = sdk::Bytes(std::string_view(body));
      request.query = sdk::Str(query);
      sdk::Owned<kvs_http_reply_t> reply;
      const Status status =
          sdk::Await(sdk::Method<kvs_http_request_t, kvs_http_reply_t>{found->second.handle,
                                                                       found->second.handler_self},
                     sdk::OwnedCall(tenant), &request, reply.out());
      if (!status.ok()) return {500, status.ToString()};
      std::string out;
      for (uint64_t i = 0; i < reply->n_segments; ++i) out += sdk::TextOf(reply->segments[i]);
      return {reply->status, out};
    }

    testkit::TestHost host;
    FakeRoutes routes;
    testkit::HttpStub stub;
    testkit::FakeRing ring;
    FakeSink sink;
    FakeEngine* const engine;
    testkit::FakeStore* const store;
    std::unique_ptr<Ruler> ruler;
    std::atomic<bool> is_cut{false};
  };

  void SetUp() override {
    for (One* one : {&a_, &b_}) {
      one->ring.Add("a", a_.stub.address());
      one->ring.Add("b", b_.stub.address());
    }
    a_.Start("a");
    b_.Start("b");
    Pass(200);
  }
  void TearDown() override {
    a_.Stop();
    b_.Stop();
  }
  void Pass(int64_t ms, bool with_b = true) {
    for (int64_t t = 0; t < ms; t += 100) {
      a_.host.Advance(100);
      if (with_b) b_.host.Advance(100);
      a_.host.WaitIdle();
      if (with_b) b_.host.WaitIdle();
    }
  }
  void StoreGroups() {
    for (int i = 0; i < kGroups; ++i) {
      const auto [status, body] =
          a_.Ask("POST", "/prometheus/config/v1/rules/ns", "",
                 StrCat("name: g", i, "\nrules:\n- record: r", i, "\n  expr: q", i, "\n"));
      ASSERT_EQ(status, 202) << body;
    }
  }
  static std::set<std::string> GroupsIn(const std::string& body) {
    std::set<std::string> out;
    for (int i = 0; i < kGroups; ++i) {
      if (body.find(StrCat("\"name\":\"g", i, "\",\"file\"")) != std::string::npos)
        out.insert(StrCat("g", i));
    }
    return out;
  }
  // Every iteration that was asked for, and how often.
  std::map<std::string, int> TakeAsked() {
    std::map<std::string, int> out;
    for (const std::string& line : engine_.TakeAsked()) ++out[line];
    return out;
  }

  FakeEngine engine_;
  testkit::FakeStore store_;
  One a_{this}, b_{this};
};

TEST_F(RulersTest, EachGroupIsEvaluatedByOneAndAChangeReachesTheOther) {
  StoreGroups();
  TakeAsked();
  Pass(5'000);

  std::set<std::string> queries;
  for (const auto& [line, times] : TakeAsked()) {
    EXPECT_EQ(times, 1) << line;
    queries.insert(line.substr(0, line.find(" @")));
  }
  EXPECT_EQ(queries.size(), size_t{kGroups}) << "without waiting for the next poll";
  const std::set<std::string> of_a =
      GroupsIn(a_.Ask("GET", "/prometheus/api/v1/rules", "local=true").second);
  const std::set<std::string> of_b =
      GroupsIn(b_.Ask("GET", "/prometheus/api/v1/rules", "local=true").second);
  EXPECT_EQ(of_a.size() + of_b.size(), size_t{kGroups});
  EXPECT_FALSE(of_a.empty());
  EXPECT_FALSE(of_b.empty());
}

TEST_F(RulersTest, WhoeverIsAskedAnswersForAll) {
  StoreGroups();
  Pass(2'000);

  const auto [status, of_a] = a_.Ask("GET", "/prometheus/api/v1/rules");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(GroupsIn(of_a).size(), size_t{kGroups});
  EXPECT_THAT(of_a, Not(HasSubstr("warnings")));
  EXPECT_EQ(of_a, b_.Ask("GET", "/prometheus/api/v1/rules").second) << "to the byte";
  const std::string page = b_.Ask("GET", "/prometheus/api/v1/rules", "group_limit=5").second;
  EXPECT_EQ(GroupsIn(page).size(), 5u);
  EXPECT_THAT(page, HasSubstr("groupNextToken"));
  EXPECT_EQ(GroupsIn(a_.Ask("GET", "/prometheus/api/v1/rules", "rule_group[]=g3").second),
            std::set<std::string>{"g3"});
}

TEST_F(RulersTest, WhatAnotherDoesNotTellIsAWarning) {
  StoreGroups();
  Pass(2'000);
  b_.is_cut = true;

  const auto [status, body] = a_.Ask("GET", "/prometheus/api/v1/rules");

  EXPECT_EQ(status, 200);
  EXPECT_LT(GroupsIn(body).size(), size_t{kGroups});
  EXPECT_THAT(body, HasSubstr("groups that the ruler b evaluates are missing"));
}

TEST_F(RulersTest, ADeadOnesGroupsAreTakenOverAndItsAlertsGoOn) {
  const int64_t fires_s = 1'700'000'000 - 3'600;
  engine_.Set("bad", {{{{"job", "x"}}, 1}});
  for (int i = 0; i < kGroups; ++i) {
    const auto [status, body] =
        a_.Ask("POST", "/prometheus/config/v1/rules/ns", "",
               StrCat("name: g", i, "\nrules:\n- alert: Bad", i, "\n  expr: bad\n  for: 10m\n"));
    ASSERT_EQ(status, 202) << body;
    // What the dead one wrote before.
    const std::string selector = StrCat("ALERTS_FOR_STATE{alertname=\"Bad", i, "\"}");
    const std::vector<std::pair<std::string, std::string>> labels = {
        {"alertname", StrCat("Bad", i)}, {"job", "x"}};
    std::vector<std::pair<std::string, std::string>> with_name = labels;
    with_name.insert(with_name.begin(), {"__name__", "ALERTS_FOR_STATE"});
    engine_.Set(selector, {{with_name, static_cast<double>(fires_s)}});
    engine_.Set(StrCat("timestamp(", selector, ")"), {{labels, 1'700'000'000}});
  }
  Pass(2'000);
  const size_t before =
      GroupsIn(a_.Ask("GET", "/prometheus/api/v1/rules", "local=true").second).size();
  ASSERT_LT(before, size_t{kGroups});
  b_.is_cut = true;

  a_.ring.SetHealthy("b", false);
  Pass(4'000, false);

  const std::string body = a_.Ask("GET", "/prometheus/api/v1/rules").second;
  EXPECT_EQ(GroupsIn(body).size(), size_t{kGroups});
  EXPECT_THAT(body, Not(HasSubstr("warnings"))) << "who is not healthy is not asked";
  size_t firing = 0;
  for (size_t at = 0; (at = body.find("\"state\":\"firing\",\"name\"", at)) != std::string::npos;
       ++at)
    ++firing;
  EXPECT_EQ(firing, size_t{kGroups}) << "`for` goes on where it was: " << body;
}

TEST_F(RulersTest, WhatMovesAwayIsLeftAtOnceAndNotEnded) {
  StoreGroups();
  for (int i = 0; i < kGroups; ++i) engine_.Set(StrCat("q", i), {{{{"job", "x"}}, 1}});
  a_.ring.SetHealthy("b", false);
  Pass(3'000, false);
  ASSERT_EQ(GroupsIn(a_.Ask("GET", "/prometheus/api/v1/rules", "local=true").second).size(),
            size_t{kGroups});
  a_.sink.Take();

  a_.ring.SetHealthy("b", true);
  Pass(5'000, false);

  EXPECT_LT(GroupsIn(a_.Ask("GET", "/prometheus/api/v1/rules", "local=true").second).size(),
            size_t{kGroups});
  for (const std::string& line : a_.sink.Take()) EXPECT_THAT(line, Not(HasSubstr("stale")));
}

TEST_F(RulersTest, AlertsAreToldOnceThoughBothHaveThem) {
  engine_.Set("bad", {{{{"job", "x"}}, 1}});
  a_.ring.SetHealthy("b", false);  // Each sees another ring for a while.
  ASSERT_EQ(a_.Ask("POST", "/prometheus/config/v1/rules/ns", "",
                   "name: g0\nrules:\n- alert: Bad\n  expr: bad\n")
                .first,
            202);
  b_.ring.SetHealthy("a", false);
  Pass(3'000);
  a_.ring.SetHealthy("b", true);

  const std::string body = a_.Ask("GET", "/prometheus/api/v1/alerts").second;

  const size_t first = body.find("\"alertname\":\"Bad\"");
  ASSERT_NE(first, std::string::npos) << body;
  EXPECT_EQ(body.find("\"alertname\":\"Bad\"", first + 1), std::string::npos) << body;
}

TEST(Colleagues, AnAnswerIsTakenApartByItsBytes) {
  const auto groups = ParseGroups(
      R"({"status":"success","data":{"groups":[{"name":"a","file":"n\u0073","rules":[{"v":1.50}]},{"rules":[],"file":"x","name":"b"}]}})");
  ASSERT_TRUE(groups.ok()) << groups.status().ToString();
  ASSERT_EQ(groups->size(), 2u);
  EXPECT_EQ((*groups)[0].namespace_name, "ns");
  EXPECT_EQ((*groups)[0].json, R"({"name":"a","file":"n\u0073","rules":[{"v":1.50}]})");
  EXPECT_EQ((*groups)[1].name, "b");
  EXPECT_EQ(ParseGroups("{\"data\":").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(ParseGroups(R"({"data":{"groups":[{"name":1,"file":"x"}]}})").status().code(),
            StatusCode::kDataLoss);
  const auto alerts =
      ParseAlerts(R"({"data":{"alerts":[{"state":"firing","labels":{"a":"b"},"value":"1"}]}})");
  ASSERT_TRUE(alerts.ok());
  EXPECT_EQ((*alerts)[0].labels, R"({"a":"b"})");
  EXPECT_EQ((*alerts)[0].json, R"({"state":"firing","labels":{"a":"b"},"value":"1"})");
}

}  // namespace
}  // namespace kvs::ruler

// SPDX-License-Identifier: Apache-2.0
// Two Alertmanagers that take the same alerts, on clocks that are turned by hand: people are told
// once, by whichever lives, and what is silenced at one is silent at the other.
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "alertmanager.h"
#include "api/shapes.h"
#include "test_notifier.h"

namespace kvs::alertmanager {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kPeerTimeoutMs = 15'000;

class ReplicasTest : public ::testing::Test {
 protected:
  struct One {
    One()
        : stub([this](const testkit::HttpStub::Request& request) {
            if (request.path() == "/alertmanager/replicas/state") ++told;
            if (is_cut) return testkit::HttpStub::Answer{.hang_up = true};
            const auto reply = routes.Ask(request.method, request.path(),
                                          {.tenant = request.header("x-scope-orgid"),
                                           .query = request.query(),
                                           .body = request.body});
            return testkit::HttpStub::Answer{.code = reply.status == 0 ? 404 : reply.status,
                                             .body = reply.body};
          }) {}
    testkit::TestHost host{{.manual_clock = true}};
    testkit::FakeRoutes routes;
    testkit::HttpStub stub;
    testkit::FakeRing ring;
    testkit::FakeKv kv;
    FakeNotifier notifier;
    std::unique_ptr<Alertmanager> am;
    std::atomic<bool> is_cut{false};
    std::atomic<int> told{0};  ///< Requests of others about states.
  };

  void SetUp() override {
    for (One* one : {&a_, &b_}) {
      one->ring.Add("a", a_.stub.address());
      one->ring.Add("b", b_.stub.address());
    }
    a_.ring.self = "a";
    b_.ring.self = "b";
    Start(a_);
    Start(b_);
    Pass(1'000);
    const auto reply = a_.routes.Ask("POST", "/api/v1/alerts", {.tenant = "team", .body = kConfig});
    ASSERT_EQ(reply.status, 201) << reply.body;
    Pass(16'000);  // The other one finds the configuration in the store.
  }
  void TearDown() override {
    Stop(a_);
    Stop(b_);
  }
  void Start(One& one) {
    Config config;
    config.peer_timeout.ms = kPeerTimeoutMs;
    one.am = std::make_unique<Alertmanager>(one.host.host(), config);
    one.am->store = sdk::StoreRef(sdk::IfaceOf<sdk::ObjectStore>(&store_));
    one.am->kv = one.kv.ref();
    one.am->http = one.routes.ref();
    one.am->ring = one.ring.ref();
    one.am->notifiers = {sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&one.notifier))};
    ASSERT_TRUE(testkit::StartComponent(*one.am).ok());
  }
  void Stop(One& one) {
    if (one.am == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*one.am).ok());
    one.host.WaitIdle();
    one.am.reset();
  }
  void Pass(int64_t ms) {
    for (int64_t passed = 0; passed < ms; passed += 100) {
      for (One* one : {&a_, &b_}) {
        if (one->am == nullptr) continue;
        one->host.Advance(100);
        one->host.WaitIdle();
      }
    }
  }
  // Whoever sends alerts sends them to both.
  void Post(const std::string& labels, const std::string& times = "") {
    for (One* one : {&a_, &b_}) {
      if (one->am != nullptr) PostTo(*one, labels, times);
    }
  }
  void PostTo(One& one, const std::string& labels, const std::string& times = "") {
    const auto reply = one.routes.Ask(
        "POST", "/alertmanager/api/v2/alerts",
        {.tenant = "team", .body = StrCat(R"([{"labels":{)", labels, "}", times, "}]")});
    ASSERT_EQ(reply.status, 200) << reply.body;
  }
  static std::string Times(int64_t starts_ms, int64_t ends_ms) {
    return StrCat(R"(,"startsAt":")", TimeText(starts_ms), R"(","endsAt":")", TimeText(ends_ms),
                  "\"");
  }
  int64_t NowAt(One& one) { return one.host.host().clock().NowMs(); }

  testkit::FakeStore store_;
  One a_, b_;
};

TEST_F(ReplicasTest, OneTellsAndTheOtherKnows) {
  Post(R"("g":"1","n":"x")");
  Pass(10'200);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("(first notification): x+")));
  Pass(2 * kPeerTimeoutMs);
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
  Post(R"("g":"1","n":"y")");
  Pass(60'000);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("(new alerts added): x+ y+")));
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhenTheFirstOneDiesTheSecondTells) {
  Post(R"("g":"1","n":"x")");
  Stop(a_);
  Pass(10'200);
  EXPECT_THAT(b_.notifier.Take(), IsEmpty()) << "it waits for the one before it";
  Pass(kPeerTimeoutMs);
  EXPECT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("(first notification): x+")));

  b_.ring.SetHealthy("a", false);
  Post(R"("g":"2","n":"z")");
  Pass(10'200);
  EXPECT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("z+"))) << "alone, it waits for nobody";
}

TEST_F(ReplicasTest, WhoHasLeftTheRingLetsOthersTell) {
  a_.ring.Remove("a");
  b_.ring.Remove("a");
  Post(R"("g":"1","n":"x")");
  Pass(12'000);
  EXPECT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("(first notification): x+")));
  Stop(a_);
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhoComesBackHearsWhatWasToldMeanwhile) {
  Post(R"("g":"1","n":"x")");
  Stop(a_);
  Pass(11'000 + kPeerTimeoutMs);
  ASSERT_EQ(b_.notifier.Take().size(), 1u);

  Start(a_);
  Pass(1'000);
  Post(R"("g":"1","n":"x")");
  Pass(60'000);

  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhoComesBackTellsNobodyBeforeItHasHeardOfTheOthersUnlessThatTakesTooLong) {
  Post(R"("g":"1","n":"x")");
  Stop(a_);
  Pass(11'000 + kPeerTimeoutMs);
  ASSERT_EQ(b_.notifier.Take().size(), 1u);

  a_.ring.is_known = false;
  Start(a_);
  Pass(12'000);  // What it has kept is due after ten seconds.
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
  a_.ring.is_known = true;
  Pass(60'000);
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());

  Stop(a_);
  Post(R"("g":"2","n":"y")");
  Pass(11'000 + kPeerTimeoutMs);
  ASSERT_EQ(b_.notifier.Take().size(), 1u);
  a_.ring.is_known = false;
  a_.is_cut = true;  // Nor do others come.
  Start(a_);
  Pass(1'000);
  Post(R"("g":"2","n":"y")");
  Pass(1'000 + kPeerTimeoutMs);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("y+"))) << "twice is better than never";
}

TEST_F(ReplicasTest, ClocksMayDiffer) {
  b_.host.Advance(5'000);
  PostTo(b_, R"("g":"1","n":"x")");
  Pass(1'000);
  PostTo(a_, R"("g":"1","n":"x")");
  Pass(60'000);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+")));
  EXPECT_THAT(b_.notifier.Take(), IsEmpty()) << "what was told before its clock said so";
}

// Whose clock is ahead, or who starts before the others have beaten, holds them for dead at first.
TEST_F(ReplicasTest, WhoComesBackAndFindsNobodyLooksForThemBeforeItTells) {
  Post(R"("g":"1","n":"x")");
  Stop(a_);
  Pass(11'000 + kPeerTimeoutMs);
  ASSERT_EQ(b_.notifier.Take().size(), 1u);
  a_.ring.SetHealthy("b", false);
  Start(a_);
  Pass(12'000);  // What it has kept is due after ten seconds.
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
  a_.ring.SetHealthy("b", true);
  Pass(60'000);
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
}

// What it kept says that the alert fires; the others know that it is over, also where the group has
// gone on since, and the log has forgotten that end.
TEST_F(ReplicasTest, WhoWasAwayWhenAnAlertEndedDoesNotTellOfItOnceMore) {
  const int64_t starts = NowAt(a_);
  Post(R"("g":"1","n":"x")", Times(starts, starts + 600'000));
  Pass(10'200);
  ASSERT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+")));
  Stop(a_);
  const int64_t ends = NowAt(b_);
  Post(R"("g":"1","n":"x")", Times(starts, ends));
  Post(R"("g":"1","n":"y")");
  Pass(30'000 + kPeerTimeoutMs);
  ASSERT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("x- y+")));
  Post(R"("g":"1","n":"z")");
  Pass(30'000 + kPeerTimeoutMs);
  ASSERT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("y+ z+")));

  a_.host.Advance(75'000);
  Start(a_);
  Pass(60'000);

  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhoseClockIsBehindAnEndDoesNotTellOfTheAlertOnceMore) {
  b_.host.Advance(90'000);
  const int64_t starts = NowAt(b_);
  Post(R"("g":"1","n":"x")", Times(starts, starts + 240'000));
  Pass(10'200);
  ASSERT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+")));
  Pass(60'000);
  const int64_t ends = NowAt(b_);
  Post(R"("g":"1","n":"x")", Times(starts, ends));
  Pass(30'000 + kPeerTimeoutMs);
  ASSERT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("x-")));
  ASSERT_LT(NowAt(a_), ends);
  Pass(20'000);
  Post(R"("g":"1","n":"x")", Times(starts, ends));  // Its sender says so again.
  Pass(120'000);
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());

  Post(R"("g":"1","n":"x")", Times(NowAt(b_), NowAt(b_) + 240'000));
  Pass(40'000 + kPeerTimeoutMs);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+"))) << "another outage is news";
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhatWasToldByAClockThatIsAheadIsNotTheLastWord) {
  a_.host.Advance(300'000);
  const int64_t starts = NowAt(b_);
  Post(R"("g":"1","n":"x")", Times(starts, starts + 900'000));
  Pass(10'200);
  ASSERT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+")));
  Stop(a_);
  const int64_t ends = NowAt(b_);
  for (int i = 0; i < 4; ++i) {  // Said every minute, told once.
    Post(R"("g":"1","n":"x")", Times(starts, ends));
    Pass(60'000);
    if (i == 0) {
      EXPECT_THAT(b_.notifier.Take(), ElementsAre(HasSubstr("x-")));
    } else {
      EXPECT_THAT(b_.notifier.Take(), IsEmpty());
    }
  }
}

TEST_F(ReplicasTest, ASilenceHoldsAtBothAndItsEndToo) {
  const std::string body =
      R"({"matchers":[{"name":"g","value":"1","isRegex":false,"isEqual":true}],"startsAt":"2023-11-14T22:00:00Z",)"
      R"("endsAt":"2033-11-14T22:00:00Z","createdBy":"me","comment":"quiet"})";
  const auto made =
      b_.routes.Ask("POST", "/alertmanager/api/v2/silences", {.tenant = "team", .body = body});
  ASSERT_EQ(made.status, 200) << made.body;
  Pass(300);
  Post(R"("g":"1","n":"x")");
  Pass(40'000);
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());

  const size_t at = made.body.find("\"silenceID\":\"") + 13;
  const std::string id = made.body.substr(at, made.body.find('"', at) - at);
  ASSERT_EQ(
      b_.routes
          .Ask("DELETE", "/alertmanager/api/v2/silence/{id}", {.tenant = "team", .params = {id}})
          .status,
      200);
  Pass(40'000);
  EXPECT_THAT(a_.notifier.Take(), ElementsAre(HasSubstr("x+")));
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
}

TEST_F(ReplicasTest, WhatGotLostComesWithTheNextExchange) {
  a_.is_cut = b_.is_cut = true;
  Post(R"("g":"1","n":"x")");
  Pass(11'000);
  ASSERT_EQ(a_.notifier.Take().size(), 1u);
  a_.is_cut = b_.is_cut = false;
  Pass(60'000);
  b_.notifier.Take();  // It may have told it, too, when it heard nothing.

  Post(R"("g":"1","n":"x")");
  Pass(60'000);
  EXPECT_THAT(b_.notifier.Take(), IsEmpty());
  EXPECT_THAT(a_.notifier.Take(), IsEmpty());
}

// Of many tenants there is one request for some megabytes of them, and who did not answer it is
// passed over until the next round: a member that hangs holds up the others once, not once a
// tenant.
TEST_F(ReplicasTest, ManyTenantsGoInOneRequestAndWhoDoesNotAnswerIsAskedOnce) {
  One c;
  c.is_cut = true;
  for (One* one : {&a_, &b_}) one->ring.Add("c", c.stub.address());
  b_.is_cut = true;  // What is told at once gets lost.
  constexpr int kTenants = 6;
  for (int i = 0; i < kTenants; ++i) {
    const std::string tenant = StrCat("tenant-", i);
    const std::string body = StrCat(
        R"({"matchers":[{"name":"g","value":"1","isRegex":false}],"startsAt":"2023-11-14T22:00:00Z",)"
        R"("endsAt":"2033-11-14T22:00:00Z","createdBy":"me","comment":")",
        std::string(1 << 20, 'x'), R"("})");
    ASSERT_EQ(a_.routes.Ask("POST", "/api/v1/alerts", {.tenant = tenant, .body = kConfig}).status,
              201);
    ASSERT_EQ(
        a_.routes.Ask("POST", "/alertmanager/api/v2/silences", {.tenant = tenant, .body = body})
            .status,
        200);
  }
  Pass(20'000);  // b finds the configurations.
  b_.is_cut = false;
  b_.told = c.told = 0;
  Pass(61'000);

  for (int i = 0; i < kTenants; ++i) {
    EXPECT_THAT(
        b_.routes.Ask("GET", "/alertmanager/api/v2/silences", {.tenant = StrCat("tenant-", i)})
            .body,
        HasSubstr("\"createdBy\":\"me\""))
        << i;
  }
  // Six megabytes and what is small of "team": two requests a round of a's to b.
  EXPECT_GE(b_.told, 2);
  EXPECT_LE(b_.told, 4);
  EXPECT_LE(c.told, 4) << "one a round, of a and of b";
}

TEST_F(ReplicasTest, ATenantThatOneDoesNotHaveIsPassedOver) {
  std::string body = EncodeFullState("nobody", {});
  body += EncodeFullState("team", {});
  const auto reply = a_.routes.Ask("POST", "/alertmanager/replicas/state",
                                   {.query = "exchange=true", .body = body});
  ASSERT_EQ(reply.status, 200) << reply.body;
  size_t skipped = 0;
  const StatusOr<std::map<std::string, FullState>> ours = DecodeFullStates(reply.body, &skipped);
  ASSERT_TRUE(ours.ok()) << ours.status().message();
  EXPECT_EQ(ours->size(), 1u);
  EXPECT_EQ(ours->begin()->first, "team");
}

TEST_F(ReplicasTest, WhatCannotNameATenantIsRefused) {
  for (const char* const name : {"", "..", "team/../other", "a|b"}) {
    const auto reply =
        a_.routes.Ask("POST", "/alertmanager/replicas/state",
                      {.body = EncodeFullState("team", {}) + EncodeFullState(name, {})});
    EXPECT_EQ(reply.status, 400) << name;
    EXPECT_THAT(reply.body, HasSubstr("tenant ID"));
  }
}

TEST_F(ReplicasTest, BytesThatAreNoStateAreRefused) {
  EXPECT_EQ(a_.routes.Ask("POST", "/alertmanager/replicas/state", {.body = "\xff\xff\xff"}).status,
            400);
}

}  // namespace
}  // namespace kvs::alertmanager

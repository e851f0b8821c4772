// SPDX-License-Identifier: Apache-2.0
// Several members over one store, with short periods.
#include "ring.h"

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::ring::kv {
namespace {

using ::testing::HasSubstr;

class FakeHolder final : public sdk::Holder {
 public:
  sdk::Outcome HandOver(const sdk::Call&, kvs_hand_over_t& out, sdk::Completer&) override {
    asked = true;
    out.keeps = keeps ? 1 : 0;
    return status;
  }
  std::atomic<bool> asked{false};
  bool keeps = true;
  Status status;
};

class KvRingTest : public ::testing::Test {
 protected:
  static Config Short() {
    Config config;
    config.heartbeat_period = {100};
    config.heartbeat_timeout = {1'500};
    config.auto_forget_unhealthy_periods = 0;
    config.observe_period = {1};
    config.final_sleep = {1};
    return config;
  }
  static Config MemberConfig(const std::string& id) {
    Config config = Short();
    config.join = true;
    config.instance_id = id;
    config.instance_addr = id + ":9095";
    return config;
  }
  KvRing& Make(const std::string& name, Config config) {
    hosts_[name] = std::make_unique<testkit::TestHost>(testkit::TestHostOptions{.component = name});
    rings_[name] = std::make_unique<KvRing>(hosts_[name]->host(), std::move(config));
    rings_[name]->kv = store_.ref();
    return *rings_[name];
  }
  KvRing& StartMember(const std::string& id) {
    KvRing& ring = Make(id, MemberConfig(id));
    EXPECT_TRUE(testkit::StartComponent(ring).ok());
    return ring;
  }
  KvRing& StartReader() {
    KvRing& ring = Make("reader", Short());
    EXPECT_TRUE(testkit::StartComponent(ring).ok());
    return ring;
  }
  void Drain(KvRing& ring) {
    std::atomic<bool> ended{false};
    const kvs_completion_t raw{
        [](void* flag, kvs_status_t) noexcept { *static_cast<std::atomic<bool>*>(flag) = true; },
        &ended};
    sdk::Completer completer(&raw, nullptr);
    const sdk::OwnedCall call("t");
    if (!ring.Drain(call, completer).is_raw()) return;
    Await("the end of the drain", [&] { return ended.load(); });
  }
  void Crash(const std::string& name) {
    EXPECT_TRUE(testkit::StopComponent(*rings_[name]).ok());
    rings_.erase(name);
    hosts_.erase(name);
  }
  void TearDown() override {
    for (auto& [name, ring] : rings_) EXPECT_TRUE(testkit::StopComponent(*ring).ok());
  }

  template <typename Condition>
  static void Await(const char* what, Condition condition) {
    const int64_t end = sdk::MonotonicNs() + 20'000'000'000;
    while (!condition()) {
      ASSERT_LT(sdk::MonotonicNs(), end) << "waited in vain for " << what;
      std::this_thread::yield();
    }
  }
  // "a ACTIVE, b LEAVING unhealthy"
  static std::string Seen(KvRing& ring, int32_t operation = KVS_RING_READ) {
    auto query = sdk::Record<kvs_ring_query_t>();
    query.operation = operation;
    sdk::Owned<kvs_ring_snapshot_t> snapshot;
    const Status status = sdk::Await(sdk::RingRef(sdk::IfaceOf<sdk::Ring>(&ring)).snapshot(),
                                     sdk::OwnedCall("t"), &query, snapshot.out());
    if (!status.ok()) return status.ToString();
    std::string out;
    for (uint32_t i = 0; i < snapshot->n_instances; ++i) {
      const kvs_ring_instance_t& one = snapshot->instances[i];
      if (i > 0) out += ", ";
      StrAppend(out, sdk::View(one.id), " ", NameOf(static_cast<State>(one.state)),
                (one.flags & KVS_RING_HEALTHY) != 0 ? "" : " unhealthy");
    }
    return out;
  }
  // Who owns position 0, in order.
  static std::string Owners(KvRing& ring) {
    auto query = sdk::Record<kvs_ring_query_t>();
    sdk::Owned<kvs_ring_snapshot_t> snapshot;
    if (!sdk::Await(sdk::RingRef(sdk::IfaceOf<sdk::Ring>(&ring)).snapshot(), sdk::OwnedCall("t"),
                    &query, snapshot.out())
             .ok())
      return "";
    std::vector<uint32_t> owners(snapshot->replication_factor);
    const uint32_t token = 0;
    snapshot->owners(&*snapshot, &token, 1, owners.data());
    std::string out;
    for (const uint32_t owner : owners)
      StrAppend(out, owner == UINT32_MAX ? "-" : sdk::View(snapshot->instances[owner].id), " ");
    return out;
  }

  testkit::FakeKv store_;
  FakeHolder holder_;
  testkit::FakeRoutes routes_;
  std::map<std::string, std::unique_ptr<testkit::TestHost>> hosts_;
  std::map<std::string, std::unique_ptr<KvRing>> rings_;
};

TEST_F(KvRingTest, MembersBecomeActiveAndEverybodySeesThem) {
  KvRing& reader = StartReader();
  StartMember("a");
  StartMember("b");

  Await("two members", [&] { return Seen(reader) == "a ACTIVE, b ACTIVE"; });
  const std::string owners = Owners(reader);
  EXPECT_TRUE(owners == "a b - " || owners == "b a - ") << owners;
  Await("readiness", [&] { return hosts_["a"]->health() == KVS_HEALTH_READY; });
}

TEST_F(KvRingTest, AnUnknownRingIsUnavailable) {
  store_.FailWith(Unavailable("down"));
  KvRing& reader = StartReader();

  EXPECT_THAT(Seen(reader), HasSubstr("UNAVAILABLE"));
  EXPECT_EQ(reader.Epoch(), 0u);
  EXPECT_EQ(hosts_["reader"]->health(), KVS_HEALTH_NOT_READY);

  store_.FailWith(OkStatus());
  Await("the ring", [&] { return Seen(reader).empty(); });
}

TEST_F(KvRingTest, WhoIsSilentIsNotHealthyAndKeepsItsPlace) {
  KvRing& reader = StartReader();
  StartMember("a");
  StartMember("b");
  Await("two members", [&] { return Seen(reader) == "a ACTIVE, b ACTIVE"; });

  Crash("b");

  Await("silence", [&] { return Seen(reader) == "a ACTIVE, b ACTIVE unhealthy"; });
  const std::string owners = Owners(reader);
  EXPECT_TRUE(owners == "a - - " || owners == "- a - ") << owners;
  EXPECT_EQ(hosts_["reader"]->metrics().Value("cortex_ring_members",
                                              {{"name", "ingester"}, {"state", "Unhealthy"}}),
            1);
}

TEST_F(KvRingTest, MetricsTellOfMembersTheirTokensAndHeartbeats) {
  StartReader();
  StartMember("a");
  const auto value = [this](const char* who, const char* name, const char* label, const char* of) {
    const auto& metrics = hosts_[who]->metrics();
    return *label == 0 ? metrics.Value(name, {{"name", "ingester"}})
                       : metrics.Value(name, {{"name", "ingester"}, {label, of}});
  };
  const double tokens = static_cast<double>(Short().num_tokens);
  Await("what the reader sees", [&] {
    return value("reader", "cortex_ring_tokens_owned", "member", "a") == tokens &&
           value("reader", "cortex_ring_oldest_member_timestamp", "state", "ACTIVE") > 0;
  });
  Await("what the member sees of itself",
        [&] { return value("a", "cortex_member_ring_tokens_owned", "", "") == tokens; });
  EXPECT_EQ(value("reader", "cortex_ring_oldest_member_timestamp", "state", "Unhealthy"), 0);

  Crash("a");

  Await("silence", [&] {
    return value("reader", "cortex_ring_oldest_member_timestamp", "state", "Unhealthy") > 0;
  });
  EXPECT_EQ(value("reader", "cortex_ring_oldest_member_timestamp", "state", "ACTIVE"), 0);
}

TEST_F(KvRingTest, WithoutTheStoreNobodyBecomesUnhealthy) {
  KvRing& reader = StartReader();
  StartMember("a");
  Await("a member", [&] { return Seen(reader) == "a ACTIVE"; });
  const uint64_t epoch = reader.Epoch();

  store_.FailWith(Unavailable("down"));
  const int64_t end = sdk::MonotonicNs() + 2 * Short().heartbeat_timeout.ms * 1'000'000;
  Await("two timeouts", [&] { return reader.Epoch() != epoch || sdk::MonotonicNs() > end; });

  EXPECT_EQ(Seen(reader), "a ACTIVE");
  EXPECT_EQ(reader.Epoch(), epoch);
}

TEST_F(KvRingTest, WhoKeepsDataStaysAsLeavingAndComesBack) {
  KvRing& reader = StartReader();
  KvRing& a = Make("a", MemberConfig("a"));
  a.holders.emplace_back(sdk::IfaceOf<sdk::Holder>(&holder_));
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  Await("a member", [&] { return Seen(reader) == "a ACTIVE"; });

  Drain(a);

  EXPECT_TRUE(holder_.asked);
  Await("its leaving", [&] { return Seen(reader) == "a LEAVING"; });
  EXPECT_EQ(Owners(reader), "- - - ") << "no writes any more";
  Crash("a");
  StartMember("a");
  Await("its return", [&] { return Seen(reader) == "a ACTIVE"; });
}

TEST_F(KvRingTest, WhoHasHandedOverIsGone) {
  KvRing& reader = StartReader();
  KvRing& a = Make("a", MemberConfig("a"));
  holder_.keeps = false;
  a.holders.emplace_back(sdk::IfaceOf<sdk::Holder>(&holder_));
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  Await("a member", [&] { return Seen(reader) == "a ACTIVE"; });

  Drain(a);

  EXPECT_EQ(store_.Value("rings/ingester/a"), "");
  Await("an empty ring", [&] { return Seen(reader).empty(); });
}

TEST_F(KvRingTest, WhatCouldNotBeHandedOverKeepsItInTheRing) {
  KvRing& a = Make("a", MemberConfig("a"));
  holder_.keeps = false;
  holder_.status = Unavailable("the bucket is away");
  a.holders.emplace_back(sdk::IfaceOf<sdk::Holder>(&holder_));
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  Await("a member", [&] { return Seen(a) == "a ACTIVE"; });

  Drain(a);

  EXPECT_THAT(store_.Value("rings/ingester/a"), HasSubstr("LEAVING"));
}

TEST_F(KvRingTest, TheSilentAreForgotten) {
  StartMember("b");
  Config config = MemberConfig("a");
  config.auto_forget_unhealthy_periods = 2;
  KvRing& a = Make("a", config);
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  Await("two members", [&] { return Seen(a) == "a ACTIVE, b ACTIVE"; });

  Crash("b");

  Await("b to be forgotten", [&] { return Seen(a) == "a ACTIVE"; });
  EXPECT_EQ(store_.Value("rings/ingester/b"), "");
}

TEST_F(KvRingTest, ThePageShowsAndForgets) {
  KvRing& a = Make("a", MemberConfig("a"));
  a.http = routes_.ref();
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  store_.Put("rings/ingester/<b>", R"({"addr":"b:1","state":"ACTIVE","tokens":512})");
  Await("two members", [&] { return Seen(a) == "<b> ACTIVE unhealthy, a ACTIVE"; });

  const auto page = routes_.Ask("GET", "/ingester/ring");
  const auto json =
      routes_.Ask("GET", "/ingester/ring", {.headers = {{"accept", "application/json"}}});

  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("&lt;b&gt;"));
  EXPECT_EQ(page.body.find("<b>"), std::string::npos);
  EXPECT_THAT(json.body, HasSubstr("\"state\":\"UNHEALTHY\""));
  EXPECT_EQ(routes_.Ask("POST", "/ingester/ring", {.body = "forget=nobody"}).status, 404);
  EXPECT_EQ(routes_.Ask("POST", "/ingester/ring", {.body = "forget=%3Cb%3E"}).status, 302);
  Await("b to be forgotten", [&] { return Seen(a) == "a ACTIVE"; });
  EXPECT_NE(routes_.Flags("POST", "/ingester/ring") & KVS_HTTP_ADMIN, 0u);
}

TEST_F(KvRingTest, AReadOnlyMemberTakesNoWrites) {
  KvRing& a = Make("a", MemberConfig("a"));
  a.http = routes_.ref();
  ASSERT_TRUE(testkit::StartComponent(a).ok());
  Await("a member", [&] { return Owners(a) == "a - - "; });

  EXPECT_EQ(routes_.Ask("POST", "/ingester/prepare-instance-ring-downscale").status, 200);
  Await("no writes", [&] { return Owners(a) == "- - - "; });
  EXPECT_EQ(routes_.Ask("DELETE", "/ingester/prepare-instance-ring-downscale").body,
            "{\"timestamp\":0}");
  Await("writes again", [&] { return Owners(a) == "a - - "; });
}

}  // namespace
}  // namespace kvs::ring::kv

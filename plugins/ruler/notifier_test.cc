// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <condition_variable>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/test_host.h"

namespace kvs::ruler {
namespace {

using ::testing::HasSubstr;

rules::Alert Firing(std::string_view name) {
  rules::Alert alert;
  alert.labels = model::Labels{{"alertname", name}, {"job", "<node>"}};
  alert.annotations = model::Labels{{"summary", "it is down"}};
  alert.state = rules::AlertState::kFiring;
  alert.fired_at_ms = 1'700'000'000'000;
  alert.valid_until_ms = 1'700'000'240'500;
  return alert;
}

TEST(NotifierTest, WritesAlertsAsAlertmanagersReadThem) {
  EXPECT_EQ(
      AlertToJson(Firing("Down"), "http://me", "up == 0"),
      R"({"annotations":{"summary":"it is down"},"endsAt":"2023-11-14T22:17:20.5Z","startsAt":"2023-11-14T22:13:20Z",)"
      R"("generatorURL":"http://me/graph?g0.expr=up+%3D%3D+0\u0026g0.tab=1","labels":{"alertname":"Down","job":"\u003cnode\u003e"}})");
}

TEST(NotifierTest, SendsToEveryAlertmanagerWithTheTenant) {
  testkit::HttpStub one([](const auto&) { return testkit::HttpStub::Answer{}; });
  testkit::HttpStub two([](const auto&) { return testkit::HttpStub::Answer{.code = 500}; });
  testkit::TestHost host;
  Config config;
  config.alertmanager_urls = {"http://" + one.address() + "/alertmanager/",
                              "http://" + two.address()};
  config.alertmanager_bearer_token.value = "secret";
  const Metrics metrics(host.host().metrics());
  std::mutex mutex;
  std::condition_variable changed;
  int ended = 0;
  const Notifier::Send send = HttpSend(config);
  Notifier notifier(
      host.host(), config, metrics,
      [&](const std::string& url, const std::string& tenant, const std::string& body) {
        const Status status = send(url, tenant, body);
        const std::lock_guard lock(mutex);
        ++ended;
        changed.notify_all();
        return status;
      });
  ASSERT_TRUE(notifier.Start().ok());

  notifier.Enqueue("team-a", {Firing("A"), Firing("B")}, "up");
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended == 2; });
  }
  notifier.Stop();

  ASSERT_EQ(one.requests().size(), 1u);
  EXPECT_EQ(one.requests()[0].method, "POST");
  EXPECT_EQ(one.requests()[0].target, "/alertmanager/api/v2/alerts");
  EXPECT_EQ(one.requests()[0].header("x-scope-orgid"), "team-a");
  EXPECT_EQ(one.requests()[0].header("authorization"), "Bearer secret");
  EXPECT_THAT(one.requests()[0].body, HasSubstr(R"("alertname":"B")"));
  EXPECT_EQ(
      host.metrics().Value("cortex_prometheus_notifications_sent_total", {{"user", "team-a"}}), 2);
  EXPECT_EQ(
      host.metrics().Value("cortex_prometheus_notifications_errors_total", {{"user", "team-a"}}),
      2);
}

TEST(NotifierTest, AFullQueueDropsTheOldest) {
  testkit::TestHost host;
  Config config;
  config.alertmanager_urls = {"http://127.0.0.1:1"};
  config.alertmanager_queue = 3;
  const Metrics metrics(host.host().metrics());
  Notifier notifier(host.host(), config, metrics,
                    [](const auto&, const auto&, const auto&) { return OkStatus(); });

  notifier.Enqueue("a", {Firing("1"), Firing("2"), Firing("3"), Firing("4"), Firing("5")}, "up");

  EXPECT_EQ(host.metrics().Value("cortex_prometheus_notifications_dropped_total"), 2);
  EXPECT_EQ(host.metrics().Value("cortex_prometheus_notifications_queue_length"), 3);
}

}  // namespace
}  // namespace kvs::ruler

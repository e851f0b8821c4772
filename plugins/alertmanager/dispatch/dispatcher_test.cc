// SPDX-License-Identifier: Apache-2.0
// Groups and their timers on a clock that only the test moves, and who keeps whom quiet.
#include "dispatcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/alerting/config.h"

#include "inhibitor.h"

namespace kvs::alertmanager {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNow = 1'700'000'000'000;
constexpr int64_t kForever = kNow * 2;

AlertPtr AlertOf(model::Labels labels, int64_t starts = kNow, int64_t ends = kForever) {
  auto alert = std::make_shared<Alert>();
  alert->labels = std::move(labels);
  alert->fingerprint = Fingerprint(alert->labels);
  alert->starts_ms = starts;
  alert->ends_ms = ends;
  return alert;
}

class DispatcherTest : public ::testing::Test {
 protected:
  void Configure(const std::string& route) {
    config_ = *alerting::ParseConfig("route: " + route + "\nreceivers: [{name: a}, {name: b}]");
    root_ = alerting::Route::Make(config_.route);
    dispatcher_ = std::make_unique<Dispatcher>(*root_);
  }
  // "KEY: labels of alerts" of what is due at kNow + ms.
  std::vector<std::string> Due(int64_t ms, bool delivered = true) {
    std::vector<std::string> out;
    for (const Flush& flush : dispatcher_->TakeDue(kNow + ms)) {
      std::string text = flush.group->key + ":";
      for (const AlertPtr& alert : flush.alerts)
        StrAppend(text, " ", alert->labels.Get("n"), alert->ResolvedAt(flush.now_ms) ? "-" : "+");
      out.push_back(text);
      last_ = flush;
      if (!hold_) dispatcher_->End(flush, delivered);
    }
    return out;
  }
  void Insert(const AlertPtr& alert, int64_t ms = 0) { dispatcher_->Insert(alert, kNow + ms, 0); }

  alerting::Config config_;
  std::unique_ptr<const alerting::Route> root_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Flush last_;
  bool hold_ = false;
};

constexpr const char* kRoute = "{receiver: a, group_by: [g], group_wait: 10s, group_interval: 30s}";

TEST_F(DispatcherTest, AGroupWaitsAndIsThenFlushedAtItsInterval) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}));
  Insert(AlertOf({{"g", "1"}, {"n", "y"}}), 5'000);
  Insert(AlertOf({{"g", "2"}, {"n", "z"}}, kNow + 6'000), 6'000);
  EXPECT_THAT(Due(9'999), IsEmpty());
  EXPECT_THAT(Due(10'000), ElementsAre("{}:{g=\"1\"}: x+ y+"));
  EXPECT_THAT(Due(16'000), ElementsAre("{}:{g=\"2\"}: z+"));
  EXPECT_THAT(Due(39'999), IsEmpty());
  EXPECT_THAT(Due(40'000), ElementsAre("{}:{g=\"1\"}: x+ y+"));
  // Looked at late; the next time is as if it had not been.
  EXPECT_THAT(Due(46'050), ElementsAre("{}:{g=\"2\"}: z+"));
  EXPECT_EQ(last_.now_ms, kNow + 46'000);
  EXPECT_EQ(dispatcher_->NextDueMs(), kNow + 70'000);
}

TEST_F(DispatcherTest, WhoHasWaitedElsewhereDoesNotWait) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow - 60'000));
  EXPECT_THAT(Due(0), ElementsAre("{}:{g=\"1\"}: x+"));
  // After the first flush everybody waits for the interval.
  Insert(AlertOf({{"g", "1"}, {"n", "y"}}, kNow - 60'000), 100);
  EXPECT_THAT(Due(100), IsEmpty());
  EXPECT_THAT(Due(30'000), ElementsAre("{}:{g=\"1\"}: x+ y+"));
}

TEST_F(DispatcherTest, ResolvedAlertsLeaveOnceTheyAreTold) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow, kNow + 15'000));
  Insert(AlertOf({{"g", "1"}, {"n", "y"}}));
  EXPECT_THAT(Due(10'000), ElementsAre("{}:{g=\"1\"}: x+ y+"));
  EXPECT_THAT(Due(40'000, /*delivered=*/false), ElementsAre("{}:{g=\"1\"}: x- y+"));
  EXPECT_THAT(Due(70'000), ElementsAre("{}:{g=\"1\"}: x- y+"));
  EXPECT_THAT(Due(100'000), ElementsAre("{}:{g=\"1\"}: y+"));
}

TEST_F(DispatcherTest, WhatFiresAgainWhileItsEndIsToldStays) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow, kNow + 1'000));
  hold_ = true;
  EXPECT_THAT(Due(10'000), ElementsAre("{}:{g=\"1\"}: x-"));
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow + 11'000), 11'000);
  dispatcher_->End(last_, true);
  hold_ = false;
  EXPECT_THAT(Due(40'000), ElementsAre("{}:{g=\"1\"}: x+"));
}

TEST_F(DispatcherTest, AFlushUnderWayHoldsUpTheNext) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}));
  hold_ = true;
  ASSERT_THAT(Due(10'000), ElementsAre("{}:{g=\"1\"}: x+"));
  EXPECT_EQ(last_.deadline_ms, kNow + 40'000);
  EXPECT_THAT(Due(45'000), IsEmpty());
  dispatcher_->End(last_, false);
  EXPECT_THAT(Due(75'000), ElementsAre("{}:{g=\"1\"}: x+"));
  EXPECT_EQ(last_.now_ms, kNow + 75'000);  // So late that the rhythm begins anew.
  dispatcher_->End(last_, true);
  EXPECT_EQ(dispatcher_->NextDueMs(), kNow + 105'000);
}

TEST_F(DispatcherTest, EmptyGroupsAreRemovedAndBeginAnew) {
  Configure(kRoute);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow, kNow + 1'000));
  ASSERT_THAT(Due(10'000), ElementsAre("{}:{g=\"1\"}: x-"));
  EXPECT_THAT(Due(40'000), IsEmpty());  // There is nothing to tell.
  EXPECT_EQ(dispatcher_->size(), 1u);
  dispatcher_->RemoveEmpty();
  EXPECT_EQ(dispatcher_->size(), 0u);
  EXPECT_EQ(dispatcher_->NextDueMs(), INT64_MAX);
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}, kNow + 50'000), 50'000);
  EXPECT_THAT(Due(59'999), IsEmpty());
  EXPECT_THAT(Due(60'000), ElementsAre("{}:{g=\"1\"}: x+"));
}

TEST_F(DispatcherTest, GroupsByAllLabelsAndGoesDownSeveralRoutes) {
  Configure(
      "{receiver: a, group_wait: 0s, group_by: ['...'], routes: "
      "[{matchers: ['g=\"1\"'], continue: true}, {matchers: ['g=\"1\"'], receiver: b, group_by: "
      "[n]}]}");
  Insert(AlertOf({{"g", "1"}, {"n", "x"}}));
  EXPECT_THAT(Due(0), ::testing::UnorderedElementsAre("{}/{g=\"1\"}:{g=\"1\", n=\"x\"}: x+",
                                                      "{}/{g=\"1\"}:{n=\"x\"}: x+"));
  EXPECT_EQ(dispatcher_->size(), 2u);
}

TEST_F(DispatcherTest, ThereAreAtMostSoManyGroups) {
  Configure(kRoute);
  EXPECT_TRUE(dispatcher_->Insert(AlertOf({{"g", "1"}}), kNow, 1));
  EXPECT_FALSE(dispatcher_->Insert(AlertOf({{"g", "2"}}), kNow, 1));
  EXPECT_TRUE(dispatcher_->Insert(AlertOf({{"g", "1"}, {"n", "y"}}), kNow, 1));
}

class InhibitorTest : public ::testing::Test {
 protected:
  bool Inhibits(model::Labels labels, int64_t now = kNow) {
    uint64_t by = 0;
    return inhibitor_.Inhibits(labels, now, &by);
  }
  Inhibitor inhibitor_{alerting::ParseConfig(R"(
route: {receiver: r}
receivers: [{name: r}]
inhibit_rules:
- {source_matchers: ['severity="critical"'], target_matchers: ['severity=~"warning|info"'], equal: [cluster, zone]}
- {source_matchers: ['kind="both"'], target_matchers: ['kind=~"both|one"'], equal: [cluster]}
)")
                           ->inhibit_rules};
};

TEST_F(InhibitorTest, KeepsQuietWhatIsEqualWhileTheSourceFires) {
  inhibitor_.Set(AlertOf({{"severity", "critical"}, {"cluster", "1"}}, kNow, kNow + 100));
  EXPECT_TRUE(Inhibits({{"severity", "warning"}, {"cluster", "1"}}));
  EXPECT_FALSE(Inhibits({{"severity", "warning"}, {"cluster", "2"}}));
  EXPECT_FALSE(Inhibits({{"severity", "warning"}, {"cluster", "1"}, {"zone", "z"}}));
  EXPECT_FALSE(Inhibits({{"severity", "critical"}, {"cluster", "1"}}));
  EXPECT_FALSE(Inhibits({{"severity", "warning"}, {"cluster", "1"}}, kNow + 100));
}

TEST_F(InhibitorTest, AnAlertOnBothSidesIsKeptQuietOnlyByAnother) {
  const AlertPtr both = AlertOf({{"kind", "both"}, {"cluster", "1"}});
  inhibitor_.Set(both);
  EXPECT_FALSE(Inhibits(both->labels));
  EXPECT_TRUE(Inhibits({{"kind", "one"}, {"cluster", "1"}}));
  inhibitor_.Remove(*both);
  EXPECT_FALSE(Inhibits({{"kind", "one"}, {"cluster", "1"}}));
}

}  // namespace
}  // namespace kvs::alertmanager

// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/alerts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::rules {
namespace {

constexpr int64_t kMinute = 60'000;
constexpr int64_t kStart = 1'700'000'000'000;

AlertSet::Element ElementOf(std::string_view instance, double value = 1) {
  return {model::Labels{{"__name__", "up"}, {"instance", instance}},
          model::Labels{{"alertname", "Down"}, {"instance", instance}},
          model::Labels{{"summary", "s"}}, value};
}
std::string StateOf(const AlertSet& set) {
  std::string out;
  for (const Alert& alert : set.List(true)) {
    out += std::string(out.empty() ? "" : " ") + std::string(alert.labels.Get("instance")) + "=" +
           std::string(AlertStateName(alert.state));
  }
  return out;
}

TEST(AlertSetTest, FiresOnceItHasHeldForLongEnough) {
  AlertSet set;
  const AlertSet::Timing timing{.for_ms = 2 * kMinute};
  ASSERT_TRUE(set.Update(kStart, {ElementOf("a")}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=pending");
  ASSERT_TRUE(set.Update(kStart + kMinute, {ElementOf("a"), ElementOf("b")}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=pending b=pending");
  ASSERT_TRUE(set.Update(kStart + 2 * kMinute, {ElementOf("a")}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=firing");
  ASSERT_TRUE(set.Update(kStart + 3 * kMinute, {}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=inactive");
  ASSERT_TRUE(set.Update(kStart + 4 * kMinute, {ElementOf("a")}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=pending");
}

TEST(AlertSetTest, WithoutForItFiresAtOnce) {
  AlertSet set;
  ASSERT_TRUE(set.Update(kStart, {ElementOf("a")}, {}).ok());
  std::vector<OutputSample> samples;
  set.AppendSamples(samples);
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].labels.ToString(),
            R"({__name__="ALERTS", alertname="Down", alertstate="firing", instance="a"})");
  EXPECT_EQ(samples[0].value, 1);
  EXPECT_EQ(samples[1].labels.ToString(),
            R"({__name__="ALERTS_FOR_STATE", alertname="Down", instance="a"})");
  EXPECT_EQ(samples[1].value, kStart / 1000);
}

TEST(AlertSetTest, KeepsFiringForAWhile) {
  AlertSet set;
  const AlertSet::Timing timing{.keep_firing_for_ms = 2 * kMinute};
  ASSERT_TRUE(set.Update(kStart, {ElementOf("a")}, timing).ok());
  ASSERT_TRUE(set.Update(kStart + kMinute, {}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=firing");
  ASSERT_TRUE(set.Update(kStart + 2 * kMinute, {ElementOf("a")}, timing).ok());
  ASSERT_TRUE(set.Update(kStart + 3 * kMinute, {}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=firing");
  ASSERT_TRUE(set.Update(kStart + 5 * kMinute, {}, timing).ok());
  EXPECT_EQ(StateOf(set), "a=inactive");
}

TEST(AlertSetTest, ResolvedAlertsAreKeptForAQuarterOfAnHour) {
  AlertSet set;
  ASSERT_TRUE(set.Update(kStart, {ElementOf("a")}, {}).ok());
  ASSERT_TRUE(set.Update(kStart + kMinute, {}, {}).ok());
  ASSERT_TRUE(set.Update(kStart + 16 * kMinute, {}, {}).ok());
  EXPECT_EQ(StateOf(set), "a=inactive");
  ASSERT_TRUE(set.Update(kStart + 17 * kMinute, {}, {}).ok());
  EXPECT_TRUE(set.empty());
}

TEST(AlertSetTest, TooManyAlertsAreAnErrorAndForgotten) {
  AlertSet set;
  const Status status = set.Update(kStart, {ElementOf("a"), ElementOf("b")}, {.limit = 1});
  EXPECT_EQ(status.message(), "exceeded limit of 1 with 2 alerts");
  EXPECT_TRUE(set.empty());
}

TEST(AlertSetTest, EqualLabelsAreAnError) {
  AlertSet set;
  AlertSet::Element twin = ElementOf("a");
  twin.source = model::Labels{{"__name__", "other"}, {"instance", "a"}};
  EXPECT_EQ(set.Update(kStart, {ElementOf("a"), twin}, {}).message(),
            "vector contains metrics with the same labelset after applying alert labels");
}

TEST(AlertSetTest, SendsFiringAlertsAgainAndResolvedOnesAtOnce) {
  AlertSet set;
  ASSERT_TRUE(set.Update(kStart, {ElementOf("a")}, {}).ok());
  const std::vector<Alert> first = set.TakeUnsent(kStart, kMinute, kMinute);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].valid_until_ms, kStart + 4 * kMinute);
  EXPECT_TRUE(set.TakeUnsent(kStart + kMinute, kMinute, kMinute).empty());
  EXPECT_EQ(set.TakeUnsent(kStart + kMinute + 1, kMinute, kMinute).size(), 1u);
  ASSERT_TRUE(set.Update(kStart + kMinute + 2, {}, {}).ok());
  const std::vector<Alert> resolved = set.TakeUnsent(kStart + kMinute + 2, kMinute, kMinute);
  ASSERT_EQ(resolved.size(), 1u);
  EXPECT_EQ(resolved[0].resolved_at_ms, kStart + kMinute + 2);
}

TEST(AlertSetTest, AnOutageDoesNotCountForFor) {
  const int64_t hold = 30 * kMinute, grace = 10 * kMinute;
  const auto restored = [&](int64_t pending_ms, int64_t down_ms) {
    AlertSet set;
    EXPECT_TRUE(set.Update(kStart, {ElementOf("a")}, {.for_ms = hold}).ok());
    const AlertSet::LastState last{kStart - down_ms,
                                   static_cast<double>((kStart - down_ms - pending_ms) / 1000)};
    set.Restore(kStart, hold, grace, [&](const model::Labels&) { return &last; });
    return set.List()[0].active_at_ms - kStart;
  };

  EXPECT_EQ(restored(5 * kMinute, 3 * kMinute), -5 * kMinute);
  EXPECT_EQ(restored(25 * kMinute, 3 * kMinute), grace - hold);
  EXPECT_EQ(restored(40 * kMinute, 3 * kMinute), -43 * kMinute);
}

}  // namespace
}  // namespace kvs::rules

// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/route_labels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::gotemplate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TemplateSet Set() {
  TemplateSet set(AlertmanagerFunctions([] { return int64_t{1'710'504'000'000}; }));
  set.set_missing_key(MissingKey::kZero);
  EXPECT_TRUE(set.Parse("own.tmpl", "{{ define \"own\" }}own {{ .Status }}{{ end }}").ok());
  return set;
}

NotificationData Data() {
  NotificationData data;
  data.group_labels = {{"alertname", "DiskFull"}, {"database", "orders"}};
  data.reason = "first notification";
  data.alerts = {{"firing", {{"alertname", "DiskFull"}}, {}, 0, 0, "", "f1"}};
  Summarize(&data);
  return data;
}

RouteLabels::Rendered Render(const std::map<std::string, std::string>& labels) {
  return RouteLabels(Set(), labels).Render(Data());
}

TEST(RouteLabelsTest, SeeTheGroupEachOtherAndTheTenantsTemplates) {
  const RouteLabels::Rendered out = Render({
      {"team", "db"},
      {"reason", "database {{ .GroupLabels.database }}"},
      {"description", "{{ .GroupLabels.alertname }} ({{ routeLabels \"reason\" }})"},
      {"own", "{{ template \"own\" . }} {{ len .Alerts }}"},
      {"why", "{{ .NotificationReason }}"},
      {"raw", "{{ .RouteLabels.why }}"},
      {"none", "[{{ routeLabels \"nobody\" }}]"},
  });
  EXPECT_THAT(out.failed, IsEmpty());
  EXPECT_THAT(
      out.labels,
      ElementsAre(Pair("description", "DiskFull (database orders)"), Pair("none", "[]"),
                  Pair("own", "own firing 1"), Pair("raw", "{{ .NotificationReason }}"),
                  Pair("reason", "database orders"), Pair("team", "db"), Pair("why", "unknown")));
}

TEST(RouteLabelsTest, OneThatIsBrokenLeavesTheOthersWhole) {
  const RouteLabels::Rendered out = Render({
      {"a", "{{ routeLabels \"b\" }}"},
      {"b", "{{ routeLabels \"a\" }}"},
      {"c", "{{ tz \"No/Where\" now }}"},
      {"d", "{{ .Status"},
      {"e", "{{ routeLabels \"d\" }}"},
      {"ok", "fine"},
  });
  EXPECT_THAT(out.labels, ElementsAre(Pair("ok", "fine")));
  ASSERT_EQ(out.failed.size(), 5u);
  EXPECT_THAT(out.failed[0].second.message(), HasSubstr("route label cycle detected: a -> b -> a"));
  EXPECT_THAT(out.failed[1].second.message(), HasSubstr("route label cycle detected: b -> a -> b"));
  EXPECT_THAT(out.failed[2].second.message(), HasSubstr("unknown time zone No/Where"));
  EXPECT_THAT(out.failed[3].second.message(), HasSubstr("unclosed action"));
  EXPECT_THAT(out.failed[4].second.message(), HasSubstr("unclosed action"));
}

TEST(RouteLabelsTest, AllOfThemShareTheLimits) {
  std::map<std::string, std::string> labels;
  for (int i = 0; i < 50; ++i) labels[StrCat("l", i)] = "{{ range 100000 }}{{ end }}{{ \"done\" }}";
  const RouteLabels::Rendered out = Render(labels);
  EXPECT_GT(out.labels.size(), 0u);
  EXPECT_LT(out.labels.size(), 20u);  // A million steps.
  EXPECT_EQ(out.labels.size() + out.failed.size(), labels.size());
  EXPECT_EQ(out.failed.back().second.code(), StatusCode::kResourceExhausted);
}

TEST(RouteLabelsTest, AnotherCannotBeReachedDeeperThanTheStackBears) {
  std::string deep;
  for (int i = 0; i < 900; ++i) deep += "{{ if true }}";
  deep += "{{ routeLabels NEXT }}";
  for (int i = 0; i < 900; ++i) deep += "{{ end }}";
  std::map<std::string, std::string> labels;
  for (int i = 0; i < 100; ++i) {
    std::string text = deep;
    text.replace(text.find("NEXT"), 4, StrCat("\"l", i + 1, "\""));
    labels[StrCat("l", i)] = text;
  }
  EXPECT_THAT(Render(labels).failed[0].second.message(), HasSubstr("nested too deeply"));
}

TEST(RouteLabelsTest, InANotificationTheyAreTexts) {
  NotificationData data = Data();
  data.route_labels = {{"desc", "disk usage is {{ $value }}"}};
  EXPECT_EQ(*Set().ExecuteText("[{{ routeLabels \"desc\" }}] [{{ .RouteLabels.desc }}] [{{ range "
                               ".Alerts }}{{ routeLabels \"none\" }}{{ end }}]",
                               NotificationValue(data)),
            "[disk usage is {{ $value }}] [disk usage is {{ $value }}] []");
  EXPECT_EQ(*Set().ExecuteText("{{ routeLabels \"desc\" }}",
                               Value::MakeMap({{"RouteLabels", "no labels"}})),
            "");
}

}  // namespace
}  // namespace kvs::gotemplate

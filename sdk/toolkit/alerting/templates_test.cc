// SPDX-License-Identifier: Apache-2.0
// The templates that need no file print what Alertmanager's print; tests/alertmanager compares more
// of it with a live one.
#include "kvs/alerting/templates.h"

#include <gtest/gtest.h>

#include "kvs/gotemplate/alertmanager.h"

namespace kvs::alerting {
namespace {

gotemplate::Value Data() {
  gotemplate::NotificationData data{"r\\.x", "firing", "http://am", {{"alertname", "Down"}},
                                    {},      {},       {},          ""};
  data.common_labels = {{"alertname", "Down"}, {"job", "node"}};
  data.common_annotations = {{"summary", "s"}};
  data.alerts = {{"firing",
                  {{"alertname", "Down"}, {"job", "node"}},
                  {{"summary", "s"}},
                  1,
                  0,
                  "http://g",
                  "f"},
                 {"resolved", {{"alertname", "Down"}}, {}, 1, 2, "", "f"}};
  return gotemplate::NotificationValue(data);
}

std::string Print(const char* name, gotemplate::Output output = gotemplate::Output::kText) {
  const StatusOr<gotemplate::TemplateSet> set =
      NotificationTemplates({}, [] { return int64_t{0}; });
  if (!set.ok()) return set.status().message();
  const StatusOr<std::string> out = set->Execute(name, Data(), output);
  return out.ok() ? *out : out.status().message();
}

TEST(NotificationTemplatesTest, PrintToTheBlank) {
  const std::string firing =
      "Labels:\n - alertname = Down\n - job = node\nAnnotations:\n - summary = s\nSource: "
      "http://g\n";
  const std::string resolved = "Labels:\n - alertname = Down\nAnnotations:\nSource: \n";
  const std::string wide =
      "\n\nAlerts Firing:\n" + firing + "\n\n\nAlerts Resolved:\n" + resolved + "\n\n";
  EXPECT_EQ(Print("slack.default.title"), "[FIRING:1] Down (node)");
  EXPECT_EQ(Print("slack.default.titlelink"), "http://am/#/alerts?receiver=r%5C.x");
  EXPECT_EQ(Print("slack.default.fallback"),
            "[FIRING:1] Down (node) | http://am/#/alerts?receiver=r%5C.x");
  EXPECT_EQ(Print("opsgenie.default.description"),
            "s\nAlerts Firing:\n" + firing + "\nAlerts Resolved:\n" + resolved);
  EXPECT_EQ(Print("telegram.default.message"), wide);
  EXPECT_EQ(Print("sns.default.message"), "s" + wide);
  EXPECT_EQ(
      Print("msteams.default.text"),
      "\n\n# Alerts Firing:\n\nLabels:\n  - alertname = Down\n  - job = node\n\nAnnotations:\n"
      "  - summary = s\n\nSource: http://g\n\n\n\n\n# Alerts Resolved:\n\nLabels:\n"
      "  - alertname = Down\n\nAnnotations:\n\nSource: \n\n\n\n");
  EXPECT_EQ(Print("slack.default.color"), "danger");
  EXPECT_EQ(Print("email.default.subject"), "[FIRING:1] Down (node)");
}

TEST(NotificationTemplatesTest, TheMailHasAllThatIsTold) {
  const std::string mail = Print("email.default.html", gotemplate::Output::kHtml);
  for (const char* part :
       {"2 alerts for", "[1] Firing", "[1] Resolved", "summary", "href=\"http://g\""})
    EXPECT_NE(mail.find(part), std::string::npos) << part << " is not in\n" << mail;
}

TEST(NotificationTemplatesTest, ATenantsFilesGoOverThem) {
  const StatusOr<gotemplate::TemplateSet> set =
      NotificationTemplates({{"mine.tmpl", "{{ define \"slack.default.title\" }}mine{{ end }}"}},
                            [] { return int64_t{0}; });
  ASSERT_TRUE(set.ok());
  EXPECT_EQ(*set->Execute("slack.default.title", Data()), "mine");
  EXPECT_NE(NotificationTemplates({{"bad.tmpl", "{{"}}, [] { return int64_t{0}; })
                .status()
                .message()
                .find("bad.tmpl"),
            std::string::npos);
}

}  // namespace
}  // namespace kvs::alerting

// SPDX-License-Identifier: Apache-2.0
// What notifications print, with the functions and the data of Alertmanager.
#include "kvs/gotemplate/alertmanager.h"

#include <gtest/gtest.h>

namespace kvs::gotemplate {
namespace {

NotificationData Data() {
  NotificationData data{"team",
                        "firing",
                        "http://am",
                        {{"job", "node"}},
                        {{"job", "node"}, {"alertname", "Down"}, {"a", "1"}},
                        {{"summary", "s"}},
                        {},
                        "first notification"};
  data.alerts.push_back({"firing",
                         {{"alertname", "Down"}, {"instance", "a<b"}},
                         {{"d", "x y"}},
                         1'700'000'000'000,
                         0,
                         "http://g",
                         "f1"});
  data.alerts.push_back({"resolved",
                         {{"alertname", "Down"}, {"instance", "c"}},
                         {},
                         1'700'000'000'000,
                         1'700'000'060'000,
                         "",
                         "f2"});
  return data;
}

std::string Print(std::string_view text, Output output = Output::kText) {
  TemplateSet set(AlertmanagerFunctions([] { return int64_t{1'700'000'090'000}; }));
  set.set_missing_key(MissingKey::kZero);
  const StatusOr<std::string> out = set.ExecuteText(text, NotificationValue(Data()), output);
  return out.ok() ? *out : out.status().message();
}

TEST(AlertmanagerTemplateTest, PrintsWhatAlertmanagerPrints) {
  const struct {
    const char* text;
    const char* expected;
  } kCases[] = {
      {"[{{ .Status | toUpper }}{{ if eq .Status \"firing\" }}:{{ .Alerts.Firing | len }}{{ end "
       "}}] {{ .GroupLabels.SortedPairs.Values | join \" \" }} "
       "{{ if gt (len .CommonLabels) (len .GroupLabels) }}({{ with .CommonLabels.Remove "
       ".GroupLabels.Names }}{{ .Values | join \" \" }}{{ end }}){{ end }}",
       "[FIRING:1] node (Down 1)"},
      {"{{ range .Alerts }}{{ .Labels.instance }}={{ .Status }};{{ end }}",
       "a<b=firing;c=resolved;"},
      {"{{ range .Alerts.Resolved }}{{ .EndsAt.Format \"15:04:05\" }}{{ end }}", "22:14:20"},
      {"{{ (index .Alerts 0).StartsAt | date \"2006-01-02 15:04 MST\" }}", "2023-11-14 22:13 UTC"},
      {"{{ (index .Alerts 0).StartsAt | tz \"Europe/Paris\" | date \"15:04 MST\" }}", "23:13 CET"},
      {"{{ since (index .Alerts 0).StartsAt }} {{ since (index .Alerts 0).StartsAt | "
       "humanizeDuration }}",
       "1m30s 1m 30s"},
      {"{{ .CommonLabels.SortedPairs }} {{ .CommonLabels.Names }}",
       "alertname=Down, a=1, job=node [alertname a job]"},
      {"{{ stringSlice \"a\" \"b\" | join \",\" }} {{ trimSpace \" x \" }} {{ title \"ab cd\" }} "
       "{{ match \"a.\" \"ab\" }}",
       "a,b x Ab Cd true"},
      {"{{ reReplaceAll \"a(.)\" \"<$1>\" \"ab\" }} {{ urlUnescape \"a%20b+c\" }} {{ toJson "
       ".GroupLabels }}",
       "<b> a b c {\"job\":\"node\"}"},
      {"{{ .CommonLabels.nope }}|{{ .ExternalURL }}", "|http://am"},
      {"{{ $d := dict \"k\" (list 1 2) }}{{ index $d.k 1 }} {{ append (list 1) 2 3 }}",
       "2 [1 2 3]"},
      {"{{ $x := list 1 }}{{ range 1000 }}{{ $x = list $x }}{{ end }}",
       "template: :1:42: executing \"\" at <list $x>: values within values, at most 100 levels"},
      {"{{ $x := list 1 }}{{ range 90 }}{{ $x = list $x $x }}{{ end }}",
       "template: :1:40: executing \"\" at <list $x $x>: a value exceeds 4194304 bytes"},
      {"{{ .Nope }}",
       "template: :1:3: executing \"\" at <.Nope>: can't evaluate field Nope in type "
       "*template.Data"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Print(c.text), c.expected) << c.text;
}

TEST(AlertmanagerTemplateTest, MailIsEscaped) {
  EXPECT_EQ(Print("<a href=\"{{ .ExternalURL }}\">{{ (index .Alerts 0).Labels.instance }}</a>{{ "
                  "safeHtml \"<b>\" }}",
                  Output::kHtml),
            "<a href=\"http://am\">a&lt;b</a><b>");
}

}  // namespace
}  // namespace kvs::gotemplate

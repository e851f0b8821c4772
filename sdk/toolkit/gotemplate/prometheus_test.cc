// SPDX-License-Identifier: Apache-2.0
// What alerting rules print, with the functions of Prometheus.
#include "kvs/gotemplate/prometheus.h"

#include <cmath>

#include <gtest/gtest.h>

#include "promtool_cases.h"

namespace kvs::gotemplate {
namespace {

RuleEnvironment Environment() {
  RuleEnvironment environment;
  environment.external_url = "http://testhost:9090/path/prefix";
  environment.path_prefix = "/path/prefix";
  environment.now_ms = 1'700'000'000'500;
  environment.query = [](std::string_view query) -> StatusOr<std::vector<QuerySample>> {
    if (query == "metric{instance='a'}")
      return std::vector<QuerySample>{{{{"__name__", "metric"}, {"instance", "a"}}, 11}};
    if (query == "metric") {
      return std::vector<QuerySample>{
          {{{"__name__", "metric"}, {"instance", "b"}, {"__value__", "x"}}, 21},
          {{{"__name__", "metric"}, {"instance", "a"}}, 11}};
    }
    if (query == "none") return std::vector<QuerySample>{};
    return InvalidArgument("1:1: parse error: oh");
  };
  return environment;
}

std::string Print(std::string_view text, Value value = 1.5) {
  const StatusOr<RuleTemplate> parsed = RuleTemplate::Parse("test", text);
  if (!parsed.ok()) return parsed.status().message();
  const StatusOr<std::string> out =
      parsed->Expand(RuleData({{"job", "node"}, {"foo", "bar"}}, {{"zone", "z1"}},
                              "http://testhost:9090/path/prefix", std::move(value)),
                     Environment());
  return out.ok() ? *out : out.status().message();
}

TEST(PrometheusTemplateTest, PrintsWhatPrometheusPrints) {
  const struct {
    const char* text;
    Value value;
    const char* expected;
  } kCases[] = {
      {"plain", {}, "plain"},
      {"{{ 1 }}", {}, "1"},
      {"{{ $labels.job }} {{ .Labels.foo }} {{ $externalLabels.zone }} {{ $externalURL }} {{ "
       "$value }}",
       0.25, "node bar z1 http://testhost:9090/path/prefix 0.25"},
      {"{{ $labels.missing }}|{{ index $labels \"nope\" }}", {}, "|"},
      {"{{ query \"metric{instance='a'}\" | first | value }}", {}, "11"},
      {"{{ with query \"none\" }}x{{ else }}nothing{{ end }}", {}, "nothing"},
      {"{{ query \"metric\" | first | label \"instance\" }} {{ (query \"metric\" | "
       "first).Labels.instance }}",
       {},
       "b b"},
      {"{{ range query \"metric\" | sortByLabel \"instance\" }}{{ .Labels.instance }}:{{ .Value "
       "}}: {{ end }}",
       {},
       "a:11: b:21: "},
      {"{{ query \"metric\" | first | strvalue }}", {}, "x"},
      {"{{ humanize 0.0 }}:{{ humanize 1.0 }}:{{ humanize 1234567.0 }}:{{ humanize .12 }}",
       {},
       "0:1:1.235M:120m"},
      {"{{ humanize $value }}", std::nan(""), "NaN"},
      {"{{ humanize $value }}", INFINITY, "+Inf"},
      {"{{ humanize1024 0.0 }}:{{ humanize1024 1.0 }}:{{ humanize1024 1048576.0 }}:{{ humanize1024 "
       ".12 }}",
       {},
       "0:1:1Mi:0.12"},
      {"{{ humanize1024 1048576 }} {{ humanize \"2048\" }}", {}, "1Mi 2.048k"},
      {"{{ humanizeDuration 0 }}:{{ humanizeDuration 1 }}:{{ humanizeDuration 60 }}:{{ "
       "humanizeDuration 3600 }}:{{ humanizeDuration 86400 }}",
       {},
       "0s:1s:1m 0s:1h 0m 0s:1d 0h 0m 0s"},
      {"{{ humanizeDuration 86401 }}:{{ humanizeDuration -61 }}:{{ humanizeDuration 899.99 }}:{{ "
       "humanizeDuration .1 }}:{{ humanizeDuration .0001 }}",
       {},
       "1d 0h 0m 1s:-1m 1s:14m 59s:100ms:100us"},
      {"{{ humanizePercentage -0.22222 }}:{{ humanizePercentage 0.1234567 }}:{{ humanizePercentage "
       "\"1.23456\" }}",
       {},
       "-22.22%:12.35%:123.5%"},
      {"{{ humanizeTimestamp 1435065584.128 }}", {}, "2015-06-23 13:19:44.128 +0000 UTC"},
      {"{{ (1435065584.128 | toTime).Year }}", {}, "2015"},
      {"{{ toDuration 1800 }} {{ parseDuration \"1h2m10ms\" }} {{ now }}",
       {},
       "30m0s 3720.01 1.7000000005e+09"},
      {"{{ \"aa bb CC\" | title }} {{ \"aBc\" | toUpper }} {{ \"aBc\" | toLower }}",
       {},
       "Aa Bb CC ABC abc"},
      {"{{ reReplaceAll \"(a)b\" \"x$1\" \"ab\" }} {{ match \"a+\" \"aa\" }} {{ match \"a+\" \"b\" "
       "}}",
       {},
       "xa true false"},
      {"{{ stripPort \"foo:1234\" }} {{ stripPort \"[::1]:80\" }} {{ stripPort \"foo\" }}",
       {},
       "foo ::1 foo"},
      {"{{ stripDomain \"foo.example.com\" }} {{ stripDomain \"foo.example.com:80\" }} {{ "
       "stripDomain \"1.2.3.4\" }}",
       {},
       "foo foo:80 1.2.3.4"},
      {"{{ graphLink \"up == 0\" }} {{ tableLink \"up\" }}",
       {},
       "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=up&g0.tab=1"},
      {"{{ pathPrefix }} {{ externalURL }} {{ urlQueryEscape \"a b&c\" }}",
       {},
       "/path/prefix http://testhost:9090/path/prefix a+b%26c"},
      {"{{ define \"a\" }}{{ .arg0 }} {{ .arg1 }}{{ end }}{{ template \"a\" (args 1 \"2\") }} {{ "
       "tmpl \"a\" (args 3 4) }}",
       {},
       "1 2 3 4"},
      {"{{ safeHtml \"<b>\" }}", {}, "<b>"},
      {"{{ . }", {}, "error parsing template test: template: test:1: unexpected \"}\" in operand"},
      {"{{ nofunc }}",
       {},
       "error parsing template test: template: test:1: function \"nofunc\" not defined"},
      {"{{ first (query \"none\") }}",
       {},
       "error executing template test: template: test:1:115: executing \"test\" at <first (query "
       "\"none\")>: error calling first: first() called on vector with no elements"},
      {"{{ query \"missing(\" }}",
       {},
       "error executing template test: template: test:1:115: executing \"test\" at <query "
       "\"missing(\">: error calling query: 1:1: parse error: oh"},
      {"{{ humanize \"one\" }}",
       {},
       "error executing template test: template: test:1:115: executing \"test\" at <humanize "
       "\"one\">: error calling humanize: strconv.ParseFloat: parsing \"one\": invalid syntax"},
  };
  for (const auto& c : kCases) EXPECT_EQ(Print(c.text, c.value), c.expected) << c.text;
}

TEST(PrometheusTemplateTest, PrintsWhatPromtoolRecorded) {
  RuleEnvironment environment = Environment();
  environment.query = [](std::string_view query) -> StatusOr<std::vector<QuerySample>> {
    if (query == "up")
      return std::vector<QuerySample>{{{{"__name__", "up"}, {"foo", "b"}, {"job", "node"}}, 0}};
    if (query == "none" || query == "nothing") return std::vector<QuerySample>{};
    return InvalidArgument("1:9: parse error: unclosed left parenthesis");
  };
  const Value data = RuleData({{"__name__", "up"}, {"foo", "b"}, {"job", "node"}}, {}, "", 0.0);

  for (const PromtoolCase& c : kPromtoolCases) {
    const StatusOr<RuleTemplate> parsed = RuleTemplate::Parse("t", c.text);
    const StatusOr<std::string> out =
        parsed.ok() ? parsed->Expand(data, environment) : parsed.status();
    EXPECT_EQ(out.ok() ? *out : out.status().message(), c.expected) << c.text;
  }
}

}  // namespace
}  // namespace kvs::gotemplate

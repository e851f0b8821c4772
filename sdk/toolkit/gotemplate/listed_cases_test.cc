// SPDX-License-Identifier: Apache-2.0
// What the tests of Prometheus and of Alertmanager say that templates print, case by case: the list
// of README.md. Texts are ours, behaviour is theirs.
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/alertmanager.h"
#include "kvs/gotemplate/prometheus.h"
#include "kvs/gotemplate/route_labels.h"

namespace kvs::gotemplate {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

/// A rule's template with `value` as $value, and queries that give `found`.
std::string Rule(std::string_view text, Value value = {}, std::vector<QuerySample> found = {}) {
  RuleEnvironment environment;
  environment.external_url = "http://host:9090/some/where";
  environment.path_prefix = "/some/where";
  environment.now_ms = 1'710'504'000'000;
  environment.query = [&](std::string_view) -> StatusOr<std::vector<QuerySample>> { return found; };
  const StatusOr<RuleTemplate> parsed = RuleTemplate::Parse("case", text);
  if (!parsed.ok()) return parsed.status().message();
  const StatusOr<std::string> out =
      parsed->Expand(RuleData({}, {}, environment.external_url, std::move(value)), environment);
  return out.ok() ? *out : out.status().message();
}

/// Without an environment, as part of a page.
std::string RuleHtml(std::string_view text, const Value& data = {}) {
  const StatusOr<std::string> out =
      TemplateSet(PrometheusFunctions()).ExecuteText(text, data, Output::kHtml);
  return out.ok() ? *out : out.status().message();
}

std::string Notification(std::string_view text, const Value& data = {},
                         Output output = Output::kText) {
  TemplateSet set(AlertmanagerFunctions([] { return int64_t{1'710'504'000'000}; }));
  set.set_missing_key(MissingKey::kZero);
  const StatusOr<std::string> out = set.ExecuteText(text, data, output);
  return out.ok() ? *out : out.status().message();
}

/// fn of each item, with a comma behind each.
std::string Each(std::string_view fn, std::vector<Value> items) {
  return Rule(StrCat("{{ range $value }}{{ ", fn, " . }},{{ end }}"),
              Value::MakeList(std::move(items)));
}

const std::vector<QuerySample>& TwoNodes() {
  static const std::vector<QuerySample> kSamples{
      {{{"__name__", "load"}, {"__value__", "text"}, {"node", "n2"}}, 7.0},
      {{{"__name__", "load"}, {"node", "n1"}}, 3.5}};
  return kSamples;
}

TEST(RuleTemplateCases, TextValuesAndEscaping) {
  EXPECT_EQ(Rule("no action"), "no action");
  EXPECT_EQ(Rule("{{ 7 }}"), "7");
  EXPECT_EQ(Rule("{{\xc2\xa0}}"),
            "error parsing template case: template: case:1: unrecognized character in action: "
            "U+00A0");
  EXPECT_EQ(Rule("{{ \"<i>\" }}{{ \"<b>\" | safeHtml }}"), "<i><b>");
  EXPECT_EQ(RuleHtml("{{ \"<i>\" }}{{ \"<b>\" | safeHtml }}"), "&lt;i&gt;<b>");
  EXPECT_EQ(Rule("{{ define \"t\" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template \"t\" (args \"x\" "
                 "2) }}"),
            "x-2");
  EXPECT_EQ(Rule("{{ define \"t\" }}y{{ end }}{{ $n := \"t\" }}{{ tmpl $n . }}"), "y");
  EXPECT_EQ(Rule("{{"), "error parsing template case: template: case:1: unclosed action");
}

TEST(RuleTemplateCases, Queries) {
  EXPECT_EQ(Rule("{{ query \"2.5\" | first | value }}", {}, {{{}, 2.5}}), "2.5");
  EXPECT_EQ(Rule("{{ query \"load\" | first | value }}", {}, TwoNodes()), "7");
  EXPECT_EQ(Rule("{{ query \"load\" | first | label \"node\" }}", {}, TwoNodes()), "n2");
  EXPECT_EQ(Rule("{{ query \"load\" | first | strvalue }}", {}, TwoNodes()), "text");
  EXPECT_EQ(Rule("[{{ query \"load\" | first | label \"no\" }}]", {}, TwoNodes()), "[]");
  EXPECT_EQ(Rule("[{{ $q := query \"load\" | first }}{{ $q.Labels.no }}]", {}, TwoNodes()), "[]");
  EXPECT_EQ(Rule("{{ range query \"load\" | sortByLabel \"node\" }}{{ .Labels.node }}={{ .Value }} "
                 "{{ end }}",
                 {}, TwoNodes()),
            "n1=3.5 n2=7 ");
  const Value sample =
      Value::MakeMap({{"Labels", Value::StringMap({{"node", "n1"}}, "", nullptr)}});
  EXPECT_EQ(RuleHtml("[{{ $q := . }}{{ $q.Labels.no }}]", sample), "[]");
  const std::string empty = Rule("{{ query \"x\" | first }}");
  EXPECT_NE(empty.find("executing \"case\" at <first>: error calling first: first() called on "
                       "vector with no elements"),
            std::string::npos)
      << empty;
  const std::string field = Rule("{{ (query \"x\").apple }}");
  EXPECT_NE(field.find("can't evaluate field apple in type template.queryResult"),
            std::string::npos)
      << field;
}

TEST(RuleTemplateCases, MissingKeys) {
  const Value data = Value::MakeMap({{"There", 1}});
  EXPECT_EQ(Rule("{{ $value.Gone }}", data), "<no value>");
  TemplateSet set;
  EXPECT_EQ(*set.ExecuteText("{{ .Gone }}", data, Output::kHtml), "");
  set.set_missing_key(MissingKey::kError);
  for (const Output output : {Output::kText, Output::kHtml}) {
    const Status status = set.ExecuteText("{{ .Gone }}", data, output).status();
    EXPECT_NE(status.message().find("no entry for key \"Gone\""), std::string::npos)
        << status.message();
  }
}

TEST(RuleTemplateCases, HostsAndDomains) {
  const struct {
    const char *host, *without_port, *without_domain;
  } kCases[] = {
      {"a.example.org", "a.example.org", "a"},
      {"a.example.org:81", "a.example.org", "a:81"},
      {"198.51.100.7", "198.51.100.7", "198.51.100.7"},
      {"198.51.100.7:81", "198.51.100.7", "198.51.100.7:81"},
      {"2001:db8::7", "2001:db8::7", "2001:db8::7"},
      {"[2001:db8::7]:81", "2001:db8::7", "[2001:db8::7]:81"},
      {"[2001:db8::7]::81", "[2001:db8::7]::81", "[2001:db8::7]::81"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Rule(StrCat("{{ \"", c.host, "\" | stripPort }}")), c.without_port) << c.host;
    EXPECT_EQ(Rule(StrCat("{{ \"", c.host, "\" | stripDomain }}")), c.without_domain) << c.host;
  }
}

TEST(RuleTemplateCases, Histograms) {
  const Value histogram = HistogramValue(3, 10, "{count:3, sum:10}");
  EXPECT_EQ(Rule("{{ query \"h\" | first | value }}", {}, {{{}, histogram}}), "{count:3, sum:10}");
  EXPECT_EQ(RuleHtml("{{ . | value }}", Value::Struct("*template.sample", {{"Value", histogram}})),
            "{count:3, sum:10}");
  EXPECT_EQ(Rule("{{ $value }} {{ $value.Count }} {{ $value.Sum }} {{ printf \"%s|%25v\" $value "
                 "$value }} {{ eq $value.Sum 10.0 }}",
                 histogram),
            "{count:3, sum:10} 3 10 {count:3, sum:10}|        {count:3, sum:10} true");
  const std::string error = Rule("{{ humanize $value }}", histogram);
  EXPECT_NE(error.find("can't convert *histogram.FloatHistogram to float"), std::string::npos)
      << error;
}

TEST(RuleTemplateCases, UnsignedIntegers) {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  constexpr uint64_t kZero = 0, kOne = 1, kMany = 7654321;
  EXPECT_EQ(Each("humanize", {kZero, kOne, kMany, kMax}), "0,1,7.654M,18.45E,");
  EXPECT_EQ(Each("humanize1024", {kZero, kOne, kMany, kMax}), "0,1,7.3Mi,16Ei,");
  EXPECT_EQ(Each("humanizeDuration", {kZero, kOne, kMany}), "0s,1s,88d 14h 12m 1s,");
  EXPECT_EQ(Each("humanizePercentage", {kZero, kOne, kMany, kMax}),
            "0%,100%,7.654e+08%,1.845e+21%,");
  EXPECT_EQ(Each("humanizeTimestamp", {kZero, uint64_t{86400}, uint64_t{9223372036}}),
            "1970-01-01 00:00:00 +0000 UTC,1970-01-02 00:00:00 +0000 UTC,"
            "2262-04-11 23:47:16 +0000 UTC,");
  EXPECT_NE(Each("humanizeTimestamp", {kMax})
                .find("1.8446744073709552e+19 cannot be represented as a nanoseconds timestamp "
                      "since it overflows int64"),
            std::string::npos);
  EXPECT_EQ(
      Rule("{{ $value }} {{ printf \"%d %x %v %T %5.2f\" $value $value $value $value $value }}",
           kMax),
      "18446744073709551615 18446744073709551615 ffffffffffffffff 18446744073709551615 uint64 "
      "%!f(uint64=18446744073709551615)");
  EXPECT_EQ(Rule("{{ gt $value 9223372036854775807 }} {{ lt -1 $value }} {{ eq $value $value }} "
                 "{{ if $value }}y{{ end }}",
                 kMax),
            "true true true y");
  EXPECT_EQ(Rule("{{ index (query \"x\") $value | value }} {{ range $value }}{{ . }}{{ end }}",
                 kOne, TwoNodes()),
            "3.5 0");
}

TEST(RuleTemplateCases, HumanNumbers) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(Each("humanize", {0.0, 1.0, 7654321.0, 0.25}), "0,1,7.654M,250m,");
  EXPECT_EQ(Each("humanize", {"0.0", "1.0", "7654321.0", ".25"}), "0,1,7.654M,250m,");
  EXPECT_EQ(Each("humanize", {0, -1, 1, 7654321, kMax}), "0,-1,1,7.654M,9.223E,");
  EXPECT_EQ(Each("humanize1024", {0.0, 1.0, 2097152.0, 0.25}), "0,1,2Mi,0.25,");
  EXPECT_EQ(Each("humanize1024", {"0.0", "1.0", "2097152.0", ".25"}), "0,1,2Mi,0.25,");
  EXPECT_EQ(Each("humanize1024", {0, -1, 1, 7654321, kMax}), "0,-1,1,7.3Mi,8Ei,");
  EXPECT_EQ(Each("humanizePercentage", {-0.11111, 0.0, 0.7654321, 3.21}),
            "-11.11%,0%,76.54%,321%,");
  EXPECT_EQ(Each("humanizePercentage", {"-0.11111", "0.0", "0.7654321", "3.21"}),
            "-11.11%,0%,76.54%,321%,");
  EXPECT_EQ(Each("humanizePercentage", {0, -1, 1, 7654321, kMax}),
            "0%,-100%,100%,7.654e+08%,9.223e+20%,");
  for (const char* fn : {"humanize", "humanize1024", "humanizeDuration", "humanizePercentage"}) {
    const std::string error = Rule(StrCat("{{ ", fn, " \"two\" }}"));
    EXPECT_NE(error.find(StrCat("error calling ", fn,
                                ": strconv.ParseFloat: parsing \"two\": invalid syntax")),
              std::string::npos)
        << error;
  }
}

TEST(RuleTemplateCases, HumanDurationsAndTimes) {
  EXPECT_EQ(
      Each("humanizeDuration", {0.0, 2.0, 120.0, 7200.0, 172800.0, 176400.0, -93784.0, 59.99}),
      "0s,2s,2m 0s,2h 0m 0s,2d 0h 0m 0s,2d 1h 0m 0s,-1d 2h 3m 4s,59.99s,");
  EXPECT_EQ(Each("humanizeDuration", {"0", "2", "120", "7200", "172800"}),
            "0s,2s,2m 0s,2h 0m 0s,2d 0h 0m 0s,");
  EXPECT_EQ(Each("humanizeDuration", {.2, .0002, .54321, 120.2, 2.3456, 23.456}),
            "200ms,200us,543.2ms,2m 0s,2.346s,23.46s,");
  EXPECT_EQ(Each("humanizeDuration", {".2", ".0002", ".54321"}), "200ms,200us,543.2ms,");
  EXPECT_EQ(Each("humanizeDuration", {0, -2, 2, 7654321}), "0s,-2s,2s,88d 14h 12m 1s,");
  EXPECT_EQ(Each("humanizeTimestamp", {0, -1, 86400, 9223372036}),
            "1970-01-01 00:00:00 +0000 UTC,1969-12-31 23:59:59 +0000 UTC,"
            "1970-01-02 00:00:00 +0000 UTC,2262-04-11 23:47:16 +0000 UTC,");
  EXPECT_EQ(Each("humanizeTimestamp", {1700000000.5, "1700000000.5"}),
            "2023-11-14 22:13:20.5 +0000 UTC,2023-11-14 22:13:20.5 +0000 UTC,");
  for (const int64_t value :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()}) {
    EXPECT_NE(
        Each("humanizeTimestamp", {value})
            .find("cannot be represented as a nanoseconds timestamp since it overflows int64"),
        std::string::npos)
        << value;
  }
  for (const char* fn : {"humanize", "humanize1024", "humanizeDuration", "humanizeTimestamp"}) {
    EXPECT_EQ(Each(fn, {kInf, -kInf, std::nan("")}), "+Inf,-Inf,NaN,") << fn;
    EXPECT_EQ(Each(fn, {"+Inf", "-Inf", "NaN"}), "+Inf,-Inf,NaN,") << fn;
  }
  EXPECT_EQ(Rule("{{ (1700000000.5 | toTime).Format \"2006-01\" }} {{ (\"1700000000.5\" | "
                 "toTime).Format \"2006-01\" }}"),
            "2023-11 2023-11");
  EXPECT_NE(Rule("{{ toTime 1e300 }}").find("overflows int64"), std::string::npos);
  EXPECT_NE(Rule("{{ toTime -1e300 }}").find("overflows int64"), std::string::npos);
  EXPECT_EQ(Rule("{{ printf \"%0.3f\" (parseDuration \"2h1m5ms\") }}"), "7260.005");
  EXPECT_EQ(Rule("{{ printf \"%0.3f\" (parseDuration \"-2h1m5ms\") }}"), "-7260.005");
  EXPECT_EQ(Rule("{{ (5400 | toDuration).String }} {{ (\"5400\" | toDuration).String }}"),
            "1h30m0s 1h30m0s");
  EXPECT_EQ(Rule("{{ now }} {{ (now | toTime).Format \"Mon Jan 2 15:04:05 2006\" }}"),
            "1.710504e+09 Fri Mar 15 12:00:00 2024");
  EXPECT_EQ(Rule("{{ (\"-15m\" | parseDuration | toDuration | (now | toTime).Add).UnixMilli }}"),
            "1710503100000");
}

TEST(RuleTemplateCases, TextsAndLinks) {
  EXPECT_EQ(Rule("{{ \"ab cd EF\" | title }}|{{ \"ab EF\" | toUpper }}|{{ \"aB EF\" | toLower }}"),
            "Ab Cd EF|AB EF|ab ef");
  EXPECT_EQ(Rule("{{ match \"b+\" \"bbb\" }} {{ match \"b+\" \"a\" }}"), "true false");
  EXPECT_EQ(Rule("{{ reReplaceAll \"(b)c\" \"<$1>\" \"abc\" }}"), "a<b>");
  EXPECT_EQ(Rule("{{ graphLink \"load\" }} {{ tableLink \"load\" }}"),
            "/graph?g0.expr=load&g0.tab=0 /graph?g0.expr=load&g0.tab=1");
  EXPECT_EQ(Rule("{{ pathPrefix }} {{ externalURL }}"), "/some/where http://host:9090/some/where");
}

/// Data of a notification with these group labels.
Value Labelled(std::vector<std::pair<std::string, std::string>> labels) {
  NotificationData data;
  data.group_labels = labels;
  data.common_labels = std::move(labels);
  data.alerts = {{"firing", {{"alertname", "A"}}, {}, 0, 0, "", "f1"},
                 {"resolved", {}, {}, 0, 1, "", "f2"},
                 {"firing", {}, {}, 0, 0, "", "f3"}};
  return NotificationValue(data);
}

TEST(NotificationTemplateCases, TextsAndEscaping) {
  EXPECT_EQ(Notification("xyz"), "xyz");
  EXPECT_EQ(Notification("{{ \"xyz\" }}"), "xyz");
  EXPECT_EQ(Notification("{{ "), "template: :1: unclosed action");
  EXPECT_EQ(Notification("{{ \"xyz\" | toUpper }}{{ \"XYZ\" | toLower }}{{ \"xyz\" | title }}"),
            "XYZxyzXyz");
  EXPECT_EQ(Notification("[{{ \" x y \" | trimSpace }}]"), "[x y]");
  EXPECT_EQ(Notification("{{ if match \"^x\" \"xyz\" }}yes{{ end }}{{ if match \"xyzz\" \"xyz\" "
                         "}}no{{ end }}"),
            "yes");
  EXPECT_EQ(Notification("{{ . | join \"+\" }}", Value::Strings({"x", "y", "z"})), "x+y+z");
  EXPECT_EQ(Notification("{{ reReplaceAll \"xy\" \"X\" \"xyzxyzx\" }}"), "XzXzx");
  EXPECT_EQ(Notification("{{ \"<u>\" }}"), "<u>");
  EXPECT_EQ(Notification("{{ \"<u>\" }}", {}, Output::kHtml), "&lt;u&gt;");
  EXPECT_EQ(Notification("{{ \"<u>\" | safeHtml }}", {}, Output::kHtml), "<u>");
  EXPECT_EQ(Notification("<a href=\"/find?{{ \"q=a%20b\" }}\"></a>", {}, Output::kHtml),
            "<a href=\"/find?q%3da%2520b\"></a>");
  EXPECT_EQ(Notification("<a href=\"/find?{{ \"q=a%20b\" | safeUrl }}\"></a>", {}, Output::kHtml),
            "<a href=\"/find?q=a%20b\"></a>");
  EXPECT_EQ(Notification("{{ \"find?q=a%20b\" | urlUnescape }}"), "find?q=a b");
}

TEST(NotificationTemplateCases, FunctionsOfAProgramsOwn) {
  Functions functions = *AlertmanagerFunctions([] { return int64_t{0}; });
  functions["twice"] = {{Param::kString}, false, [](Context&, const std::vector<Value>& args) {
                          return StatusOr<Value>(StrCat(args[0].as_string(), args[0].as_string()));
                        }};
  const TemplateSet set(std::make_shared<const Functions>(std::move(functions)));
  for (const Output output : {Output::kText, Output::kHtml})
    EXPECT_EQ(*set.ExecuteText("{{ \"x\" | twice | toUpper }}", {}, output), "XX");
  EXPECT_EQ(Notification("{{ \"x\" | twice }}"), "template: :1: function \"twice\" not defined");
}

TEST(NotificationTemplateCases, LabelsOfRoutes) {
  const auto render = [](std::map<std::string, std::string> labels, const std::string& name) {
    TemplateSet set(AlertmanagerFunctions([] { return int64_t{0}; }));
    NotificationData data;
    data.group_labels = {{"k", "v"}};
    const RouteLabels::Rendered out = RouteLabels(set, labels).Render(data);
    for (const auto& [label, text] : out.labels)
      if (label == name) return text;
    for (const auto& [label, why] : out.failed)
      if (label == name) return why.message();
    return std::string("none");
  };
  EXPECT_EQ(
      render({{"a", "{{ routeLabels \"b\" }}, {{ routeLabels \"c\" }}, {{ routeLabels \"d\" }}"},
              {"b", "b"},
              {"c", "{{ .GroupLabels.k }}"},
              {"d", "{{ routeLabels \"c\" }} again"}},
             "a"),
      "b, v, v again");
  EXPECT_EQ(render({{"a", "[{{ routeLabels \"nobody\" }}]"}}, "a"), "[]");
  EXPECT_NE(render({{"a", "{{ routeLabels \"b\" }}"}, {"b", "{{ routeLabels \"a\" }}"}}, "a")
                .find("route label cycle detected: a -> b -> a"),
            std::string::npos);
  EXPECT_NE(render({{"a", "{{ routeLabels \"a\" }}"}}, "a").find("cycle detected: a -> a"),
            std::string::npos);
  EXPECT_EQ(render({{"top", "{{ routeLabels \"l\" }}-{{ routeLabels \"r\" }}"},
                    {"l", "{{ routeLabels \"leaf\" }}"},
                    {"r", "{{ routeLabels \"leaf\" }}"},
                    {"leaf", "{{ .GroupLabels.k }}"}},
                   "top"),
            "v-v");
}

TEST(NotificationTemplateCases, LabelsAndAlerts) {
  const Value data = Labelled({{"d", "4"}, {"alertname", "n"}, {"b", "2"}});
  EXPECT_EQ(Notification(
                "{{ .GroupLabels.SortedPairs.Names }} {{ .GroupLabels.SortedPairs.Values }}", data),
            "[alertname b d] [n 2 4]");
  EXPECT_EQ(Notification("{{ .GroupLabels.SortedPairs.String }}", data), "alertname=n, b=2, d=4");
  EXPECT_EQ(Notification("{{ .GroupLabels.SortedPairs.String }}", Labelled({{"d", "4"}})), "d=4");
  EXPECT_EQ(Notification("{{ .GroupLabels }}|{{ .GroupLabels.SortedPairs }}|{{ printf \"%v\" "
                         ".GroupLabels }}",
                         data),
            "alertname=n, b=2, d=4|alertname=n, b=2, d=4|alertname=n, b=2, d=4");
  EXPECT_EQ(Notification(
                "{{ .GroupLabels.Names.Join \",\" }} {{ .GroupLabels.Values | join \"+\" }}", data),
            "alertname,b,d n+2+4");
  EXPECT_EQ(
      Notification("{{ (.GroupLabels.Remove (stringSlice \"alertname\" \"d\")).Names }}", data),
      "[b]");
  EXPECT_EQ(Notification("{{ with .GroupLabels }}{{ with .Remove (stringSlice \"b\" \"d\") }}{{ "
                         ".SortedPairs.Values }}{{ end }}{{ end }}",
                         data),
            "[n]");
  EXPECT_EQ(Notification("{{ len .Alerts.Firing }} {{ len .Alerts.Resolved }}", data), "2 1");
}

TEST(NotificationTemplateCases, Json) {
  EXPECT_EQ(Notification("{{ \"xyz\" | toJson }} {{ 7 | toJson }} {{ true | toJson }}"),
            "\"xyz\" 7 true");
  EXPECT_EQ(Notification("{{ . | toJson }}", Value::MakeMap({{"k", "v"}, {"n", 7}})),
            "{\"k\":\"v\",\"n\":7}");
  EXPECT_EQ(Notification("{{ . | toJson }}", Value::Strings({"x", "y"})), "[\"x\",\"y\"]");
  EXPECT_EQ(Notification("{{ .CommonLabels | toJson }}", Labelled({{"s", "1"}, {"j", "2"}})),
            "{\"j\":\"2\",\"s\":\"1\"}");
  const std::string first =
      "{\"status\":\"firing\",\"labels\":{\"alertname\":\"A\"},\"annotations\":{},"
      "\"startsAt\":\"1970-01-01T00:00:00Z\",\"endsAt\":\"0001-01-01T00:00:00Z\","
      "\"generatorURL\":\"\",\"fingerprint\":\"f1\"}";
  EXPECT_EQ(Notification("{{ index .Alerts 0 | toJson }}", Labelled({})), first);
  const std::string firing = Notification("{{ .Alerts.Firing | toJson }}", Labelled({}));
  EXPECT_EQ(firing.find(StrCat("[", first, ",{\"status\":\"firing\"")), 0u) << firing;
  EXPECT_EQ(firing.find("resolved"), std::string::npos) << firing;
  EXPECT_EQ(Notification("{{ $l := list }}{{ range .Alerts }}{{ $l = append $l (dict \"s\" .Status "
                         "\"f\" .Fingerprint) }}{{ end }}{{ toJson $l }}",
                         Labelled({})),
            "[{\"f\":\"f1\",\"s\":\"firing\"},{\"f\":\"f2\",\"s\":\"resolved\"},"
            "{\"f\":\"f3\",\"s\":\"firing\"}]");
}

TEST(NotificationTemplateCases, ListsDictionariesAndBase64) {
  EXPECT_EQ(Notification("{{ list }} {{ list \"x\" \"y\" }} {{ append (list \"x\") \"y\" \"z\" }}"),
            "[] [x y] [x y z]");
  EXPECT_EQ(Notification("{{ dict }} {{ dict \"x\" 1 \"y\" 2 }}"), "map[] map[x:1 y:2]");
  EXPECT_NE(Notification("{{ dict \"x\" }}").find("error calling dict"), std::string::npos);
  EXPECT_NE(Notification("{{ dict 1 2 }}").find("error calling dict"), std::string::npos);
  EXPECT_EQ(Notification("{{ \"xyz!\" | base64encode }} {{ \"~~~>>>?\" | base64encode }}"),
            "eHl6IQ== fn5-Pj4-Pw==");
  EXPECT_EQ(Notification("{{ \"eHl6IQ==\" | base64decode }}"), "xyz!");
  for (const char* bad : {"no base64!", "eHl6IQ", "eHl6I?=="}) {
    EXPECT_NE(
        Notification(StrCat("{{ \"", bad, "\" | base64decode }}")).find("illegal base64 data"),
        std::string::npos)
        << bad;
  }
}

TEST(NotificationTemplateCases, Times) {
  const Value at(Value::Time::OfUnixMs(1'706'776'530'000));
  EXPECT_EQ(Notification("{{ . | date \"2006-01-02\" }}", at), "2024-02-01");
  EXPECT_EQ(Notification("{{ . | tz \"Europe/Paris\" }}", at), "2024-02-01 09:35:30 +0100 CET");
  EXPECT_EQ(
      Notification("{{ . | tz \"No/Where\" }}", at),
      "template: :1:7: executing \"\" at <tz \"No/Where\">: error calling tz: unknown time zone "
      "No/Where");
  EXPECT_EQ(Notification("{{ . | since | humanizeDuration }}",
                         Value(Value::Time::OfUnixMs(1'710'500'400'000))),
            "1h 0m 0s");
  EXPECT_EQ(Notification("{{ now | date \"2006-01-02T15:04:05\" }}"), "2024-03-15T12:00:00");
  EXPECT_EQ(Notification("{{ range . }}{{ humanizeDuration . }},{{ end }}",
                         Value::MakeList({2.0, "120", .2, 7654321, uint64_t{7654321}, -93784.0})),
            "2s,2m 0s,200ms,88d 14h 12m 1s,88d 14h 12m 1s,-1d 2h 3m 4s,");
  EXPECT_EQ(Notification("{{ humanizeDuration \"two\" }}"),
            "template: :1:3: executing \"\" at <humanizeDuration \"two\">: error calling "
            "humanizeDuration: strconv.ParseFloat: parsing \"two\": invalid syntax");
}

TEST(NotificationTemplateCases, TimesOutOfTexts) {
  const struct {
    const char *layout, *text, *expected;
  } kCases[] = {
      {"2006-01-02", "2024-02-29", "2024-02-29T00:00:00Z"},
      {"2006-01-02 15:04:05 -0700", "2024-02-29 23:30:01 -0130", "2024-03-01T01:00:01Z"},
      {"2006-01-02T15:04:05Z07:00", "2024-02-29T01:02:03.25Z", "2024-02-29T01:02:03.25Z"},
      {"2 Jan 06, 3:04pm", "9 Mar 24, 1:07pm", "2024-03-09T13:07:00Z"},
      {"Monday, January _2 2006", "Friday, March  1 2024", "2024-03-01T00:00:00Z"},
      {"2006 002", "2024 060", "2024-02-29T00:00:00Z"},
      {"2006 __2", "2024   7", "2024-01-07T00:00:00Z"},
      {"2 January 2006", "1 mARCH 2024", "2024-03-01T00:00:00Z"},
      {"2006-01-02   15:04", "2024-02-29 10:00", "2024-02-29T10:00:00Z"},
      {"2006-01-02 15:04", "2024-02-29    10:00", "2024-02-29T10:00:00Z"},
      {"2006-01-02 15:04 PM", "2024-02-29 15:04 PM", "2024-02-29T15:04:00Z"},
      {"2006-01-02 15:04 PM", "2024-02-29 12:04 AM", "2024-02-29T00:04:00Z"},
      {"2006-01-02 15:04:05.00", "2024-02-29 01:02:03.25", "2024-02-29T01:02:03.25Z"},
      {"2006-01-02T15:04:05.9Z07", "2024-02-29T01:02:03Z", "2024-02-29T01:02:03Z"},
      {"2006-01-02 15:04:05", "2024-02-29 01:02:03,1234567899", "2024-02-29T01:02:03.123Z"},
      {"2006-01-02 15:04 MST", "2024-02-29 10:00 CEST", "2024-02-29T10:00:00Z"},
      {"2006-01-02 15:04 MST", "2024-02-29 10:00 GMT+3", "2024-02-29T07:00:00Z"},
      {"Janet 2006", "Janet 2024", "2024-01-01T00:00:00Z"},
      // Years that a count of nanoseconds does not reach.
      {"15:04", "10:30", "0000-01-01T10:30:00Z"},
      {"15:04:05.000", "23:59:59.875", "0000-01-01T23:59:59.875Z"},
      {"Jan 2", "Feb 29", "0000-02-29T00:00:00Z"},
      {"2006", "1066", "1066-01-01T00:00:00Z"},
      {"2006-01-02 15:04", "9999-12-31 23:59", "9999-12-31T23:59:00Z"},
  };
  for (const auto& c : kCases) {
    const StatusOr<Value::Time> time = ParseTime(c.layout, c.text);
    ASSERT_TRUE(time.ok()) << time.status().message();
    EXPECT_EQ(FormatTime(*time, "2006-01-02T15:04:05.999Z07:00"), c.expected) << c.text;
  }
  const struct {
    const char *layout, *text, *error;
  } kErrors[] = {
      {"2006-01-02", "never",
       "parsing time \"never\" as \"2006-01-02\": cannot parse \"never\" as \"2006\""},
      {"2006-01-02", "2024/01",
       "parsing time \"2024/01\" as \"2006-01-02\": cannot parse \"/01\" as \"-\""},
      {"2006-01-02", "2024-13-01", "parsing time \"2024-13-01\": month out of range"},
      {"2006-01-02", "2023-02-29", "parsing time \"2023-02-29\": day out of range"},
      {"2006-01-02", "2024-13-xx", "parsing time \"2024-13-xx\": month out of range"},
      {"2006 at 15", "2024 in 15",
       "parsing time \"2024 in 15\" as \"2006 at 15\": cannot parse \"in 15\" as \" at \""},
      {"2006-01-02 15:04:05.00", "2024-02-29 01:02:03.256",
       "parsing time \"2024-02-29 01:02:03.256\": extra text: \"6\""},
      {"05.00", "01.2", "parsing time \"01.2\" as \"05.00\": cannot parse \".2\" as \".00\""},
      {"2006 002", "2023 366", "parsing time \"2023 366\": day-of-year out of range"},
      {"2006 002 01", "2024 060 03",
       "parsing time \"2024 060 03\": day-of-year does not match month"},
      {"-0700", "+2500", "parsing time \"+2500\": time zone offset hour out of range"},
      {"15:04 MST", "10:00 SUMMER",
       "parsing time \"10:00 SUMMER\" as \"15:04 MST\": cannot parse \"SUMMER\" as \"MST\""},
      {"15:04", "24:00", "parsing time \"24:00\": hour out of range"},
      {"2006", "2024x", "parsing time \"2024x\": extra text: \"x\""},
      {"2006", "", "parsing time \"\" as \"2006\": cannot parse \"\" as \"2006\""},
  };
  for (const auto& c : kErrors)
    EXPECT_EQ(ParseTime(c.layout, c.text).status().message(), c.error) << c.text;
  EXPECT_EQ(FormatTime(Value::Time::OfUnixMs(1'710'504'000'000), "Month Mon Jan Janet"),
            "Month Fri Mar Janet");
  EXPECT_EQ(Notification("{{ toDate \"2006-01-02\" \"2024-02-29\" | date \"2 Jan 2006\" }}"),
            "29 Feb 2024");
  EXPECT_EQ(Notification("{{ toDate \"2006-01-02\" \"never\" | date \"2006\" }}"), "0001");
  EXPECT_EQ(Notification("{{ toDate \"15:04\" \"10:30\" }}"), "0000-01-01 10:30:00 +0000 UTC");
  EXPECT_EQ(Notification("{{ toDate \"15:04\" \"10:30\" | date \"3.04 PM\" }}"), "10.30 AM");
  EXPECT_EQ(
      Notification("{{ $a := toDate \"15:04\" \"10:30\" }}{{ $b := toDate \"15:04\" \"09:15\" "
                   "}}{{ $a.Sub $b }} {{ $a.After $b }} {{ ($b.Add ($a.Sub $b)).Equal $a }} "
                   "{{ $a.Unix }} {{ $a.UnixMilli }} {{ $a.IsZero }}"),
      "1h15m0s true true -62167181400 -62167181400000 false");
  // Further apart than a duration can be, as Go ends it.
  EXPECT_EQ(Notification("{{ toDate \"15:04\" \"10:30\" | since }}"), "2562047h47m16.854775807s");
  EXPECT_EQ(Notification("{{ mustToDate \"2006-01-02\" \"2024-02-29\" | date \"2 Jan 2006\" }}"),
            "29 Feb 2024");
  EXPECT_EQ(
      Notification("{{ mustToDate \"2006-01-02\" \"never\" }}"),
      "template: :1:3: executing \"\" at <mustToDate \"2006-01-02\" \"never\">: error calling "
      "mustToDate: parsing time \"never\" as \"2006-01-02\": cannot parse \"never\" as \"2006\"");
}

}  // namespace
}  // namespace kvs::gotemplate

// SPDX-License-Identifier: Apache-2.0
// Names under every strategy. What the same inputs become in Prometheus itself is compared by
// tests/e2e/otlp_prometheus_test.py.
#include "names.h"

#include <gtest/gtest.h>

namespace kvs::ingest::otlp {
namespace {

using wire::otlp::Kind;

std::string Name(std::string_view name, std::string_view unit, Kind kind, bool monotonic,
                 std::string_view strategy) {
  wire::otlp::Metric metric;
  metric.name = name;
  metric.unit = unit;
  metric.kind = kind;
  metric.monotonic = monotonic;
  const StatusOr<std::string> translated = MetricName(metric, *StrategyOf(strategy));
  return translated.ok() ? *translated : std::string(translated.status().message());
}
std::string Full(std::string_view name, std::string_view unit, Kind kind = Kind::kHistogram,
                 bool monotonic = false) {
  return Name(name, unit, kind, monotonic, "UnderscoreEscapingWithSuffixes");
}
std::string Kept(std::string_view name, std::string_view unit, Kind kind = Kind::kHistogram,
                 bool monotonic = false) {
  return Name(name, unit, kind, monotonic, "NoUTF8EscapingWithSuffixes");
}

TEST(NamesTest, UnitsBecomeSuffixes) {
  EXPECT_EQ(Full("http.server.duration", "s"), "http_server_duration_seconds");
  EXPECT_EQ(Full("network.io", "By/s"), "network_io_bytes_per_second");
  EXPECT_EQ(Full("speed", "m/m"), "speed_meters_per_minute");
  EXPECT_EQ(Full("requests", "{requests}"), "requests");
  EXPECT_EQ(Full("requests", "{requests}/s"), "requests_per_second");
  EXPECT_EQ(Full("x", "foo bar"), "x_foo_bar");
  EXPECT_EQ(Full("x", "_foo_/_bar_"), "x_foo_per_bar");
  EXPECT_EQ(Full("x", " s "), "x_seconds");
  EXPECT_EQ(Full("x", "/"), "x");
  EXPECT_EQ(Full("cpu_seconds_used", "s"), "cpu_seconds_used");
  EXPECT_EQ(Full("battery", "%"), "battery_percent");
}

TEST(NamesTest, TypesBecomeSuffixes) {
  EXPECT_EQ(Full("requests", "", Kind::kSum, true), "requests_total");
  EXPECT_EQ(Full("total.requests", "", Kind::kSum, true), "requests_total");
  EXPECT_EQ(Full("requests", "", Kind::kSum, false), "requests");
  EXPECT_EQ(Full("utilization", "1", Kind::kGauge), "utilization_ratio");
  EXPECT_EQ(Full("ratio.x", "1", Kind::kGauge), "x_ratio");
  EXPECT_EQ(Full("requests", "1", Kind::kSum, true), "requests_total");
}

TEST(NamesTest, EscapingCollapsesRunsAndPrefixesDigits) {
  EXPECT_EQ(Full("a..b__c", ""), "a_b_c");
  EXPECT_EQ(Full("_a_", ""), "a");
  EXPECT_EQ(Full("1st", ""), "_1st");
  EXPECT_EQ(Full("k\xc3\xb6ln:x", ""), "k_ln:x");
  EXPECT_EQ(Name("a..b__c", "s", Kind::kSum, true, "UnderscoreEscapingWithoutSuffixes"), "a_b__c");
  EXPECT_EQ(Name("1st", "s", Kind::kGauge, false, "UnderscoreEscapingWithoutSuffixes"), "_1st");
}

TEST(NamesTest, KeptNamesGetSuffixesOnce) {
  EXPECT_EQ(Kept("http.server.duration", "s"), "http.server.duration_seconds");
  EXPECT_EQ(Kept("http.server.seconds", "s"), "http.server.seconds");
  EXPECT_EQ(Kept("io.total", "By", Kind::kSum, true), "io_bytes_total");
  EXPECT_EQ(Kept("io", "By/s"), "io_bytes_per_second");
  EXPECT_EQ(Kept("use.ratio", "1", Kind::kGauge), "use_ratio");
  EXPECT_EQ(Name("k\xc3\xb6ln", "s", Kind::kSum, true, "NoTranslation"), "k\xc3\xb6ln");
}

TEST(NamesTest, NothingLeftIsAnError) {
  EXPECT_EQ(Full("", ""), "metric has no name");
  EXPECT_EQ(Full("...", ""), "normalization for metric \"...\" resulted in empty name");
  EXPECT_EQ(Name("._.", "", Kind::kGauge, false, "UnderscoreEscapingWithoutSuffixes"),
            "normalization for metric \"._.\" resulted in invalid name \"_\"");
}

TEST(NamesTest, LabelsAreEscapedAsTheRulesSay) {
  const LabelRules keep;
  EXPECT_EQ(*LabelName("http.method", keep), "http_method");
  EXPECT_EQ(*LabelName("a..b", keep), "a__b");
  EXPECT_EQ(*LabelName("1st", keep), "key_1st");
  EXPECT_EQ(*LabelName("_private", keep), "key_private");
  EXPECT_EQ(*LabelName("__reserved", keep), "__reserved");
  EXPECT_EQ(*LabelName("k\xc3\xb6ln", keep), "k_ln");
  EXPECT_FALSE(LabelName("", keep).ok());
  EXPECT_EQ(LabelName("..", keep).status().message(),
            "normalization for label name \"..\" resulted in invalid name \"__\"");

  const LabelRules collapse{.escape = true, .prefix_underscore = false, .keep_underscores = false};
  EXPECT_EQ(*LabelName("a..b", collapse), "a_b");
  EXPECT_EQ(*LabelName("_private", collapse), "_private");
  EXPECT_EQ(*LabelName("__a..b__", collapse), "__a_b__");

  const LabelRules as_it_is{.escape = false};
  EXPECT_EQ(*LabelName("http.method", as_it_is), "http.method");
}

TEST(NamesTest, UnitsOfMetadata) {
  EXPECT_EQ(UnitName("By/s"), "bytes_per_second");
  EXPECT_EQ(UnitName("1"), "");
  EXPECT_EQ(UnitName("/s"), "per_second");
  EXPECT_EQ(UnitName("foo bar"), "foo_bar");
  EXPECT_EQ(UnitName("{things}"), "");
}

TEST(NamesTest, UnknownStrategiesAreRefused) {
  EXPECT_EQ(StrategyOf("X").status().message(),
            "unknown translation strategy \"X\"; there are UnderscoreEscapingWithSuffixes, "
            "UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation");
  EXPECT_EQ(NameOf(*StrategyOf("NoTranslation")), "NoTranslation");
}

}  // namespace
}  // namespace kvs::ingest::otlp

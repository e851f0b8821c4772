// SPDX-License-Identifier: Apache-2.0
// The overrides file: what is understood, what is passed over, and where errors are said to be.
#include "overrides.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config.h"
#include "limits_table.h"

namespace kvs::limiter::static_limits {
namespace {

using ::testing::HasSubstr;

TEST(OverridesTest, ReadsMimirsForm) {
  const auto overrides = ParseOverrides(R"(
overrides:
  cluster-1:
    max_global_series_per_user: 5000000
    ingestion_rate: 1e5
    out_of_order_time_window: 30m
    native_histograms_ingestion_enabled: false
    drop_labels: [a, b]
  "team-*": {}
  empty:
distributor_limits:
  max_inflight_push_requests: 5
)");

  ASSERT_TRUE(overrides.ok()) << overrides.status().ToString();
  EXPECT_EQ(overrides->tenants.size(), 2u);
  EXPECT_EQ(overrides->prefixes.count("team-"), 1u);
  const LimitMap& limits = overrides->tenants.find("cluster-1")->second.numbers;
  EXPECT_EQ(limits.at("max_global_series_per_user"), 5e6);
  EXPECT_EQ(limits.at("ingestion_rate"), 1e5);
  EXPECT_EQ(limits.at("out_of_order_time_window"), 1'800'000);
  EXPECT_EQ(limits.at("native_histograms_ingestion_enabled"), 0);
  EXPECT_EQ(overrides->tenants.at("cluster-1").texts.at("drop_labels"), R"(["a","b"])");
  EXPECT_TRUE(overrides->unknown.empty());
}

TEST(OverridesTest, AnEmptyFileOverridesNothing) {
  EXPECT_TRUE(ParseOverrides("")->tenants.empty());
  EXPECT_TRUE(ParseOverrides("# nothing\n")->tenants.empty());
  EXPECT_TRUE(ParseOverrides("overrides:\n")->tenants.empty());
}

TEST(OverridesTest, ErrorsSayWhere) {
  EXPECT_THAT(ParseOverrides("overrides:\n  a:\n    ingestion_rate: lots\n").status().message(),
              HasSubstr("line 3: limit ingestion_rate"));
  EXPECT_THAT(ParseOverrides("overrides:\n  a: 5\n").status().message(),
              HasSubstr("line 2: the limits of a"));
  EXPECT_THAT(ParseOverrides("overrides: 5\n").status().message(), HasSubstr("line 1"));
  EXPECT_FALSE(ParseOverrides("- a\n- b\n").ok());
  EXPECT_FALSE(ParseOverrides("a: [unclosed").ok());
  EXPECT_FALSE(ParseOverrides("overrides: *nowhere").ok());
}

TEST(OverridesTest, NamesCountBeforePatternsAndPatternsBeforeClasses) {
  LimitsTable table;
  table.defaults.numbers["ingestion_rate"] = 1;
  table.overrides = *ParseOverrides(R"(
classes:
  gold: {ingestion_rate: 5, request_rate: 6, name_validation_scheme: utf8}
overrides:
  "*": {ingestion_rate: 2, max_label_names_per_series: 20}
  "team-*": {class: gold, request_rate: 7}
  team-a: {ingestion_rate: 9}
)");

  EXPECT_EQ(table.Number("x", "ingestion_rate"), 2);
  EXPECT_EQ(table.Number("team-b", "ingestion_rate"), 5);
  EXPECT_EQ(table.Number("team-b", "request_rate"), 7);
  EXPECT_EQ(table.Number("team-a", "ingestion_rate"), 9);
  EXPECT_EQ(table.Number("team-a", "max_label_names_per_series"), 20);
  EXPECT_EQ(table.Text("team-a", "name_validation_scheme"), "utf8");
  EXPECT_EQ(table.Number("team-a", "name_validation_utf8"), 1);
}

TEST(OverridesTest, OfSeveralTenantsTheStrictestLimitCounts) {
  LimitsTable table;
  table.defaults.numbers["max_fetched_series_per_query"] = 0;
  table.overrides = *ParseOverrides(
      "overrides: {a: {max_fetched_series_per_query: 7}, b: {max_fetched_series_per_query: 5}}");

  EXPECT_EQ(table.Number("a|b", "max_fetched_series_per_query"), 5);
  EXPECT_EQ(table.Number("c|a", "max_fetched_series_per_query"), 7);
  EXPECT_EQ(table.Number("c|d", "max_fetched_series_per_query"), 0);
}

TEST(OverridesTest, ListsAndTablesBecomeJson) {
  const auto set = ParseLimitSet(
      R"({metric_relabel_configs: [{source_labels: [a, "1"], modulus: 8, regex: "x|y", keep: true}]})",
      nullptr);

  ASSERT_TRUE(set.ok()) << set.status().ToString();
  EXPECT_EQ(set->texts.at("metric_relabel_configs"),
            R"([{"source_labels":["a","1"],"modulus":8,"regex":"x|y","keep":true}])");
}

TEST(OverridesTest, WhatIsMisspeltIsSaid) {
  EXPECT_EQ(ParseOverrides("overrides: {a: {ingestion_rat: 5, x: y}}")->unknown,
            (std::vector<std::string>{"ingestion_rat", "x"}));
  EXPECT_THAT(ParseOverrides("overrides: {a: {class: gold}}").status().message(),
              HasSubstr("class gold"));
  EXPECT_THAT(ParseOverrides("overrides: {a: {drop_labels: x}}").status().message(),
              HasSubstr("list or a table"));
  EXPECT_THAT(ParseOverrides("overrides: {a: {ingestion_rate: [1]}}").status().message(),
              HasSubstr("single value"));
}

TEST(OverridesTest, AliasesThatMultiplyAreRefused) {
  std::string yaml = "a0: &a0 [xxxxxxxxxxxxxxxx]\n";
  for (int i = 1; i < 14; ++i)
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) +
            ", *a" + std::to_string(i - 1) + ", *a" + std::to_string(i - 1) + ", *a" +
            std::to_string(i - 1) + "]\n";

  EXPECT_EQ(ParseOverrides(yaml + "overrides: {a: {drop_labels: *a13}}").status().code(),
            StatusCode::kInvalidArgument);
}

TEST(OverridesTest, TextThatIsNotUtf8IsRefused) {
  EXPECT_EQ(ParseOverrides("overrides: {a: {b: \xe4}}").status().message(),
            "the text is not valid UTF-8");
}

TEST(OverridesTest, ControlCharactersAreRefused) {
  EXPECT_EQ(ParseOverrides(std::string("overrides:\n  a\0: {}", 17)).status().message(),
            "line 2: a control character, which YAML does not allow");
}

TEST(OverridesTest, EndlessNamesAreRefused) {
  EXPECT_EQ(
      ParseOverrides("overrides:\n  a:\n    " + std::string(161, 'x') + ": 1").status().message(),
      "line 3: a name of 161 bytes; at most 160");
}

TEST(ConfigTest, OneFileHasThreeNames) {
  Config config;
  config.runtime_config_file = "a.yaml";
  EXPECT_EQ(config.OverridesFile(), "a.yaml");
  config.limits["overrides_config_file"] = "b.yaml";
  EXPECT_THAT(config.Validate().message(), HasSubstr("two overrides files"));
}

TEST(ConfigTest, LimitsAreCheckedBeforeAnythingStarts) {
  Config config;
  config.limits["ingestion_rate"] = "10000";
  EXPECT_TRUE(config.Validate().ok());
  config.limits["creation_grace_period"] = "soon";
  EXPECT_THAT(config.Validate().message(), HasSubstr("creation_grace_period"));
}

TEST(OverridesTest, TheStrategyForLongValuesIsANumberToo) {
  const auto parsed = ParseOverrides(
      "overrides: {a: {label_value_length_over_limit_strategy: truncate}, "
      "b: {label_value_length_over_limit_strategy: drop}}");
  ASSERT_TRUE(parsed.ok()) << parsed.status().ToString();
  EXPECT_TRUE(parsed->unknown.empty());
  LimitsTable table;
  table.defaults = DefaultLimits();
  table.overrides = *parsed;
  EXPECT_EQ(table.Number("a", "label_value_length_over_limit_action"), 1);
  EXPECT_EQ(table.Number("b", "label_value_length_over_limit_action"), 2);
  EXPECT_TRUE(std::isnan(table.Number("c", "label_value_length_over_limit_action")));
  EXPECT_FALSE(
      ParseOverrides("overrides: {a: {label_value_length_over_limit_strategy: shrink}}").ok());
}

}  // namespace
}  // namespace kvs::limiter::static_limits

// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/rule_file.h"

#include <gtest/gtest.h>

namespace kvs::rules {
namespace {

constexpr char kFile[] = R"(groups:
  - name: example
    interval: 30s
    query_offset: 1m
    limit: 5
    labels:
      team: infra
    rules:
      - record: job:up:sum
        expr: sum by (job) (up)
        labels: {level: job}
      - alert: Down
        expr: |
          up == 0
        for: 5m
        keep_firing_for: 10m
        labels:
          severity: page
        annotations:
          summary: "{{ $labels.job }} is down"
)";

TEST(RuleFileTest, ReadsEveryField) {
  const ParsedRules parsed = ParseRuleFile(kFile);

  ASSERT_TRUE(parsed.errors.empty()) << parsed.errors[0];
  ASSERT_EQ(parsed.groups.size(), 1u);
  const Group& group = parsed.groups[0];
  EXPECT_EQ(group.name, "example");
  EXPECT_EQ(group.interval_ms, 30'000);
  EXPECT_EQ(group.query_offset_ms, 60'000);
  EXPECT_EQ(group.limit, 5);
  ASSERT_EQ(group.rules.size(), 2u);
  EXPECT_EQ(group.rules[0].record, "job:up:sum");
  EXPECT_EQ(group.rules[1].expr, "up == 0\n");
  EXPECT_EQ(group.rules[1].for_ms, 300'000);
  EXPECT_EQ(group.rules[1].keep_firing_for_ms, 600'000);
  EXPECT_EQ(EffectiveLabels(group, group.rules[0]), (Pairs{{"level", "job"}, {"team", "infra"}}));
}

TEST(RuleFileTest, WritesWhatItReads) {
  const ParsedRules parsed = ParseRuleFile(kFile);

  EXPECT_EQ(ParseRuleFile(FileToYaml("", parsed.groups)).groups, parsed.groups);
  EXPECT_EQ(ParseGroups(GroupToYaml(parsed.groups[0])).groups, parsed.groups);
  EXPECT_EQ(
      NamespacesToYaml(
          {{"ns",
            {{.name = "g", .interval_ms = 60'000, .rules = {{.record = "r", .expr = "up"}}}}}}),
      "ns:\n    - name: g\n      interval: 1m\n      rules:\n        - record: r\n          expr: "
      "up\n");
}

TEST(RuleFileTest, TextsThatYamlWouldMisreadAreQuoted) {
  for (const char* text : {"true", "1", "1.5", "a: b", "a #b", "- x", "{{ $value }}", "", " x",
                           "x\ty", "a\nb", "a\nb\n", "~", "x:", "null", "5m", "\n"}) {
    Group group{.name = "g", .rules = {{.alert = "A", .expr = "up", .annotations = {{"a", text}}}}};
    const ParsedRules back = ParseGroups(GroupToYaml(group));
    ASSERT_TRUE(back.errors.empty()) << text << ": " << back.errors[0];
    EXPECT_EQ(back.groups[0], group) << GroupToYaml(group);
  }
}

TEST(RuleFileTest, ErrorsAreThoseOfPrometheus) {
  const struct {
    const char* text;
    const char* error;
  } kCases[] = {
      {"groups:\n- name: g\n  rules:\n  - record: a\n    alert: b\n    expr: 1\n",
       "4:13: 5:12: group \"g\", rule 1, \"b\": only one of 'record' and 'alert' must be set"},
      {"groups:\n- name: g\n  rules:\n  - expr: 1\n",
       "0:0: 0:0: group \"g\", rule 1, \"\": one of 'record' or 'alert' must be set"},
      {"groups:\n- name: g\n  rules:\n  - record: a\n",
       "0:0: group \"g\", rule 1, \"a\": field 'expr' must be set in rule"},
      {"groups:\n- name: g\n  rules:\n  - record: a\n    expr: sum(\n",
       "5:11: group \"g\", rule 1, \"a\": could not parse expression: 1:5: parse error: unclosed "
       "left parenthesis"},
      {"groups:\n- name: g\n  rules:\n  - record: a\n    expr: 1\n    for: 1m\n",
       "4:13: group \"g\", rule 1, \"a\": invalid field 'for' in recording rule"},
      {"groups:\n- name: g\n  rules:\n  - record: a{b=\"c\"}\n    expr: 1\n",
       "4:13: group \"g\", rule 1, \"a{b=\\\"c\\\"}\": braces present in the recording rule name; "
       "should it be in expr?: a{b=\"c\"}"},
      {"groups:\n- name: g\n  rules: []\n- name: g\n  rules: []\n",
       "4:3: groupname: \"g\" is repeated in the same file"},
      {"groups:\n- rules: []\n", "2:3: Groupname must not be empty"},
      {"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: 1\n    labels:\n      __name__: x\n",
       "group \"g\", rule 1, \"A\": invalid label name: __name__"},
      {"groups:\n- name: g\n  rules:\n  - alert: A\n    expr: 1\n    annotations:\n      s: '{{ $x "
       "}}'\n",
       "group \"g\", rule 1, \"A\": annotation \"s\": template: "
       "__alert_A:1: undefined variable \"$x\""},
      {"groups:\n- name: g\n  ruels: []\n",
       "yaml: unmarshal errors:\n  line 3: field ruels not found in type rulefmt.RuleGroup"},
      {"groups:\n- name: g\n  name: h\n",
       "yaml: unmarshal errors:\n  line 3: mapping key \"name\" already defined at line 2"},
      {"groups:\n- name: g\n  interval: x\n", "not a valid duration string: \"x\""},
      {"groups: 3\n",
       "yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `3` into []rulefmt.RuleGroup"},
  };
  for (const auto& c : kCases) {
    const ParsedRules parsed = ParseRuleFile(c.text);
    ASSERT_FALSE(parsed.errors.empty()) << c.text;
    EXPECT_EQ(parsed.errors[0], c.error) << c.text;
  }
  EXPECT_TRUE(ParseRuleFile("").errors.empty());
  EXPECT_FALSE(ParseRuleFile("a: [").errors.empty());
}

TEST(RuleFileTest, OneGroupOrAFile) {
  EXPECT_EQ(ParseGroups("name: g\nrules:\n- record: r\n  expr: up\n").groups.size(), 1u);
  EXPECT_EQ(ParseGroups("groups:\n- name: a\n  rules: []\n- name: b\n  rules: []\n").groups.size(),
            2u);
  EXPECT_FALSE(ParseRuleFile("name: g\nrules: []\n").errors.empty());
}

}  // namespace
}  // namespace kvs::rules

// SPDX-License-Identifier: Apache-2.0
// Rules in Prometheus' semantics: each action, templates, defaults, and what is refused.
#include "kvs/relabel/relabel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::relabel {
namespace {

using ::testing::HasSubstr;

model::Labels Series() {
  return model::Labels{{"__name__", "up"}, {"a", "foo"}, {"b", "bar"}, {"c", "Baz"}};
}

// What the rules leave, or "dropped", or what is wrong with them.
std::string Apply(std::string_view json, const model::Labels& labels = Series()) {
  const auto rules = ParseRules(json);
  if (!rules.ok()) return rules.status().message();
  const auto relabeler = Relabeler::Make(*rules);
  if (!relabeler.ok()) return relabeler.status().message();
  model::LabelsBuilder builder(labels);
  return relabeler->Apply(builder) ? builder.Build().ToString() : "dropped";
}

TEST(RelabelTest, ReplaceFillsInGroups) {
  EXPECT_EQ(
      Apply(
          R"x([{"source_labels": ["a", "b"], "regex": "f(.*);(.*)r", "target_label": "d", "replacement": "${2}-$1"}])x"),
      R"({__name__="up", a="foo", b="bar", c="Baz", d="ba-oo"})");
  EXPECT_EQ(
      Apply(
          R"x([{"source_labels": ["a"], "regex": "f(?P<rest>.*)", "target_label": "${rest}_x", "replacement": "$rest"
}])x"),
      R"({__name__="up", a="foo", b="bar", c="Baz", oo_x="oo"})");
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "target_label": "a", "replacement": ""}])x"),
            R"({__name__="up", b="bar", c="Baz"})");
  EXPECT_EQ(Apply(R"x([{"target_label": "d", "replacement": "$$5 $nobody${also}$1x."}])x"),
            R"({__name__="up", a="foo", b="bar", c="Baz", d="$5 ."})");
}

TEST(RelabelTest, ReplaceLeavesWhatDoesNotMatchAndWhatIsNoName) {
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "regex": "fo", "target_label": "d"}])x"),
            Series().ToString());
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "target_label": "$1-x"}])x"), Series().ToString());
}

TEST(RelabelTest, KeepAndDropJudgeTheWholeValue) {
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "regex": "foo|x", "action": "drop"}])x"),
            "dropped");
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "regex": "fo", "action": "drop"}])x"),
            Series().ToString());
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "regex": "fo", "action": "keep"}])x"), "dropped");
  EXPECT_EQ(Apply(R"x([{"source_labels": ["nothing"], "regex": "", "action": "keep"}])x"),
            Series().ToString());
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "regex": ".*", "action": "drop"}])x",
                  model::Labels{{"a", "x\ny"}}),
            "dropped");
}

TEST(RelabelTest, EqualityIsWithTheTarget) {
  const model::Labels same{{"a", "x"}, {"b", "x"}};
  EXPECT_EQ(
      Apply(R"x([{"source_labels": ["a"], "target_label": "b", "action": "dropequal"}])x", same),
      "dropped");
  EXPECT_EQ(
      Apply(R"x([{"source_labels": ["a"], "target_label": "b", "action": "keepequal"}])x", same),
      same.ToString());
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "target_label": "b", "action": "keepequal"}])x"),
            "dropped");
}

TEST(RelabelTest, HashModIsPrometheus) {
  // Of Prometheus' own tests: md5("foo") and so on.
  EXPECT_EQ(
      Apply(
          R"x([{"source_labels": ["c"], "target_label": "d", "separator": ";", "modulus": 1000, "action": "hashmod"}])x",
          model::Labels{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}}),
      R"({a="foo", b="bar", c="baz", d="976"})");
  EXPECT_EQ(
      Apply(
          R"x([{"source_labels": ["a"], "target_label": "d", "modulus": 1000, "action": "hashmod"}])x",
          model::Labels{{"a", "foo\nbar"}}),
      R"({a="foo\nbar", d="734"})");
}

TEST(RelabelTest, NamesAreMappedDroppedAndKept) {
  EXPECT_EQ(Apply(R"x([{"regex": "(a|b)", "replacement": "x_$1", "action": "labelmap"}])x"),
            R"({__name__="up", a="foo", b="bar", c="Baz", x_a="foo", x_b="bar"})");
  EXPECT_EQ(Apply(R"x([{"regex": "a|b", "action": "labeldrop"}])x"), R"({__name__="up", c="Baz"})");
  EXPECT_EQ(Apply(R"x([{"regex": "a|__name__", "action": "labelkeep"}])x"),
            R"({__name__="up", a="foo"})");
}

TEST(RelabelTest, CaseChanges) {
  EXPECT_EQ(Apply(R"x([{"source_labels": ["c"], "target_label": "c", "action": "lowercase"},
                      {"source_labels": ["a"], "target_label": "a", "action": "Uppercase"}])x"),
            R"({__name__="up", a="FOO", b="bar", c="baz"})");
}

TEST(RelabelTest, RulesActOneAfterTheOther) {
  EXPECT_EQ(Apply(R"x([{"source_labels": ["a"], "target_label": "d"},
                      {"source_labels": ["d"], "regex": "foo", "action": "drop"}])x"),
            "dropped");
  EXPECT_EQ(Apply(""), Series().ToString());
}

TEST(RelabelTest, WhatIsWrongIsSaidWithItsRule) {
  EXPECT_THAT(Apply(R"x([{"action": "labeldrop"}, {"regex": "("}])x"),
              HasSubstr("relabel rule 2: error parsing regexp"));
  EXPECT_THAT(Apply(R"x([{"action": "hashmod", "target_label": "x"}])x"),
              HasSubstr("requires non-zero modulus"));
  EXPECT_THAT(Apply(R"x([{"source_labels": ["a"]}])x"), HasSubstr("requires 'target_label'"));
  EXPECT_THAT(Apply(R"x([{"target_label": "a-b"}])x"), HasSubstr("is invalid 'target_label'"));
  EXPECT_THAT(Apply(R"x([{"action": "jump"}])x"),
              HasSubstr("relabel rule 1: unknown relabel action \"jump\""));
  EXPECT_THAT(Apply(R"x([{"taget_label": "x"}])x"), HasSubstr("unknown field taget_label"));
  EXPECT_THAT(Apply(R"({})"), HasSubstr("no list"));
  EXPECT_THAT(Apply(R"x([5])x"), HasSubstr("relabel rule 1 is no table"));
}

}  // namespace
}  // namespace kvs::relabel

// SPDX-License-Identifier: Apache-2.0
// Rule files: groups of recording and alerting rules, read from YAML with the checks and the words
// of Prometheus, and written back in the order and shape of Mimir.
//
//   const ParsedRules parsed = ParseRuleFile(text);
//   if (!parsed.errors.empty()) return InvalidArgument(parsed.errors[0]);
//   for (const Group& group : parsed.groups) ...
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/promql/parser.h"

namespace kvs::rules {

/// Name and text, sorted by name.
using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Rule {
  std::string
      record;  ///< Of a recording rule the name of its series; exactly one of the two is set.
  std::string alert;
  std::string expr;
  int64_t for_ms = 0;
  int64_t keep_firing_for_ms = 0;
  Pairs labels;
  Pairs annotations;

  bool is_alert() const { return !alert.empty(); }
  const std::string& name() const { return is_alert() ? alert : record; }
  friend bool operator==(const Rule&, const Rule&) = default;
};

struct Group {
  std::string name;
  int64_t interval_ms = 0;  ///< 0: the evaluator's own.
  std::optional<int64_t> query_offset_ms;
  std::optional<int64_t>
      evaluation_delay_ms;  ///< The old name of the offset; kept as it was written.
  int64_t limit = 0;        ///< Series or alerts that a rule may give; 0: any.
  Pairs labels;             ///< Of every rule, unless it has its own.
  std::vector<Rule> rules;
  std::vector<std::string> source_tenants;  ///< Whose data is read; empty: the owner's.
  bool align_evaluation_time_on_interval = false;

  friend bool operator==(const Group&, const Group&) = default;
};

struct ParsedRules {
  std::vector<Group> groups;
  std::string namespace_name;  ///< What the files of mimirtool name.
  std::vector<std::string>
      errors;  ///< What is wrong, all of it; each with line and column where it has one.
};

struct ParseOptions {
  promql::ParserOptions syntax;
  bool ignore_unknown_fields = false;
  bool utf8_names =
      true;  ///< Any UTF-8 in names of metrics and labels, as Prometheus 3; else as before.
};

/// A file: `groups:` on top. [any]
ParsedRules ParseRuleFile(std::string_view text, const ParseOptions& options = {});
/// A file, or one group: `name:` and `rules:` on top, as Mimir's API takes it. [any]
ParsedRules ParseGroups(std::string_view text, const ParseOptions& options = {});

/// One group, as the API shows it. [any]
std::string GroupToYaml(const Group& group);
/// What the API lists: namespaces with their groups.
std::string NamespacesToYaml(const std::map<std::string, std::vector<Group>>& namespaces);
/// A file that ParseRuleFile() reads; `namespace_name` empty: without one.
std::string FileToYaml(std::string_view namespace_name, const std::vector<Group>& groups);

/// The labels of a rule with those of its group beneath.
Pairs EffectiveLabels(const Group& group, const Rule& rule);

}  // namespace kvs::rules

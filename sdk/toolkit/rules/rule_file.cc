// SPDX-License-Identifier: Apache-2.0
// Reading and checking. yaml-cpp gives the nodes with their places; the checks, their order and
// their words are those of Prometheus' rulefmt.
#include "kvs/rules/rule_file.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <functional>
#include <set>

#include <yaml-cpp/yaml.h>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/gotemplate/prometheus.h"
#include "kvs/model/utf8.h"

namespace kvs::rules {
namespace {

int Line(const YAML::Node& node) {
  return node.Mark().line + 1;
}

// Where a node is; 0:0 for one that is not there, as Prometheus has it.
std::string Place(const YAML::Node& node) {
  if (!node.IsDefined()) return "0:0";
  return StrCat(node.Mark().line + 1, ":", node.Mark().column + 1);
}

class FileReader {
 public:
  explicit FileReader(const ParseOptions& options) : options_(options) {}

  ParsedRules Read(const YAML::Node& root, bool allow_single);

 private:
  void TypeError(const YAML::Node& at, const std::string& what) {
    type_errors_.push_back(StrCat("  line ", Line(at), ": ", what));
  }
  bool ReadMap(const YAML::Node& node, std::string_view type,
               const std::function<bool(const std::string&, const YAML::Node&)>& field);
  void ReadText(const YAML::Node& node, std::string* out);
  void ReadDuration(const YAML::Node& node, int64_t* ms);
  void ReadPairs(const YAML::Node& node, Pairs* pairs);
  void ReadGroup(const YAML::Node& node);
  void ReadRule(const YAML::Node& node, Group* group);

  void CheckGroups();
  void CheckRule(const Group& group, size_t index);
  void CheckLabels(const Pairs& labels, const std::function<void(std::string)>& report) const;
  bool IsLabelName(std::string_view name) const;
  bool IsMetricName(std::string_view name) const;

  struct RulePlaces {
    std::string record = "0:0", alert = "0:0", expr = "0:0";
  };
  const ParseOptions& options_;
  ParsedRules out_;
  std::vector<std::string> type_errors_;
  std::vector<std::string> group_places_;
  std::vector<std::vector<RulePlaces>> rule_places_;
};

bool FileReader::ReadMap(const YAML::Node& node, std::string_view type,
                         const std::function<bool(const std::string&, const YAML::Node&)>& field) {
  if (!node.IsDefined() || node.IsNull()) return true;
  if (!node.IsMap()) {
    TypeError(node, StrCat("cannot unmarshal ",
                           node.IsSequence() ? "!!seq" : StrCat("!!str `", node.Scalar(), "`"),
                           " into ", type));
    return false;
  }
  std::map<std::string, int> seen;
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (const auto [at, fresh] = seen.emplace(name, Line(entry.first)); !fresh) {
      TypeError(entry.first,
                StrCat("mapping key ", Quote(name), " already defined at line ", at->second));
      continue;
    }
    if (!field(name, entry.second) && !options_.ignore_unknown_fields) {
      TypeError(entry.first, StrCat("field ", name, " not found in type ", type));
    }
  }
  return true;
}

void FileReader::ReadText(const YAML::Node& node, std::string* out) {
  if (node.IsNull()) return;
  if (!node.IsScalar())
    return TypeError(node,
                     StrCat("cannot unmarshal ", node.IsMap() ? "!!map" : "!!seq", " into string"));
  *out = node.Scalar();
}

void FileReader::ReadDuration(const YAML::Node& node, int64_t* ms) {
  std::string text;
  ReadText(node, &text);
  const StatusOr<int64_t> parsed = ParseDurationMs(text);
  if (parsed.ok()) {
    *ms = *parsed;
  } else {
    // Not a type error: it ends the reading there, and stands alone.
    out_.errors.push_back(text.empty() ? "empty duration string"
                                       : StrCat("not a valid duration string: ", Quote(text)));
  }
}

void FileReader::ReadPairs(const YAML::Node& node, Pairs* pairs) {
  ReadMap(node, "map[string]string", [&](const std::string& name, const YAML::Node& value) {
    std::string text;
    ReadText(value, &text);
    pairs->emplace_back(name, std::move(text));
    return true;
  });
  std::sort(pairs->begin(), pairs->end());
}

void FileReader::ReadRule(const YAML::Node& node, Group* group) {
  Rule rule;
  RulePlaces places;
  ReadMap(node, "rulefmt.Rule", [&](const std::string& name, const YAML::Node& value) {
    if (name == "record") {
      ReadText(value, &rule.record);
      places.record = Place(value);
    } else if (name == "alert") {
      ReadText(value, &rule.alert);
      places.alert = Place(value);
    } else if (name == "expr") {
      ReadText(value, &rule.expr);
      places.expr = Place(value);
    } else if (name == "for") {
      ReadDuration(value, &rule.for_ms);
    } else if (name == "keep_firing_for") {
      ReadDuration(value, &rule.keep_firing_for_ms);
    } else if (name == "labels") {
      ReadPairs(value, &rule.labels);
    } else if (name == "annotations") {
      ReadPairs(value, &rule.annotations);
    } else {
      return false;
    }
    return true;
  });
  group->rules.push_back(std::move(rule));
  rule_places_.back().push_back(std::move(places));
}

void FileReader::ReadGroup(const YAML::Node& node) {
  Group group;
  group_places_.push_back(Place(node));
  rule_places_.emplace_back();
  const auto list = [&](const YAML::Node& value, std::string_view type,
                        const std::function<void(const YAML::Node&)>& each) {
    if (value.IsNull()) return;
    if (!value.IsSequence())
      return TypeError(
          value,
          StrCat("cannot unmarshal ",
                 value.IsMap() ? "!!map" : StrCat("!!str `", value.Scalar(), "`"), " into ", type));
    for (const YAML::Node& item : value) each(item);
  };
  ReadMap(node, "rulefmt.RuleGroup", [&](const std::string& name, const YAML::Node& value) {
    if (name == "name") {
      ReadText(value, &group.name);
    } else if (name == "interval") {
      ReadDuration(value, &group.interval_ms);
    } else if (name == "query_offset") {
      ReadDuration(value, &group.query_offset_ms.emplace());
    } else if (name == "evaluation_delay") {
      ReadDuration(value, &group.evaluation_delay_ms.emplace());
    } else if (name == "limit") {
      std::string text;
      ReadText(value, &text);
      const auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), group.limit);
      if (error != std::errc() || end != text.data() + text.size())
        TypeError(value, StrCat("cannot unmarshal !!str `", text, "` into int"));
    } else if (name == "labels") {
      ReadPairs(value, &group.labels);
    } else if (name == "rules") {
      list(value, "[]rulefmt.Rule", [&](const YAML::Node& rule) { ReadRule(rule, &group); });
    } else if (name == "source_tenants") {
      list(value, "[]string", [&](const YAML::Node& tenant) {
        ReadText(tenant, &group.source_tenants.emplace_back());
      });
    } else if (name == "align_evaluation_time_on_interval") {
      group.align_evaluation_time_on_interval = value.as<bool>(false);
    } else {
      return false;
    }
    return true;
  });
  out_.groups.push_back(std::move(group));
}

ParsedRules FileReader::Read(const YAML::Node& root, bool allow_single) {
  const bool single = allow_single && root.IsMap() && !root["groups"].IsDefined() &&
                      (root["rules"].IsDefined() || root["name"].IsDefined());
  if (single) {
    ReadGroup(root);
  } else {
    ReadMap(root, "rulefmt.RuleGroups", [&](const std::string& name, const YAML::Node& value) {
      if (name == "namespace") {
        ReadText(value, &out_.namespace_name);
        return true;
      }
      if (name != "groups") return false;
      if (value.IsNull()) return true;
      if (!value.IsSequence()) {
        TypeError(value, StrCat("cannot unmarshal ",
                                value.IsMap() ? "!!map" : StrCat("!!str `", value.Scalar(), "`"),
                                " into []rulefmt.RuleGroup"));
        return true;
      }
      for (const YAML::Node& group : value) ReadGroup(group);
      return true;
    });
  }
  if (!type_errors_.empty()) {
    std::string all = "yaml: unmarshal errors:";
    for (const std::string& error : type_errors_) StrAppend(all, "\n", error);
    out_.errors.push_back(std::move(all));
  }
  if (out_.errors.empty()) CheckGroups();
  return std::move(out_);
}

bool FileReader::IsLabelName(std::string_view name) const {
  return model::IsValidLabelName(
      name, options_.utf8_names ? model::NameScheme::kUtf8 : model::NameScheme::kLegacy);
}
bool FileReader::IsMetricName(std::string_view name) const {
  return model::IsValidMetricName(
      name, options_.utf8_names ? model::NameScheme::kUtf8 : model::NameScheme::kLegacy);
}

void FileReader::CheckLabels(const Pairs& labels,
                             const std::function<void(std::string)>& report) const {
  for (const auto& [name, value] : labels) {
    if (!IsLabelName(name) || name == "__name__") report(StrCat("invalid label name: ", name));
    if (!model::IsValidUtf8(value)) report(StrCat("invalid label value: ", value));
  }
}

void FileReader::CheckGroups() {
  std::set<std::string> names;
  for (size_t i = 0; i < out_.groups.size(); ++i) {
    const Group& group = out_.groups[i];
    if (group.name.empty())
      out_.errors.push_back(StrCat(group_places_[i], ": Groupname must not be empty"));
    if (!names.insert(group.name).second) {
      out_.errors.push_back(StrCat(group_places_[i], ": groupname: \"", group.name,
                                   "\" is repeated in the same file"));
    }
    CheckLabels(group.labels, [&](std::string error) { out_.errors.push_back(std::move(error)); });
    for (size_t r = 0; r < group.rules.size(); ++r) {
      const Rule& rule = group.rules[r];
      const RulePlaces& places = rule_places_[i][r];
      const auto report = [&](std::string_view place, std::string_view what) {
        out_.errors.push_back(StrCat(place, place.empty() ? "" : ": ", "group ", Quote(group.name),
                                     ", rule ", r + 1, ", ", Quote(rule.name()), ": ", what));
      };
      const std::string both = StrCat(places.record, ": ", places.alert);
      if (!rule.record.empty() && !rule.alert.empty())
        report(both, "only one of 'record' and 'alert' must be set");
      if (rule.record.empty() && rule.alert.empty())
        report(both, "one of 'record' or 'alert' must be set");
      if (rule.expr.empty()) {
        report(places.expr, "field 'expr' must be set in rule");
      } else if (const auto expr = promql::ParseExpr(rule.expr, options_.syntax); !expr.ok()) {
        report(places.expr, StrCat("could not parse expression: ", expr.status().message()));
      }
      if (!rule.record.empty()) {
        if (!rule.annotations.empty())
          report(places.record, "invalid field 'annotations' in recording rule");
        if (rule.for_ms != 0) report(places.record, "invalid field 'for' in recording rule");
        if (rule.keep_firing_for_ms != 0)
          report(places.record, "invalid field 'keep_firing_for' in recording rule");
        if (!IsMetricName(rule.record))
          report(places.record, StrCat("invalid recording rule name: ", rule.record));
        if (rule.record.find_first_of("{}") != std::string::npos) {
          report(places.record,
                 StrCat("braces present in the recording rule name; should it be in expr?: ",
                        rule.record));
        }
      }
      CheckLabels(rule.labels, [&](const std::string& error) { report("", error); });
      for (const auto& [name, text] : rule.annotations) {
        if (!IsLabelName(name)) report("", StrCat("invalid annotation name: ", name));
      }
      if (rule.alert.empty()) continue;
      const auto check_template = [&](std::string_view kind, const std::string& name,
                                      const std::string& text) {
        const std::string template_name = StrCat("__alert_", rule.alert);
        const auto parsed = gotemplate::RuleTemplate::Parse(template_name, text);
        if (parsed.ok()) return;
        // Here Prometheus leaves out what it says when a rule is evaluated.
        std::string_view message = parsed.status().message();
        const std::string prefix = StrCat("error parsing template ", template_name, ": ");
        if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
        report("", StrCat(kind, " ", Quote(name), ": ", message));
      };
      for (const auto& [name, text] : rule.labels) check_template("label", name, text);
      for (const auto& [name, text] : rule.annotations) check_template("annotation", name, text);
    }
  }
}

ParsedRules Parse(std::string_view text, const ParseOptions& options, bool allow_single) {
  // yaml-cpp throws at whatever it does not like.
  ParsedRules failed;
  try {
    return FileReader(options).Read(YAML::Load(std::string(text)), allow_single);
  } catch (const YAML::Exception& e) {
    failed.errors.push_back(StrCat("yaml: line ", e.mark.line + 1, ": ", e.msg));
  } catch (const std::exception& e) {
    failed.errors.push_back(StrCat("yaml: ", e.what()));
  }
  return failed;
}

}  // namespace

ParsedRules ParseRuleFile(std::string_view text, const ParseOptions& options) {
  return Parse(text, options, false);
}
ParsedRules ParseGroups(std::string_view text, const ParseOptions& options) {
  return Parse(text, options, true);
}

Pairs EffectiveLabels(const Group& group, const Rule& rule) {
  Pairs out = rule.labels;
  for (const auto& pair : group.labels) {
    if (std::none_of(rule.labels.begin(), rule.labels.end(),
                     [&](const auto& own) { return own.first == pair.first; }))
      out.push_back(pair);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace kvs::rules

// SPDX-License-Identifier: Apache-2.0
// Writing YAML in the layout of Go's yaml.v3, four blanks a level: what Mimir's API answers with,
// and what people then keep in files.
#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/http/json.h"
#include "kvs/rules/rule_file.h"

namespace kvs::rules {
namespace {

// Whether it reads back as the same text without quotes.
bool IsPlain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  constexpr std::string_view kIndicators = "-?:,[]{}#&*!|>'\"%@`=<~";
  if (kIndicators.find(text.front()) != std::string_view::npos) return false;
  if (text.find(": ") != std::string_view::npos || text.find(" #") != std::string_view::npos)
    return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return false;
  }
  if (text.front() == '.' || text.front() == '+' || (text.front() >= '0' && text.front() <= '9')) {
    // Could be a number or a date; a duration is neither.
    return text.find_first_not_of("0123456789.eExX+-_:abcdefABCDEFoTZ ") != std::string_view::npos;
  }
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  for (const std::string_view word : {"true", "false", "yes", "no", "on", "off", "null", "y", "n",
                                      ".inf", ".nan", "inf", "nan"}) {
    if (lower == word) return false;
  }
  return true;
}

bool IsBlock(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n')
    return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < ' ' && c != '\n') || c == 0x7f) return false;
    if (c == ' ' && (i + 1 == text.size() || text[i + 1] == '\n')) return false;
  }
  return true;
}

// yaml.v3 goes to the next multiple of four, and two further inside an item of a list.
int Deeper(int indent) {
  return (indent + 4) / 4 * 4;
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void Line(int indent, std::string_view text) {
    out_.append(static_cast<size_t>(indent), ' ');
    StrAppend(out_, text, "\n");
  }
  /// "key: text", the text quoted or as a block where it must be.
  void Text(int indent, std::string_view key, std::string_view text) {
    out_.append(static_cast<size_t>(indent), ' ');
    Scalar(key, indent);
    out_ += ": ";
    Scalar(text, indent);
    out_.push_back('\n');
  }
  void Key(int indent, std::string_view key) {
    out_.append(static_cast<size_t>(indent), ' ');
    Scalar(key, indent);
    out_ += ":\n";
  }
  void Scalar(std::string_view text, int indent) {
    if (IsPlain(text)) {
      out_ += text;
    } else if (IsBlock(text)) {
      const bool ends = text.ends_with('\n');
      const size_t n_breaks = text.size() - std::min(text.size(), text.find_last_not_of('\n') + 1);
      out_ += !ends ? "|-" : n_breaks == 1 ? "|" : "|+";
      if (ends) text.remove_suffix(1);
      while (true) {
        const size_t end = std::min(text.find('\n'), text.size());
        out_.push_back('\n');
        if (end > 0) out_.append(static_cast<size_t>(Deeper(indent)), ' ');
        out_ += text.substr(0, end);
        if (end == text.size()) break;
        text.remove_prefix(end + 1);
      }
    } else {
      http::AppendJsonString(out_, text);
    }
  }
  void Map(int indent, std::string_view key, const Pairs& pairs) {
    if (pairs.empty()) return;
    Key(indent, key);
    for (const auto& [name, text] : pairs) Text(Deeper(indent), name, text);
  }
  void Group(int indent, const rules::Group& group);

 private:
  std::string& out_;
};

// `indent` is that of the keys; "- " was written where the group is part of a list, and the first
// key follows it.
void Writer::Group(int indent, const rules::Group& group) {
  out_ += "name: ";
  Scalar(group.name, indent);
  out_.push_back('\n');
  if (group.interval_ms != 0) Text(indent, "interval", FormatDurationMs(group.interval_ms));
  if (group.evaluation_delay_ms.has_value())
    Text(indent, "evaluation_delay", FormatDurationMs(*group.evaluation_delay_ms));
  if (group.query_offset_ms.has_value())
    Text(indent, "query_offset", FormatDurationMs(*group.query_offset_ms));
  if (group.limit != 0) Line(indent, StrCat("limit: ", group.limit));
  if (group.rules.empty()) {
    Line(indent, "rules: []");
  } else {
    Line(indent, "rules:");
  }
  for (const Rule& rule : group.rules) {
    const int deeper = Deeper(indent) + 2;
    out_.append(static_cast<size_t>(Deeper(indent)), ' ');
    StrAppend(out_, "- ", rule.is_alert() ? "alert: " : "record: ");
    Scalar(rule.name(), deeper);
    out_.push_back('\n');
    Text(deeper, "expr", rule.expr);
    if (rule.for_ms != 0) Text(deeper, "for", FormatDurationMs(rule.for_ms));
    if (rule.keep_firing_for_ms != 0)
      Text(deeper, "keep_firing_for", FormatDurationMs(rule.keep_firing_for_ms));
    Map(deeper, "labels", rule.labels);
    Map(deeper, "annotations", rule.annotations);
  }
  Map(indent, "labels", group.labels);
  if (!group.source_tenants.empty()) {
    Line(indent, "source_tenants:");
    for (const std::string& tenant : group.source_tenants) {
      out_.append(static_cast<size_t>(Deeper(indent)), ' ');
      out_ += "- ";
      Scalar(tenant, Deeper(indent) + 2);
      out_.push_back('\n');
    }
  }
  if (group.align_evaluation_time_on_interval)
    Line(indent, "align_evaluation_time_on_interval: true");
}

void GroupList(std::string& out, int indent, const std::vector<Group>& groups) {
  Writer writer(out);
  for (const Group& group : groups) {
    out.append(static_cast<size_t>(indent), ' ');
    out += "- ";
    writer.Group(indent + 2, group);
  }
}

}  // namespace

std::string GroupToYaml(const Group& group) {
  std::string out;
  Writer(out).Group(0, group);
  return out;
}

std::string NamespacesToYaml(const std::map<std::string, std::vector<Group>>& namespaces) {
  std::string out;
  for (const auto& [name, groups] : namespaces) {
    Writer(out).Key(0, name);
    GroupList(out, 4, groups);
  }
  return out.empty() ? "{}\n" : out;
}

std::string FileToYaml(std::string_view namespace_name, const std::vector<Group>& groups) {
  std::string out;
  if (!namespace_name.empty()) Writer(out).Text(0, "namespace", namespace_name);
  out += groups.empty() ? "groups: []\n" : "groups:\n";
  GroupList(out, 4, groups);
  return out;
}

}  // namespace kvs::rules

// SPDX-License-Identifier: Apache-2.0
// Rules as they are written.
#include <cstdint>

#include "kvs/http/json_members.h"
#include "kvs/relabel/relabel.h"

namespace kvs::relabel {
namespace {

struct Named {
  std::string_view name;
  Action action;
};
constexpr Named kActions[] = {
    {"replace", Action::kReplace},     {"keep", Action::kKeep},
    {"drop", Action::kDrop},           {"keepequal", Action::kKeepEqual},
    {"dropequal", Action::kDropEqual}, {"hashmod", Action::kHashMod},
    {"labelmap", Action::kLabelMap},   {"labeldrop", Action::kLabelDrop},
    {"labelkeep", Action::kLabelKeep}, {"lowercase", Action::kLowercase},
    {"uppercase", Action::kUppercase},
};

using Element = simdjson::dom::element;

// YAML does not tell texts from numbers: `regex: 5` is one.
Status ReadText(std::string_view field, const Element& value, std::string* out) {
  std::string_view text;
  int64_t number = 0;
  bool flag = false;
  if (value.get(text) == simdjson::SUCCESS) {
    *out = text;
  } else if (value.get(number) == simdjson::SUCCESS) {
    *out = StrCat(number);
  } else if (value.get(flag) == simdjson::SUCCESS) {
    *out = flag ? "true" : "false";
  } else if (value.is_null()) {
    out->clear();
  } else {
    return InvalidArgument(field, " is no text");
  }
  return OkStatus();
}

Status ReadField(std::string_view name, const Element& value, Rule* out) {
  if (name == "source_labels") {
    simdjson::dom::array labels;
    if (value.is_null()) return OkStatus();
    if (value.get(labels) != simdjson::SUCCESS) return InvalidArgument("source_labels is no list");
    for (const Element label : labels) {
      out->source_labels.emplace_back();
      KVS_RETURN_IF_ERROR(ReadText("source_labels", label, &out->source_labels.back()));
    }
    return OkStatus();
  }
  if (name == "modulus") {
    if (value.get(out->modulus) != simdjson::SUCCESS)
      return InvalidArgument("modulus is no whole number");
    return OkStatus();
  }
  if (name == "action") {
    std::string action;
    KVS_RETURN_IF_ERROR(ReadText(name, value, &action));
    KVS_ASSIGN_OR_RETURN(out->action, ParseAction(action));
    return OkStatus();
  }
  if (name == "separator") return ReadText(name, value, &out->separator);
  if (name == "regex") return ReadText(name, value, &out->regex);
  if (name == "target_label") return ReadText(name, value, &out->target_label);
  if (name == "replacement") return ReadText(name, value, &out->replacement);
  return InvalidArgument("unknown field ", name);
}

}  // namespace

StatusOr<Action> ParseAction(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  for (const Named& named : kActions) {
    if (named.name == lower) return named.action;
  }
  return InvalidArgument("unknown relabel action \"", name, "\"");
}

StatusOr<std::vector<Rule>> ParseRules(std::string_view json) {
  std::vector<Rule> rules;
  if (json.empty()) return rules;
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (parser.parse(json.data(), json.size()).get(list) != simdjson::SUCCESS)
    return InvalidArgument("relabel rules are no list");
  for (const Element item : list) {
    simdjson::dom::object fields;
    if (item.get(fields) != simdjson::SUCCESS)
      return InvalidArgument("relabel rule ", rules.size() + 1, " is no table");
    Rule& rule = rules.emplace_back();
    for (const auto field : fields) {
      if (const Status read = ReadField(field.key, field.value, &rule); !read.ok())
        return Annotate(read, "relabel rule ", rules.size());
    }
  }
  return rules;
}

}  // namespace kvs::relabel

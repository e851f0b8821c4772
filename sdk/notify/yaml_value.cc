// SPDX-License-Identifier: Apache-2.0
#include "yaml_value.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

namespace kvs::notify {
namespace {

using gotemplate::Value;

// Aliases make a small text large, and a large one deep.
constexpr int kDepthMax = 50;
constexpr int kNodesMax = 100'000;

bool IsOneOf(const std::string& text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

Value PlainScalar(const std::string& text) {
  if (IsOneOf(text, {"", "~", "null", "Null", "NULL"})) return {};
  if (IsOneOf(text, {"y", "Y", "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"}))
    return true;
  if (IsOneOf(text, {"n", "N", "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"}))
    return false;
  if (IsOneOf(text, {".inf", ".Inf", ".INF", "+.inf"}))
    return std::numeric_limits<double>::infinity();
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  const char* const end = text.data() + text.size();
  const bool signed_plus = text[0] == '+';
  const char* begin = text.data() + (signed_plus ? 1 : 0);
  int base = 10;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (text.starts_with("0b")) base = 2;
  if (base != 10) begin = text.data() + 2;
  if (base == 10 && text.size() > 1 && text[0] == '0' &&
      text.find_first_not_of("01234567") == std::string::npos)
    base = 8;
  int64_t whole = 0;
  if (const auto [at, error] = std::from_chars(begin, end, whole, base);
      error == std::errc() && at == end)
    return whole;
  uint64_t large = 0;
  if (const auto [at, error] = std::from_chars(begin, end, large, base);
      error == std::errc() && at == end)
    return large;
  double real = 0;
  // Not what from_chars() knows beyond digits: "inf", "nan".
  if (text.find_first_not_of("+-.0123456789eE") == std::string::npos) {
    if (const auto [at, error] = std::from_chars(begin, end, real);
        error == std::errc() && at == end)
      return real;
  }
  return text;
}

StatusOr<Value> Convert(const YAML::Node& node, int depth, int& n_nodes) {
  if (depth > kDepthMax || ++n_nodes > kNodesMax)
    return InvalidArgument("more than ", kDepthMax, " levels or ", kNodesMax, " values");
  switch (node.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return Value();
    case YAML::NodeType::Scalar:
      return node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str"
                 ? Value(node.Scalar())
                 : PlainScalar(node.Scalar());
    case YAML::NodeType::Sequence: {
      std::vector<Value> items;
      for (const YAML::Node& item : node) {
        KVS_ASSIGN_OR_RETURN(Value value, Convert(item, depth + 1, n_nodes));
        items.push_back(std::move(value));
      }
      return Value::MakeList(std::move(items));
    }
    case YAML::NodeType::Map: {
      Value::Pairs pairs;
      for (const auto& entry : node) {
        if (!entry.first.IsScalar()) return InvalidArgument("a name that is no text");
        KVS_ASSIGN_OR_RETURN(Value value, Convert(entry.second, depth + 1, n_nodes));
        pairs.emplace_back(entry.first.Scalar(), std::move(value));
      }
      return Value::MakeMap(std::move(pairs));
    }
  }
  return Value();
}

}  // namespace

StatusOr<Value> ParseYaml(std::string_view text) {
  try {
    int n_nodes = 0;
    return Convert(YAML::Load(std::string(text)), 0, n_nodes);
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, " column ", e.mark.column + 1,
                           ": no YAML");  // Its own words repeat the text.
  }
}

}  // namespace kvs::notify

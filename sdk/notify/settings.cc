// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/settings.h"

#include <charconv>

#include "yaml_value.h"

namespace kvs::notify {

using gotemplate::Value;

namespace {

std::string TextOf(const Value& value) {
  if (value.is_nil()) return {};
  return value.is_string() ? value.as_string() : value.Print();
}

}  // namespace

StatusOr<Settings> Settings::Parse(std::string_view text) {
  StatusOr<Value> table = ParseYaml(text);
  if (!table.ok()) return Annotate(table.status(), "the settings of the receiver");
  if (table->kind() != Value::Kind::kMap && !table->is_nil())
    return InvalidArgument("the settings of the receiver are no table");
  return Settings(*std::move(table));
}

const Value* Settings::Find(std::string_view name) const {
  return table_.Find(name);
}

bool Settings::Has(std::string_view name) const {
  const Value* const value = Find(name);
  return value != nullptr && !value->is_nil() &&
         !(value->is_string() && value->as_string().empty());
}

std::string Settings::Text(std::string_view name) const {
  const Value* const value = Find(name);
  return value == nullptr ? std::string() : TextOf(*value);
}

bool Settings::Flag(std::string_view name, bool fallback) const {
  const Value* const value = Find(name);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->as_string() == "true";
  return value->kind() == Value::Kind::kBool ? value->as_bool() : fallback;
}

int64_t Settings::Int(std::string_view name, int64_t fallback) const {
  const Value* const value = Find(name);
  if (value == nullptr) return fallback;
  if (value->kind() == Value::Kind::kInt) return value->as_int();
  if (!value->is_string()) return fallback;
  const std::string& text = value->as_string();
  int64_t out = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && at == text.data() + text.size() ? out : fallback;
}

int64_t Settings::DurationMs(std::string_view name) const {
  const std::string text = Text(name);
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ns", 1e-6}, {"us", 1e-3}, {"µs", 1e-3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 3.6e6}};
  double ms = 0;
  std::string_view left = text;
  while (!left.empty()) {
    double number = 0;
    const auto [at, error] = std::from_chars(left.data(), left.data() + left.size(), number);
    if (error != std::errc()) return 0;
    left.remove_prefix(static_cast<size_t>(at - left.data()));
    const std::string_view unit = left.substr(0, left.find_first_of("0123456789."));
    for (const auto& [unit_name, factor] : kUnits) {
      if (unit == unit_name) ms += number * factor;
    }
    left.remove_prefix(unit.size());
  }
  return static_cast<int64_t>(ms);
}

std::vector<std::string> Settings::Texts(std::string_view name) const {
  const Value* const value = Find(name);
  std::vector<std::string> out;
  if (value == nullptr || value->kind() != Value::Kind::kList) return out;
  for (const Value& item : value->as_list().items) out.push_back(TextOf(item));
  return out;
}

std::vector<std::pair<std::string, std::string>> Settings::TextMap(std::string_view name) const {
  const Value* const value = Find(name);
  std::vector<std::pair<std::string, std::string>> out;
  if (value == nullptr || value->kind() != Value::Kind::kMap) return out;
  for (const auto& [key, text] : value->as_map().pairs) out.emplace_back(key, TextOf(text));
  return out;
}

Settings Settings::Table(std::string_view name) const {
  return Settings(Any(name));
}

std::vector<Settings> Settings::Tables(std::string_view name) const {
  const Value* const value = Find(name);
  std::vector<Settings> out;
  if (value == nullptr || value->kind() != Value::Kind::kList) return out;
  for (const Value& item : value->as_list().items) out.emplace_back(item);
  return out;
}

std::vector<std::pair<std::string, Settings>> Settings::NamedTables(std::string_view name) const {
  const Value* const value = Find(name);
  std::vector<std::pair<std::string, Settings>> out;
  if (value == nullptr || value->kind() != Value::Kind::kMap) return out;
  for (const auto& [key, table] : value->as_map().pairs) out.emplace_back(key, Settings(table));
  return out;
}

Value Settings::Any(std::string_view name) const {
  const Value* const value = Find(name);
  return value == nullptr ? Value() : *value;
}

}  // namespace kvs::notify

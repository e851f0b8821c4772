// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/value.h"

#include <algorithm>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

#include "time_methods.h"

namespace kvs::gotemplate {
namespace {

constexpr uint64_t kScalarWeight = 8;

// Saturates: a few hundred bytes of template can make values that print as more than there are
// bytes.
void Measure(const Value& value, uint32_t* depth, uint64_t* weight) {
  *depth = std::max(*depth, value.depth() + 1);
  *weight = std::min(UINT64_MAX / 2, *weight + value.weight() + kScalarWeight);
}

// Of the pairs of a map that is otherwise complete.
void Measure(Map& map) {
  for (const auto& [name, value] : map.pairs) {
    Measure(value, &map.depth, &map.weight);
    map.weight += name.size();
  }
}

}  // namespace

using internal::DurationMethods;
using internal::TimeMethods;

Value Value::MakeList(std::vector<Value> items, std::string type,
                      const std::vector<Method>* methods) {
  List list{std::move(items), std::move(type), methods};
  for (const Value& item : list.items) Measure(item, &list.depth, &list.weight);
  Value out;
  out.v_ = std::make_shared<const List>(std::move(list));
  return out;
}

Value Value::Strings(const std::vector<std::string>& items) {
  return MakeList({items.begin(), items.end()}, "[]string");
}

Value Value::MakeMap(Pairs pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Map map{std::move(pairs), "map[string]interface {}"};
  Measure(map);
  Value out;
  out.v_ = std::make_shared<const Map>(std::move(map));
  return out;
}

Value Value::StringMap(const std::vector<std::pair<std::string, std::string>>& pairs,
                       std::string type, const std::vector<Method>* methods) {
  Map map{{pairs.begin(), pairs.end()}, std::move(type), false, true, methods};
  std::stable_sort(map.pairs.begin(), map.pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Measure(map);
  Value out;
  out.v_ = std::make_shared<const Map>(std::move(map));
  return out;
}

Value Value::Struct(std::string type, Pairs fields, const std::vector<Method>* methods) {
  Map map{std::move(fields), std::move(type), true, false, methods};
  Measure(map);
  Value out;
  out.v_ = std::make_shared<const Map>(std::move(map));
  return out;
}

uint32_t Value::depth() const {
  return kind() == Kind::kList ? as_list().depth : kind() == Kind::kMap ? as_map().depth : 0;
}

uint64_t Value::weight() const {
  switch (kind()) {
    case Kind::kString:
      return as_string().size();
    case Kind::kList:
      return as_list().weight;
    case Kind::kMap:
      return as_map().weight;
    default:
      return kScalarWeight;
  }
}

const Value* Value::Find(std::string_view name) const {
  if (kind() != Kind::kMap) return nullptr;
  const Map& map = as_map();
  if (map.is_struct) {
    const auto at = std::find_if(map.pairs.begin(), map.pairs.end(),
                                 [&](const auto& pair) { return pair.first == name; });
    return at == map.pairs.end() ? nullptr : &at->second;
  }
  const auto at =
      std::lower_bound(map.pairs.begin(), map.pairs.end(), name,
                       [](const auto& pair, std::string_view key) { return pair.first < key; });
  return at == map.pairs.end() || at->first != name ? nullptr : &at->second;
}

const Method* Value::FindMethod(std::string_view name) const {
  const std::vector<Method>* methods = nullptr;
  switch (kind()) {
    case Kind::kList:
      methods = as_list().methods;
      break;
    case Kind::kMap:
      methods = as_map().methods;
      break;
    case Kind::kTime:
      methods = &TimeMethods();
      break;
    case Kind::kDuration:
      methods = &DurationMethods();
      break;
    default:
      break;
  }
  if (methods == nullptr) return nullptr;
  const auto at = std::find_if(methods->begin(), methods->end(),
                               [&](const Method& method) { return method.name == name; });
  return at == methods->end() ? nullptr : &*at;
}

bool Value::Truth() const {
  switch (kind()) {
    case Kind::kNil:
      return false;
    case Kind::kBool:
      return as_bool();
    case Kind::kInt:
      return as_int() != 0;
    case Kind::kUint:
      return as_uint() != 0;
    case Kind::kFloat:
      return as_float() != 0;
    case Kind::kString:
      return !as_string().empty();
    case Kind::kDuration:
      return as_duration().ns != 0;
    case Kind::kTime:
      return true;
    case Kind::kList:
      return !as_list().items.empty();
    case Kind::kMap:
      return as_map().is_struct || !as_map().pairs.empty();
  }
  return false;
}

std::string Value::TypeName() const {
  switch (kind()) {
    case Kind::kNil:
      return "nil";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint64";
    case Kind::kFloat:
      return "float64";
    case Kind::kString:
      switch (content()) {
        case Content::kPlain:
          return "string";
        case Content::kHtml:
          return "template.HTML";
        case Content::kUrl:
          return "template.URL";
        case Content::kCss:
          return "template.CSS";
        case Content::kJs:
          return "template.JS";
      }
      return "string";
    case Kind::kDuration:
      return "time.Duration";
    case Kind::kTime:
      return "time.Time";
    case Kind::kList:
      return as_list().type;
    case Kind::kMap:
      return as_map().type;
  }
  return "nil";
}

std::string Value::Print() const {
  const bool composite = kind() == Kind::kList || kind() == Kind::kMap;
  if (const Method* const method = composite ? FindMethod("String") : nullptr; method != nullptr) {
    const StatusOr<Value> text = method->fn(*this, {});
    if (text.ok() && text->is_string()) return text->as_string();
  }
  switch (kind()) {
    case Kind::kNil:
      return "<nil>";
    case Kind::kBool:
      return as_bool() ? "true" : "false";
    case Kind::kInt:
      return StrCat(as_int());
    case Kind::kUint:
      return StrCat(as_uint());
    case Kind::kFloat:
      return FormatFloat(as_float(), 'g', -1);
    case Kind::kString:
      return as_string();
    case Kind::kDuration:
      return FormatDuration(as_duration().ns);
    case Kind::kTime:
      return FormatTime(as_time(), "2006-01-02 15:04:05.999999999 -0700 MST");
    case Kind::kList: {
      std::string out = "[";
      for (const Value& item : as_list().items) {
        if (out.size() > 1) out.push_back(' ');
        out += item.Print();
      }
      return out + "]";
    }
    case Kind::kMap: {
      const Map& map = as_map();
      std::string out = map.is_struct ? "{" : "map[";
      bool first = true;
      for (const auto& [name, value] : map.pairs) {
        if (!first) out.push_back(' ');
        first = false;
        if (!map.is_struct) StrAppend(out, name, ":");
        out += value.Print();
      }
      return out + (map.is_struct ? "}" : "]");
    }
  }
  return {};
}

}  // namespace kvs::gotemplate

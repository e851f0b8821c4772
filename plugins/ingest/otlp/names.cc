// SPDX-License-Identifier: Apache-2.0
#include "names.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kvs/base/rune.h"
#include "kvs/base/trim.h"

namespace kvs::ingest::otlp {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

constexpr std::pair<std::string_view, Strategy> kStrategies[] = {
    {"UnderscoreEscapingWithSuffixes", {true, true}},
    {"UnderscoreEscapingWithoutSuffixes", {true, false}},
    {"NoUTF8EscapingWithSuffixes", {false, true}},
    {"NoTranslation", {false, false}},
};

// UCUM to words; "1" has no dimension.
constexpr Pair kUnits[] = {
    {"d", "days"},
    {"h", "hours"},
    {"min", "minutes"},
    {"s", "seconds"},
    {"ms", "milliseconds"},
    {"us", "microseconds"},
    {"ns", "nanoseconds"},
    {"By", "bytes"},
    {"KiBy", "kibibytes"},
    {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},
    {"TiBy", "tibibytes"},
    {"KBy", "kilobytes"},
    {"MBy", "megabytes"},
    {"GBy", "gigabytes"},
    {"TBy", "terabytes"},
    {"m", "meters"},
    {"V", "volts"},
    {"A", "amperes"},
    {"J", "joules"},
    {"W", "watts"},
    {"g", "grams"},
    {"Cel", "celsius"},
    {"Hz", "hertz"},
    {"1", ""},
    {"%", "percent"},
};
constexpr Pair kPerUnits[] = {
    {"s", "second"}, {"m", "minute"}, {"h", "hour"}, {"d", "day"},
    {"w", "week"},   {"mo", "month"}, {"y", "year"},
};

template <size_t n>
std::string_view Lookup(const Pair (&table)[n], std::string_view key) {
  for (const Pair& pair : table) {
    if (pair.first == key) return pair.second;
  }
  return key;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsAlphanumeric(Rune rune) {
  return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
         (rune >= '0' && rune <= '9');
}

// Calls visit(rune) for each; what is no UTF-8 is one kRuneError a byte.
template <typename Visit>
void EachRune(std::string_view text, Visit visit) {
  size_t width = 0;
  for (size_t at = 0; at < text.size(); at += width) visit(DecodeRune(text, at, &width));
}

// The runs of characters that a legacy metric name may have.
std::vector<std::string> Tokens(std::string_view name, bool underscore_is_one) {
  std::vector<std::string> tokens;
  bool inside = false;
  EachRune(name, [&](Rune rune) {
    const bool valid = IsAlphanumeric(rune) || rune == ':' || (underscore_is_one && rune == '_');
    if (valid && !inside) tokens.emplace_back();
    if (valid) tokens.back() += static_cast<char>(rune);
    inside = valid;
  });
  return tokens;
}

std::string Joined(const std::vector<std::string>& tokens) {
  std::string out;
  for (const std::string& token : tokens) {
    if (!out.empty()) out += '_';
    out += token;
  }
  if (!out.empty() && IsDigit(out.front())) out.insert(out.begin(), '_');
  return out;
}

struct UnitParts {
  std::string main;
  std::string per;  // With "per_" in front.
};

// The words of "main/per"; annotations in braces say nothing.
UnitParts PartsOf(std::string_view unit) {
  UnitParts parts;
  const auto is_word = [](std::string_view part) {
    return !part.empty() && part.find_first_of("{}") == part.npos;
  };
  const size_t slash = unit.find('/');
  if (const std::string_view main = Trimmed(unit.substr(0, slash), kGoSpaces); is_word(main))
    parts.main = Lookup(kUnits, main);
  if (slash == unit.npos) return parts;
  if (const std::string_view per = Trimmed(unit.substr(slash + 1), kGoSpaces); is_word(per))
    parts.per = StrCat("per_", Lookup(kPerUnits, per));
  return parts;
}

// Characters that names may not have as "_", runs of it as one, none in front.
std::string CleanUnit(std::string_view unit) {
  std::string out;
  EachRune(unit, [&](Rune rune) {
    const char c = IsAlphanumeric(rune) || rune == ':' ? static_cast<char>(rune) : '_';
    if (c != '_' || !out.ends_with('_')) out += c;
  });
  if (out.starts_with('_')) out.erase(0, 1);
  return out;
}

void CutTrailing(std::string* text) {
  if (text->ends_with('_')) text->pop_back();
}

void MoveToEnd(std::vector<std::string>* tokens, std::string_view token) {
  std::erase(*tokens, token);
  tokens->emplace_back(token);
}

bool IsRatio(const wire::otlp::Metric& metric) {
  return metric.unit == "1" && metric.kind == wire::otlp::Kind::kGauge;
}
bool IsCounter(const wire::otlp::Metric& metric) {
  return metric.kind == wire::otlp::Kind::kSum && metric.monotonic;
}

std::string EscapedWithSuffixes(const wire::otlp::Metric& metric) {
  std::vector<std::string> tokens = Tokens(metric.name, /*underscore_is_one=*/false);
  const auto has = [&](std::string_view token) {
    return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
  };
  UnitParts unit = PartsOf(metric.unit);
  unit.main = CleanUnit(unit.main);
  unit.per = CleanUnit(unit.per);
  if (has(unit.main)) unit.main.clear();
  if (unit.per == "per_") unit.per.clear();
  CutTrailing(&unit.per);
  if (has(unit.per)) unit.per.clear();
  if (!unit.per.empty()) CutTrailing(&unit.main);
  if (!unit.main.empty()) tokens.push_back(unit.main);
  if (!unit.per.empty()) tokens.push_back(unit.per);
  if (IsCounter(metric)) MoveToEnd(&tokens, "total");
  if (IsRatio(metric)) MoveToEnd(&tokens, "ratio");
  return Joined(tokens);
}

// Without this end and the character before it.
std::string_view WithoutEnd(std::string_view name, std::string_view end) {
  if (name.ends_with(end) && name.size() > end.size() + 1) name.remove_suffix(end.size() + 1);
  return name;
}

std::string KeptWithSuffixes(const wire::otlp::Metric& metric) {
  const UnitParts unit = PartsOf(metric.unit);
  std::string_view name = metric.name;
  if (IsRatio(metric)) name = WithoutEnd(name, "ratio");
  if (IsCounter(metric)) name = WithoutEnd(name, "total");
  if (!unit.per.empty()) name = WithoutEnd(name, unit.per);
  std::string out(name);
  if (!unit.main.empty() && !name.ends_with(unit.main)) StrAppend(out, "_", unit.main);
  if (!unit.per.empty()) StrAppend(out, "_", unit.per);
  if (IsCounter(metric)) out += "_total";
  if (IsRatio(metric)) out += "_ratio";
  return out;
}

bool OnlyUnderscores(std::string_view text) {
  return text.find_first_not_of('_') == text.npos;
}

}  // namespace

StatusOr<Strategy> StrategyOf(std::string_view name) {
  std::string all;
  for (const auto& known : kStrategies) {
    if (known.first == name) return known.second;
    StrAppend(all, all.empty() ? "" : ", ", known.first);
  }
  return InvalidArgument("unknown translation strategy \"", name, "\"; there are ", all);
}

std::string_view NameOf(const Strategy& strategy) {
  for (const auto& known : kStrategies) {
    if (known.second.escape == strategy.escape && known.second.suffixes == strategy.suffixes)
      return known.first;
  }
  return {};
}

StatusOr<std::string> MetricName(const wire::otlp::Metric& metric, const Strategy& strategy) {
  if (metric.name.empty()) return InvalidArgument("metric has no name");
  if (!strategy.escape) {
    return strategy.suffixes ? KeptWithSuffixes(metric) : std::string(metric.name);
  }
  std::string name = strategy.suffixes ? EscapedWithSuffixes(metric)
                                       : Joined(Tokens(metric.name, /*underscore_is_one=*/true));
  if (name.empty()) {
    return InvalidArgument("normalization for metric \"", metric.name, "\" resulted in empty name");
  }
  if (name != metric.name && OnlyUnderscores(name)) {
    return InvalidArgument("normalization for metric \"", metric.name,
                           "\" resulted in invalid name \"", name, "\"");
  }
  return name;
}

StatusOr<std::string> LabelName(std::string_view attribute, const LabelRules& rules) {
  if (attribute.empty()) return InvalidArgument("label name is empty");
  if (!rules.escape) return std::string(attribute);
  // Names such as __this__ keep their ends, whatever becomes of the middle.
  const bool reserved = !rules.keep_underscores && attribute.size() >= 4 &&
                        attribute.starts_with("__") && attribute.ends_with("__");
  std::string middle;
  EachRune(reserved ? attribute.substr(2, attribute.size() - 4) : attribute, [&](Rune rune) {
    if (IsAlphanumeric(rune)) {
      middle += static_cast<char>(rune);
    } else if (rules.keep_underscores || !middle.ends_with('_')) {
      middle += '_';
    }
  });
  std::string name = reserved ? StrCat("__", middle, "__") : middle;
  if (IsDigit(name.front())) {
    name.insert(0, "key_");
  } else if (rules.prefix_underscore && name.starts_with('_') && !name.starts_with("__")) {
    name.insert(0, "key");
  }
  if (OnlyUnderscores(name)) {
    return InvalidArgument("normalization for label name \"", attribute,
                           "\" resulted in invalid name \"", name, "\"");
  }
  return name;
}

std::string UnitName(std::string_view unit) {
  const UnitParts parts = PartsOf(unit);
  const std::string main = CleanUnit(parts.main);
  const std::string per = CleanUnit(parts.per);
  std::string out = main.empty() || per.empty() ? main + per : StrCat(main, "_", per);
  if (out.starts_with('_')) out.erase(0, 1);
  CutTrailing(&out);
  return out;
}

}  // namespace kvs::ingest::otlp

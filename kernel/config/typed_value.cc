// SPDX-License-Identifier: Apache-2.0
#include "kernel/config/typed_value.h"

#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/base/trim.h"
#include "kvs/base/units.h"

#include "kernel/config/suggest.h"

namespace kvs::kernel {
namespace {

using Problem = std::optional<Diagnostic>;

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The parts between commas, without blanks around them; empty parts do not count.
std::vector<std::string> SplitCommas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    const std::string_view part = Trimmed(text.substr(0, comma));
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

class Reader {
 public:
  Reader(const kvs_config_key_t& key, const Value& value, const Environment& environment, size_t i,
         ConfigValues* out)
      : key_(key), value_(value), environment_(environment), i_(i), out_(out) {}

  Problem Read() {
    switch (key_.type) {
      case KVS_CONFIG_BOOL:
        return ReadBool();
      case KVS_CONFIG_INT:
        return ReadInteger();
      case KVS_CONFIG_FLOAT:
        return ReadFloat();
      case KVS_CONFIG_STRING:
        return ReadString();
      case KVS_CONFIG_DURATION:
        return ReadDuration();
      case KVS_CONFIG_BYTES:
        return ReadBytes();
      case KVS_CONFIG_SECRET:
        return ReadSecret();
      case KVS_CONFIG_STRINGS:
        return ReadStrings();
      case KVS_CONFIG_MAP:
        return ReadMap();
      default:
        return Wrong("C018", StrCat("key \"", key_.name, "\" is declared with the unknown type ",
                                    key_.type));
    }
  }

 private:
  Problem ReadBool() {
    if (value_.kind == ValueKind::kBool) return Keep(value_.boolean ? 1 : 0);
    if (free_text() && value_.text == "true") return Keep(1);
    if (free_text() && value_.text == "false") return Keep(0);
    return WrongType();
  }

  Problem ReadInteger() {
    if (value_.kind == ValueKind::kInteger) return KeepInRange(value_.integer);
    if (free_text()) {
      if (const auto number = ParseNumber<int64_t>(value_.text)) return KeepInRange(*number);
    }
    return WrongType();
  }

  Problem ReadFloat() {
    std::optional<double> number;
    if (value_.kind == ValueKind::kFloat) number = value_.number;
    if (value_.kind == ValueKind::kInteger) number = static_cast<double>(value_.integer);
    if (free_text()) number = ParseNumber<double>(value_.text);
    if (!number) return WrongType();
    if (Problem problem = CheckRange(*number)) return problem;
    out_->SetNumber(i_, *number);
    return std::nullopt;
  }

  Problem ReadString() {
    if (!value_.is_string()) return WrongType();
    if (Problem problem = CheckChoice(value_)) return problem;
    out_->SetText(i_, KVS_CONFIG_STRING, value_.text);
    return std::nullopt;
  }

  Problem ReadDuration() {
    if (!value_.is_string()) return WrongType();
    const StatusOr<int64_t> ms = ParseDurationMs(value_.text);
    return ms.ok()
               ? KeepInRange(*ms)
               : Wrong("C012", StrCat("bad value for \"", key_.name, "\""), ms.status().message());
  }

  Problem ReadBytes() {
    if (value_.kind == ValueKind::kInteger && value_.integer >= 0)
      return KeepInRange(value_.integer);
    if (!value_.is_string()) return WrongType();
    const StatusOr<int64_t> bytes = ParseBytes(value_.text);
    return bytes.ok() ? KeepInRange(*bytes)
                      : Wrong("C012", StrCat("bad value for \"", key_.name, "\""),
                              bytes.status().message());
  }

  Problem ReadSecret() {
    if (!value_.is_string()) return WrongType();
    const StatusOr<std::string> secret = ResolveSecret(environment_, value_.text);
    if (!secret.ok()) {
      return Wrong("C017", StrCat("cannot read the secret \"", key_.name, "\""),
                   secret.status().message());
    }
    out_->SetText(i_, KVS_CONFIG_SECRET, *secret);
    return std::nullopt;
  }

  Problem ReadStrings() {
    std::vector<std::string> items;
    if (value_.is_string()) {
      items = SplitCommas(value_.text);
    } else if (value_.is_list()) {
      for (const Value& item : value_.items) {
        if (!item.is_string()) return WrongItem(item);
        // An item that the environment fills may hold several, or none.
        if (item.expanded) {
          for (std::string& part : SplitCommas(item.text)) items.push_back(std::move(part));
        } else {
          items.push_back(item.text);
        }
      }
    } else {
      return WrongType();
    }
    for (const std::string& item : items) {
      Value one;
      one.text = item;
      if (Problem problem = CheckChoice(one)) return problem;
    }
    out_->SetStrings(i_, items);
    return std::nullopt;
  }

  Problem ReadMap() {
    std::vector<std::pair<std::string, std::string>> items;
    if (value_.is_table()) {
      for (const TableEntry& entry : value_.entries) {
        if (!entry.value.is_string()) return WrongItem(entry.value);
        items.emplace_back(entry.key, entry.value.text);
      }
    } else if (free_text()) {
      for (const std::string& part : SplitCommas(value_.text)) {
        const size_t equals = part.find('=');
        if (equals == std::string::npos) return WrongType();
        items.emplace_back(Trimmed(std::string_view(part).substr(0, equals)),
                           Trimmed(std::string_view(part).substr(equals + 1)));
      }
    } else {
      return WrongType();
    }
    out_->SetMap(i_, items);
    return std::nullopt;
  }

  // A text from the environment or a default: it may stand for any type.
  bool free_text() const { return value_.is_string() && value_.expanded; }

  Problem Keep(int64_t integer) {
    out_->SetInteger(i_, key_.type, integer);
    return std::nullopt;
  }

  Problem KeepInRange(int64_t integer) {
    if (Problem problem = CheckRange(static_cast<double>(integer))) return problem;
    return Keep(integer);
  }

  // A maximum below the minimum is none: a declaration that gives only a minimum leaves it 0.
  Problem CheckRange(double number) {
    if (key_.minimum == 0 && key_.maximum == 0) return std::nullopt;
    const bool has_maximum = key_.maximum >= key_.minimum;
    if (number >= key_.minimum && (!has_maximum || number <= key_.maximum)) return std::nullopt;
    const std::string low = FormatConfigNumber(key_.type, key_.minimum);
    const std::string allowed =
        has_maximum ? StrCat("from ", low, " to ", FormatConfigNumber(key_.type, key_.maximum))
                    : StrCat("at least ", low);
    return Wrong("C013", StrCat("\"", key_.name, "\" is out of range"),
                 StrCat("allowed: ", allowed));
  }

  Problem CheckChoice(const Value& value) {
    if (key_.choices == nullptr) return std::nullopt;
    std::vector<std::string> choices;
    for (const char* const* choice = key_.choices; *choice != nullptr; ++choice) {
      if (value.text == *choice) return std::nullopt;
      choices.emplace_back(*choice);
    }
    Problem problem =
        Wrong("C014", StrCat("\"", value.text, "\" is not a choice of \"", key_.name, "\""),
              StrCat("one of ", JoinNames(choices, 16, "or")));
    problem->help = DidYouMean(value.text, choices);
    return problem;
  }

  Problem WrongType() {
    Problem problem = Wrong("C011", StrCat("wrong type for \"", key_.name, "\""));
    Explain(value_, StrCat("expected ", ExpectedValue(key_.type)), &*problem);
    if (key_.type == KVS_CONFIG_DURATION && value_.kind == ValueKind::kInteger) {
      problem->help = StrCat("give the unit: ", key_.name, " = \"", value_.integer, "s\"");
    } else if (key_.type == KVS_CONFIG_STRING && value_.kind == ValueKind::kInteger) {
      problem->help = StrCat("put it in quotes: ", key_.name, " = \"", value_.integer, "\"");
    } else if (value_.is_string() && !value_.expanded &&
               (key_.type == KVS_CONFIG_BOOL || key_.type == KVS_CONFIG_INT ||
                key_.type == KVS_CONFIG_FLOAT)) {
      problem->help = "numbers and booleans stand without quotes";
    }
    return problem;
  }

  Problem WrongItem(const Value& item) {
    Problem problem = Wrong("C011", StrCat("wrong type for an item of \"", key_.name, "\""));
    Explain(item, StrCat("expected ", ExpectedValue(key_.type)), &*problem);
    problem->where = item.where;
    return problem;
  }

  // A text that was expanded is shown as it came out: that is what the author cannot see. Never
  // that of a secret.
  void Explain(const Value& found, std::string expected, Diagnostic* problem) const {
    problem->label = StrCat("this is ", KindName(found.kind));
    if (found.is_string() && found.expanded && key_.type != KVS_CONFIG_SECRET) {
      problem->label = StrCat("expands to \"", found.text, "\"");
    }
    problem->notes.push_back(std::move(expected));
  }

  Problem Wrong(std::string code, std::string message, std::string note = {}) {
    Diagnostic d;
    d.code = std::move(code);
    d.message = std::move(message);
    d.where = value_.where;
    if (!note.empty()) d.notes.push_back(std::move(note));
    return d;
  }

  const kvs_config_key_t& key_;
  const Value& value_;
  const Environment& environment_;
  const size_t i_;
  ConfigValues* const out_;
};

}  // namespace

std::optional<Diagnostic> ReadTypedValue(const kvs_config_key_t& key, const Value& value,
                                         const Environment& environment, size_t i,
                                         ConfigValues* out) {
  return Reader(key, value, environment, i, out).Read();
}

std::string_view ExpectedValue(kvs_config_type_t type) {
  switch (type) {
    case KVS_CONFIG_BOOL:
      return "true or false";
    case KVS_CONFIG_INT:
      return "an integer";
    case KVS_CONFIG_FLOAT:
      return "a number";
    case KVS_CONFIG_STRING:
      return "a string";
    case KVS_CONFIG_DURATION:
      return "a duration such as \"30s\" or \"1h30m\"";
    case KVS_CONFIG_BYTES:
      return "a size such as \"64MiB\"";
    case KVS_CONFIG_SECRET:
      return "a secret: \"env:NAME\", \"file:/path\" or the text itself";
    case KVS_CONFIG_STRINGS:
      return "a list of strings";
    case KVS_CONFIG_MAP:
      return "a table of strings";
    default:
      return "a value";
  }
}

std::string FormatConfigNumber(kvs_config_type_t type, double value) {
  const bool fits = value > -9.2e18 && value < 9.2e18;
  if (type == KVS_CONFIG_FLOAT || !fits) return StrCat(value);
  const auto integer = static_cast<int64_t>(value);
  if (type == KVS_CONFIG_DURATION) return FormatDurationMs(integer);
  if (type == KVS_CONFIG_BYTES) return FormatBytes(integer);
  return StrCat(integer);
}

}  // namespace kvs::kernel

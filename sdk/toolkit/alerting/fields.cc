// SPDX-License-Identifier: Apache-2.0
#include "fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "kvs/base/quote.h"
#include "kvs/base/units.h"
#include "kvs/http/json.h"

namespace kvs::alerting {
namespace {

const Field* Find(Fields fields, std::string_view name) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [name](const Field& field) { return name == field.name; });
  return at == fields.end() ? nullptr : &*at;
}

std::optional<int64_t> Integer(const std::string& text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Go's time.ParseDuration: numbers with a fraction, each with its unit, in any order.
StatusOr<int64_t> ParseGoDurationMs(std::string_view text) {
  const auto bad = [whole = text] {
    return InvalidArgument("time: invalid duration ", Quote(whole));
  };
  if (text == "0") return int64_t{0};
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return bad();
  double total_ms = 0;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc()) return bad();
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{{"ns", 1e-6},
                                                                            {"us", 1e-3},
                                                                            {"µs", 1e-3},
                                                                            {"μs", 1e-3},
                                                                            {"ms", 1},
                                                                            {"s", 1e3},
                                                                            {"m", 6e4},
                                                                            {"h", 3.6e6}}};
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [text](const auto& u) { return text.starts_with(u.first); });
    if (unit == kUnits.end()) return bad();
    total_ms += number * unit->second;
    text.remove_prefix(unit->first.size());
  }
  if (!(total_ms < 9e15)) return bad();
  return std::llround(negative ? -total_ms : total_ms);
}

Status CheckUrl(const std::string& text, bool secret) {
  // What the API shows in place of a secret may be sent back to it.
  if (secret && text == "<secret>") return OkStatus();
  // A variable; whoever delivers knows whether it may be read.
  if (secret && text.starts_with("${") && text.find('}') + 1 == text.size()) return OkStatus();
  const size_t colon = text.find("://");
  const std::string scheme = colon == std::string::npos ? "" : text.substr(0, colon);
  if (scheme != "http" && scheme != "https")
    return InvalidArgument("unsupported scheme ", Quote(scheme), " for URL");
  const size_t host = colon + 3;
  if (host >= text.size() || text[host] == '/' || text[host] == '?' || text[host] == '#')
    return InvalidArgument("missing host for URL");
  return OkStatus();
}

Status CheckHostPort(const std::string& text) {
  if (text.empty()) return OkStatus();
  const size_t colon = text.rfind(':');
  const bool bracketed = text.front() == '[';
  if (colon == std::string::npos || (bracketed && text.find(']') > colon))
    return InvalidArgument("address ", text, ": missing port in address");
  if (!bracketed && text.find(':') != colon)
    return InvalidArgument("address ", text, ": too many colons in address");
  if (colon + 1 == text.size())
    return InvalidArgument("address ", Quote(text), ": port cannot be empty");
  return OkStatus();
}

Status CheckScalar(const YAML::Node& node, const Field& field) {
  if (!node.IsScalar())
    return InvalidArgument("field ", field.name, " takes one value, not a ",
                           node.IsMap() ? "table" : "list");
  const std::string& text = node.Scalar();
  switch (field.kind) {
    case Kind::kBool: {
      const StatusOr<bool> value = ParseBool(node);
      return value.ok() ? OkStatus() : Annotate(value.status(), "field ", field.name);
    }
    case Kind::kInt:
      if (Integer(text).has_value()) return OkStatus();
      return InvalidArgument("field ", field.name, ": ", Quote(text), " is not a whole number");
    case Kind::kDuration:
      return Annotate(ParseDurationMs(text).status(), "field ", field.name);
    case Kind::kGoDuration:
      return Annotate(ParseGoDurationMs(text).status(), "field ", field.name);
    case Kind::kUrl:
    case Kind::kSecretUrl:
      return Annotate(CheckUrl(text, field.kind == Kind::kSecretUrl), "field ", field.name);
    case Kind::kHostPort:
      return Annotate(CheckHostPort(text), "field ", field.name);
    default:
      return OkStatus();
  }
}

Status CheckList(const YAML::Node& node, const Field& field, const Place& place) {
  if (!node.IsSequence()) return InvalidArgument("field ", field.name, " takes a list");
  for (const YAML::Node& item : node) {
    if (field.kind == Kind::kTextList) {
      if (!item.IsScalar())
        return AtLine(item, InvalidArgument("field ", field.name, " takes a list of texts"));
      continue;
    }
    KVS_RETURN_IF_ERROR(
        CheckTable(item, field.fields, {place.path + "." + field.name, place.files}));
  }
  return OkStatus();
}

Status CheckMap(const YAML::Node& node, const Field& field) {
  if (!node.IsMap()) return InvalidArgument("field ", field.name, " takes a table");
  for (const auto& entry : node) {
    if (!entry.second.IsScalar() && !entry.second.IsNull())
      return AtLine(entry.second, InvalidArgument("field ", field.name, " takes a table of texts"));
  }
  return OkStatus();
}

Status CheckField(const YAML::Node& node, const Field& field, const Place& place) {
  switch (field.kind) {
    case Kind::kAny:
      return OkStatus();
    case Kind::kTable:
      return CheckTable(node, field.fields, {place.path + "." + field.name, place.files});
    case Kind::kTextList:
    case Kind::kTableList:
      return CheckList(node, field, place);
    case Kind::kTextMap:
      return CheckMap(node, field);
    case Kind::kFile:
      if (node.IsScalar() && !node.Scalar().empty() && place.files != nullptr)
        place.files->push_back(StrCat(place.path, ".", field.name));
      break;
    default:
      break;
  }
  return CheckScalar(node, field);
}

void WriteAny(const YAML::Node& node, http::JsonWriter& json) {
  if (node.IsMap()) {
    json.BeginObject();
    for (const auto& entry : node) {
      json.Key(entry.first.IsScalar() ? entry.first.Scalar() : "");
      WriteAny(entry.second, json);
    }
    json.EndObject();
  } else if (node.IsSequence()) {
    json.BeginArray();
    for (const YAML::Node& item : node) WriteAny(item, json);
    json.EndArray();
  } else if (!node.IsScalar()) {
    json.Null();
  } else if (const std::optional<int64_t> number = Integer(node.Scalar());
             number.has_value() && node.Tag() != "!") {
    json.Int(*number);
  } else if (node.Tag() != "!" && (node.Scalar() == "true" || node.Scalar() == "false")) {
    json.Bool(node.Scalar() == "true");
  } else {
    json.String(node.Scalar());
  }
}

void WriteTable(const YAML::Node& node, Fields fields, http::JsonWriter& json);

void WriteScalar(const std::string& text, Kind kind, http::JsonWriter& json) {
  switch (kind) {
    case Kind::kBool:
      return json.Bool(ParseBool(YAML::Node(text)).ok() && *ParseBool(YAML::Node(text)));
    case Kind::kInt:
      return json.Int(Integer(text).value_or(0));
    default:
      return json.String(text);
  }
}

void WriteField(const YAML::Node& node, const Field& field, http::JsonWriter& json) {
  switch (field.kind) {
    case Kind::kAny:
      return WriteAny(node, json);
    case Kind::kTable:
      return WriteTable(node, field.fields, json);
    case Kind::kTextList:
    case Kind::kTableList:
      json.BeginArray();
      for (const YAML::Node& item : node) {
        if (field.kind == Kind::kTextList) {
          json.String(item.Scalar());
        } else {
          WriteTable(item, field.fields, json);
        }
      }
      return json.EndArray();
    case Kind::kTextMap:
      json.BeginObject();
      for (const auto& entry : node) {
        json.Key(entry.first.Scalar());
        json.String(entry.second.IsScalar() ? entry.second.Scalar() : "");
      }
      return json.EndObject();
    default:
      return WriteScalar(node.Scalar(), field.kind, json);
  }
}

void WriteTable(const YAML::Node& node, Fields fields, http::JsonWriter& json) {
  json.BeginObject();
  for (const Field& field : fields) {
    const YAML::Node value =
        node.IsMap() ? node[field.name] : YAML::Node(YAML::NodeType::Undefined);
    if (value && !value.IsNull()) {
      json.Key(field.name);
      WriteField(value, field, json);
    } else if (field.fallback != nullptr) {
      json.Key(field.name);
      WriteScalar(field.fallback, field.kind, json);
    }
  }
  json.EndObject();
}

}  // namespace

Status AtLine(const YAML::Node& node, const Status& status) {
  if (status.ok() || !node || node.Mark().is_null()) return status;
  if (status.message().starts_with("line ")) return status;
  return Annotate(status, "line ", node.Mark().line + 1);
}

Status CheckTable(const YAML::Node& node, Fields fields, const Place& place) {
  if (!node || node.IsNull()) return OkStatus();
  if (!node.IsMap()) return AtLine(node, InvalidArgument(place.path, " takes a table"));
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const Field* const field = Find(fields, name);
    if (field == nullptr)
      return AtLine(entry.first, InvalidArgument("field ", name, " not found in ", place.path));
    if (entry.second.IsNull()) continue;
    KVS_RETURN_IF_ERROR(AtLine(entry.second, CheckField(entry.second, *field, place)));
  }
  return OkStatus();
}

std::string TextOf(const YAML::Node& table, const char* name) {
  if (!table || !table.IsMap()) return "";
  const YAML::Node value = table[name];
  return value && value.IsScalar() ? value.Scalar() : "";
}

bool IsSet(const YAML::Node& table, const char* name) {
  return !TextOf(table, name).empty();
}

std::string ToJson(const YAML::Node& node, Fields fields) {
  std::string out;
  http::JsonWriter json(out);
  WriteTable(node, fields, json);
  return out;
}

StatusOr<bool> ParseBool(const YAML::Node& node) {
  constexpr std::array<std::string_view, 11> kTrue = {"y",    "Y",    "yes", "Yes", "YES", "true",
                                                      "True", "TRUE", "on",  "On",  "ON"};
  constexpr std::array<std::string_view, 11> kFalse = {
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  const std::string& text = node.Scalar();
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return InvalidArgument(Quote(text), " is neither true nor false");
}

}  // namespace kvs::alerting

// SPDX-License-Identifier: Apache-2.0
#include "overrides.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "kvs/http/json.h"
#include "kvs/model/utf8.h"

namespace kvs::limiter::static_limits {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxBytes = size_t{1} << 20;  // Aliases can make little text large.

// Deeper nesting than any limit has is refused before it can use up the stack.
// Longer names could not be read back from what is shown: YAML has keys of 1,024 characters at
// most.
Status CheckName(const YAML::Node& name) {
  constexpr size_t kMaxNameBytes = 160;
  if (name.Scalar().size() <= kMaxNameBytes) return OkStatus();
  return InvalidArgument("line ", name.Mark().line + 1, ": a name of ", name.Scalar().size(),
                         " bytes; at most ", kMaxNameBytes);
}

Status AppendJson(const YAML::Node& node, int depth, std::string& out) {
  if (depth > kMaxDepth) return InvalidArgument("line ", node.Mark().line + 1, ": nested too deep");
  if (out.size() > kMaxBytes)
    return InvalidArgument("line ", node.Mark().line + 1, ": a limit of more than ", kMaxBytes,
                           " bytes");
  bool first = true;
  if (node.IsSequence()) {
    out.push_back('[');
    for (const auto& item : node) {
      if (!std::exchange(first, false)) out.push_back(',');
      KVS_RETURN_IF_ERROR(AppendJson(item, depth + 1, out));
    }
    out.push_back(']');
  } else if (node.IsMap()) {
    out.push_back('{');
    for (const auto& entry : node) {
      if (!std::exchange(first, false)) out.push_back(',');
      KVS_RETURN_IF_ERROR(CheckName(entry.first));
      http::AppendJsonString(out, entry.first.Scalar());
      out.push_back(':');
      KVS_RETURN_IF_ERROR(AppendJson(entry.second, depth + 1, out));
    }
    out.push_back('}');
  } else if (node.IsNull()) {
    out += "null";
  } else {
    const std::string& text = node.Scalar();
    bool flag = false;
    int64_t whole = 0;
    // Quoted texts have a tag of their own.
    const bool quoted = node.Tag() == "!";
    if (!quoted && YAML::convert<bool>::decode(node, flag)) {
      out += flag ? "true" : "false";
    } else if (!quoted && YAML::convert<int64_t>::decode(node, whole)) {
      StrAppend(out, whole);
    } else {
      http::AppendJsonString(out, text);
    }
  }
  return OkStatus();
}

Status ReadLimits(const YAML::Node& node, LimitSet& out, std::vector<std::string>* removed) {
  for (const auto& entry : node) {
    KVS_RETURN_IF_ERROR(CheckName(entry.first));
    const std::string name = entry.first.Scalar();
    const int line = entry.second.Mark().line + 1;
    if (entry.second.IsNull()) {
      if (removed != nullptr) removed->push_back(name);
    } else if (!entry.second.IsScalar()) {
      const LimitSpec* const spec = FindLimit(name);
      if (spec != nullptr && spec->kind != LimitKind::kJson)
        return InvalidArgument("line ", line, ": limit ", name,
                               " is a list or a table, not a single value");
      std::string json;
      KVS_RETURN_IF_ERROR(AppendJson(entry.second, 0, json));
      out.texts[name] = std::move(json);
    } else if (name == "class") {
      out.limit_class = entry.second.Scalar();
    } else if (const Status set = SetLimit(name, entry.second.Scalar(), &out); !set.ok()) {
      return InvalidArgument("line ", line, ": ", set.message());
    }
  }
  return OkStatus();
}

Status ReadTables(const YAML::Node& root, const char* key, const char* of,
                  std::map<std::string, LimitSet, std::less<>>& out) {
  const YAML::Node tables = root[key];
  if (!tables || tables.IsNull()) return OkStatus();
  if (!tables.IsMap())
    return InvalidArgument("line ", tables.Mark().line + 1, ": ", key, " is no table of ", of);
  for (const auto& entry : tables) {
    const std::string name = entry.first.Scalar();
    LimitSet& limits = out[name];
    if (entry.second.IsNull()) continue;
    if (!entry.second.IsMap())
      return InvalidArgument("line ", entry.second.Mark().line + 1, ": the limits of ", name,
                             " are no table");
    KVS_RETURN_IF_ERROR(ReadLimits(entry.second, limits, nullptr));
  }
  return OkStatus();
}

// What YAML has no place for (c-printable of its specification). yaml-cpp takes a zero byte, and
// gives bytes in return that are no text.
bool IsControlCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

// yaml-cpp throws at whatever it does not like.
template <typename Read>
Status Guarded(const std::string& yaml, Read read) {
  if (!model::IsValidUtf8(yaml)) return InvalidArgument("the text is not valid UTF-8");
  if (const auto bad = std::find_if(yaml.begin(), yaml.end(), IsControlCharacter);
      bad != yaml.end()) {
    return InvalidArgument("line ", std::count(yaml.begin(), bad, '\n') + 1,
                           ": a control character, which YAML does not allow");
  }
  try {
    return read(YAML::Load(yaml));
  } catch (const YAML::Exception& e) {
    return InvalidArgument("line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument(e.what());
  }
}

Status Read(const YAML::Node& root, Overrides& out) {
  if (root.IsNull()) return OkStatus();
  if (!root.IsMap()) return InvalidArgument("line 1: the file is no table");
  KVS_RETURN_IF_ERROR(ReadTables(root, "classes", "classes", out.classes));
  KVS_RETURN_IF_ERROR(ReadTables(root, "overrides", "tenants", out.tenants));
  for (auto at = out.tenants.begin(); at != out.tenants.end();) {
    if (!at->first.ends_with('*')) {
      ++at;
      continue;
    }
    out.prefixes[at->first.substr(0, at->first.size() - 1)] = std::move(at->second);
    at = out.tenants.erase(at);
  }
  const auto check = [&](const auto& sets) -> Status {
    for (const auto& [name, limits] : sets) {
      if (!limits.limit_class.empty() && !out.classes.contains(limits.limit_class))
        return InvalidArgument("tenant ", name, " is of the class ", limits.limit_class,
                               ", which the file does not have under classes");
      for (const auto& [limit, unused] : limits.numbers) {
        if (FindLimit(limit) == nullptr) out.unknown.push_back(limit);
      }
      for (const auto& [limit, unused] : limits.texts) {
        if (FindLimit(limit) == nullptr) out.unknown.push_back(limit);
      }
    }
    return OkStatus();
  };
  KVS_RETURN_IF_ERROR(check(out.classes));
  KVS_RETURN_IF_ERROR(check(out.tenants));
  KVS_RETURN_IF_ERROR(check(out.prefixes));
  std::sort(out.unknown.begin(), out.unknown.end());
  out.unknown.erase(std::unique(out.unknown.begin(), out.unknown.end()), out.unknown.end());
  std::erase(out.unknown, "name_validation_utf8");
  std::erase(out.unknown, "label_value_length_over_limit_action");
  return OkStatus();
}

}  // namespace

StatusOr<Overrides> ParseOverrides(const std::string& yaml) {
  Overrides out;
  KVS_RETURN_IF_ERROR(Guarded(yaml, [&](const YAML::Node& root) { return Read(root, out); }));
  return out;
}

StatusOr<LimitSet> ParseLimitSet(const std::string& yaml, std::vector<std::string>* removed) {
  LimitSet out;
  KVS_RETURN_IF_ERROR(Guarded(yaml, [&](const YAML::Node& root) {
    if (!root.IsMap()) return InvalidArgument("line 1: this is no table of limits");
    return ReadLimits(root, out, removed);
  }));
  return out;
}

}  // namespace kvs::limiter::static_limits

// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/json.h"

#include <cmath>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"
#include "kvs/http/json.h"

namespace kvs::gotemplate {
namespace {

// Structs of which Go's tags say other names than the fields have.
std::string NameOf(const Map& map, const std::string& field) {
  if (map.type != "template.Alert" && map.type != "*template.Data") return field;
  if (field == "NotificationReason") return "notification_reason";
  std::string name = field;
  name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return name;
}

void Append(std::string& out, const Value& value, bool html_safe) {
  const auto text = [&](std::string_view t) {
    html_safe ? http::AppendHtmlSafeJsonString(out, t) : http::AppendJsonString(out, t);
  };
  switch (value.kind()) {
    case Value::Kind::kNil:
      out += "null";
      return;
    case Value::Kind::kBool:
      out += value.as_bool() ? "true" : "false";
      return;
    case Value::Kind::kInt:
      StrAppend(out, value.as_int());
      return;
    case Value::Kind::kUint:
      StrAppend(out, value.as_uint());
      return;
    case Value::Kind::kFloat:
      if (std::isfinite(value.as_float())) {
        http::AppendFloat(out, value.as_float());
      } else {
        out += "null";
      }
      return;
    case Value::Kind::kDuration:
      StrAppend(out, value.as_duration().ns);
      return;
    case Value::Kind::kTime:
      text(FormatTime(value.as_time(), "2006-01-02T15:04:05.999999999Z07:00"));
      return;
    case Value::Kind::kString:
      text(value.as_string());
      return;
    case Value::Kind::kList: {
      out.push_back('[');
      bool first = true;
      for (const Value& item : value.as_list().items) {
        if (!std::exchange(first, false)) out.push_back(',');
        Append(out, item, html_safe);
      }
      out.push_back(']');
      return;
    }
    case Value::Kind::kMap: {
      out.push_back('{');
      bool first = true;
      for (const auto& [name, member] : value.as_map().pairs) {
        if (!std::exchange(first, false)) out.push_back(',');
        text(NameOf(value.as_map(), name));
        out.push_back(':');
        Append(out, member, html_safe);
      }
      out.push_back('}');
      return;
    }
  }
}

}  // namespace

std::string ToJson(const Value& value, bool html_safe) {
  std::string out;
  Append(out, value, html_safe);
  return out;
}

}  // namespace kvs::gotemplate

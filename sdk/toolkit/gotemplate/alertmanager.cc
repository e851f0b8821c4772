// SPDX-License-Identifier: Apache-2.0
#include "kvs/gotemplate/alertmanager.h"

#include <algorithm>

#include <absl/strings/escaping.h>
#include <absl/time/time.h>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/trim.h"
#include "kvs/gotemplate/json.h"
#include "kvs/gotemplate/prometheus.h"
#include "kvs/http/url.h"

#include "text_functions.h"

namespace kvs::gotemplate {
namespace {

using internal::OnText;
using Args = std::vector<Value>;
using Kind = Value::Kind;

StatusOr<Value> JoinStrings(const Value& self, const Args& args) {
  if (!args[0].is_string())
    return InvalidArgument("wrong type for value; expected string; got ", args[0].TypeName());
  std::string out;
  for (const Value& item : self.as_list().items)
    StrAppend(out, &item == self.as_list().items.data() ? "" : args[0].as_string(),
              item.as_string());
  return Value(std::move(out));
}

Value FieldsOf(const Value& pairs, std::string_view field) {
  static const std::vector<Method> kMethods{{"Join", 1, JoinStrings}};
  std::vector<Value> out;
  for (const Value& pair : pairs.as_list().items) out.push_back(*pair.Find(field));
  return Value::MakeList(std::move(out), "template.Strings", &kMethods);
}

std::string JoinedPairs(const Value& pairs) {
  std::string out;
  for (const Value& pair : pairs.as_list().items) {
    StrAppend(out, out.empty() ? "" : ", ", pair.Find("Name")->as_string(), "=",
              pair.Find("Value")->as_string());
  }
  return out;
}

const std::vector<Method>& PairsMethods() {
  static const std::vector<Method> kMethods{
      {"Names", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return FieldsOf(self, "Name"); }},
      {"Values", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return FieldsOf(self, "Value"); }},
      {"String", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return Value(JoinedPairs(self)); }},
  };
  return kMethods;
}

// alertname first, the others by name.
Value SortedPairs(const Value& kv) {
  std::vector<Value> out;
  const auto add = [&](const std::string& name, const Value& value) {
    out.push_back(Value::Struct("template.Pair", {{"Name", name}, {"Value", value}}));
  };
  if (const Value* alertname = kv.Find("alertname"); alertname != nullptr)
    add("alertname", *alertname);
  for (const auto& [name, value] : kv.as_map().pairs) {
    if (name != "alertname") add(name, value);
  }
  return Value::MakeList(std::move(out), "template.Pairs", &PairsMethods());
}

Value Kv(const std::vector<std::pair<std::string, std::string>>& pairs);

StatusOr<Value> Remove(const Value& self, const Args& args) {
  if (args[0].kind() != Kind::kList)
    return InvalidArgument("wrong type for value; expected []string; got ", args[0].TypeName());
  std::vector<std::pair<std::string, std::string>> kept;
  for (const auto& [name, value] : self.as_map().pairs) {
    const auto& gone = args[0].as_list().items;
    if (std::none_of(gone.begin(), gone.end(), [&, n = name](const Value& v) {
          return v.is_string() && v.as_string() == n;
        })) {
      kept.emplace_back(name, value.as_string());
    }
  }
  return Kv(kept);
}

const std::vector<Method>& KvMethods() {
  static const std::vector<Method> kMethods{
      {"SortedPairs", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> { return SortedPairs(self); }},
      {"Remove", 1, Remove},
      {"Names", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return FieldsOf(SortedPairs(self), "Name");
       }},
      {"Values", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return FieldsOf(SortedPairs(self), "Value");
       }},
      {"String", 0,
       [](const Value& self, const Args&) -> StatusOr<Value> {
         return Value(JoinedPairs(SortedPairs(self)));
       }},
  };
  return kMethods;
}

Value Kv(const std::vector<std::pair<std::string, std::string>>& pairs) {
  return Value::StringMap(pairs, "template.KV", &KvMethods());
}

const std::vector<Method>& AlertsMethods();

Value AlertsOf(std::vector<Value> alerts) {
  return Value::MakeList(std::move(alerts), "template.Alerts", &AlertsMethods());
}

StatusOr<Value> WithStatus(const Value& self, std::string_view status) {
  std::vector<Value> out;
  for (const Value& alert : self.as_list().items) {
    if (alert.Find("Status")->as_string() == status) out.push_back(alert);
  }
  return AlertsOf(std::move(out));
}

const std::vector<Method>& AlertsMethods() {
  static const std::vector<Method> kMethods{
      {"Firing", 0, [](const Value& self, const Args&) { return WithStatus(self, "firing"); }},
      {"Resolved", 0, [](const Value& self, const Args&) { return WithStatus(self, "resolved"); }},
  };
  return kMethods;
}

StatusOr<Value> Join(Context& context, const Args& args) {
  std::string out;
  bool first = true;
  for (const Value& item : args[1].as_list().items) {
    KVS_RETURN_IF_ERROR(context.Spend(1));
    if (out.size() > context.value_bytes_max()) break;  // The executor refuses it.
    StrAppend(out, std::exchange(first, false) ? "" : args[0].as_string(), item.Print());
  }
  return Value(std::move(out));
}

// Labels of routes are texts by the time that a notification is told: see RouteLabels.
StatusOr<Value> RouteLabel(Context& context, const Args& args) {
  const Value* const labels = context.data().Find("RouteLabels");
  const Value* const label = labels == nullptr ? nullptr : labels->Find(args[0].as_string());
  return label == nullptr ? Value("") : *label;
}

StatusOr<Value> InZone(Context&, const Args& args) {
  absl::TimeZone zone;
  const std::string& name = args[0].as_string();
  if (!name.empty() && name != "UTC" && !absl::LoadTimeZone(name, &zone))
    return InvalidArgument("unknown time zone ", name);
  Value::Time time = args[1].as_time();
  time.zone = name == "UTC" ? "" : name;
  return Value(std::move(time));
}

// base64.URLEncoding of Go: with padding, and with "-_".
std::string Base64Encode(std::string_view text) {
  std::string out;
  absl::WebSafeBase64Escape({text.data(), text.size()}, &out);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

StatusOr<Value> Base64Decode(Context&, const Args& args) {
  const std::string& text = args[0].as_string();
  std::string out;
  if (text.size() % 4 != 0 || !absl::WebSafeBase64Unescape(text, &out))
    return InvalidArgument("illegal base64 data");
  return Value(std::move(out));
}

StatusOr<Value> MustToDate(Context&, const Args& args) {
  KVS_ASSIGN_OR_RETURN(Value::Time time, ParseTime(args[0].as_string(), args[1].as_string()));
  return Value(std::move(time));
}

StatusOr<Value> ToDate(Context& context, const Args& args) {
  StatusOr<Value> time = MustToDate(context, args);
  return time.ok() ? time : StatusOr<Value>(Value(Value::Time()));
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Keeps those of `common` that `pairs` has, too.
void Intersect(Pairs& common, const Pairs& pairs) {
  std::erase_if(common, [&pairs](const auto& pair) {
    return std::find(pairs.begin(), pairs.end(), pair) == pairs.end();
  });
}

StatusOr<Value> Dict(Context&, const Args& args) {
  if (args.size() % 2 != 0)
    return InvalidArgument("dict: expected an even number of arguments, got ", args.size());
  Value::Pairs pairs;
  for (size_t i = 0; i < args.size(); i += 2) {
    if (!args[i].is_string())
      return InvalidArgument("dict: key ", args[i].Print(), " is no string");
    pairs.emplace_back(args[i].as_string(), args[i + 1]);
  }
  return Value::MakeMap(std::move(pairs));
}

}  // namespace

std::shared_ptr<const Functions> AlertmanagerFunctions(std::function<int64_t()> now_ms) {
  const std::vector<Param> text{Param::kString};
  const std::vector<Param> any{Param::kAny};
  Functions f;
  f["toUpper"] = OnText(internal::ToUpper);
  f["toLower"] = OnText(internal::ToLower);
  f["title"] = OnText(internal::Title);
  f["trimSpace"] =
      OnText([](std::string_view text) { return std::string(Trimmed(text, kGoSpaces)); });
  f["join"] = {{Param::kString, Param::kList}, false, Join, "[]string"};
  f["match"] = {
      {Param::kString, Param::kString}, false, [](Context&, const Args& args) -> StatusOr<Value> {
        KVS_ASSIGN_OR_RETURN(const bool matches,
                             internal::RegexMatch(args[0].as_string(), args[1].as_string()));
        return Value(matches);
      }};
  f["safeHtml"] = {text, false, [](Context&, const Args& args) -> StatusOr<Value> {
                     return Value(args[0].as_string(), Content::kHtml);
                   }};
  f["safeUrl"] = {text, false, [](Context&, const Args& args) -> StatusOr<Value> {
                    return Value(args[0].as_string(), Content::kUrl);
                  }};
  f["urlUnescape"] = {text, false, [](Context&, const Args& args) -> StatusOr<Value> {
                        std::string out;
                        KVS_RETURN_IF_ERROR(http::AppendUnescaped(args[0].as_string(),
                                                                  http::PlusSign::kIsSpace, out));
                        return Value(std::move(out));
                      }};
  f["reReplaceAll"] = {{Param::kString, Param::kString, Param::kString},
                       false,
                       [](Context& context, const Args& args) -> StatusOr<Value> {
                         const std::string& pattern = args[0].as_string();
                         StatusOr<std::string> out = internal::RegexReplaceAll(
                             pattern, args[1].as_string(), args[2].as_string(),
                             context.value_bytes_max());
                         if (!out.ok())
                           return Annotate(out.status(), "regexp: Compile(`", pattern, "`)");
                         return Value(*std::move(out));
                       }};
  f["stringSlice"] = {text, true, [](Context&, const Args& args) -> StatusOr<Value> {
                        return Value::MakeList(args, "[]string");
                      }};
  f["routeLabels"] = {text, false, RouteLabel};
  f["date"] = {
      {Param::kString, Param::kTime}, false, [](Context&, const Args& args) -> StatusOr<Value> {
        return Value(FormatTime(args[1].as_time(), args[0].as_string()));
      }};
  f["tz"] = {{Param::kString, Param::kTime}, false, InZone};
  f["toDate"] = {{Param::kString, Param::kString}, false, ToDate};
  f["mustToDate"] = {{Param::kString, Param::kString}, false, MustToDate};
  f["now"] = {{}, false, [now_ms](Context&, const Args&) -> StatusOr<Value> {
                return Value(Value::Time::OfUnixMs(now_ms()));
              }};
  f["base64encode"] = OnText(Base64Encode);
  f["base64decode"] = {text, false, Base64Decode};
  f["since"] = {{Param::kTime},
                false,
                [now_ms = std::move(now_ms)](Context&, const Args& args) -> StatusOr<Value> {
                  return Value(Value::Time::OfUnixMs(now_ms()).Since(args[0].as_time()));
                }};
  f["humanizeDuration"] = {any, false,
                           [](Context&, const Args& args) { return HumanizeDuration(args[0]); }};
  f["toJson"] = {any, false, [](Context&, const Args& args) -> StatusOr<Value> {
                   return Value(ToJson(args[0], true));
                 }};
  f["list"] = {any, true,
               [](Context&, const Args& args) -> StatusOr<Value> { return Value::MakeList(args); }};
  f["append"] = {
      {Param::kList, Param::kAny}, true, [](Context& context, const Args& args) -> StatusOr<Value> {
        std::vector<Value> items = args[0].as_list().items;
        KVS_RETURN_IF_ERROR(context.Spend(items.size() / 16));
        items.insert(items.end(), args.begin() + 1, args.end());
        return Value::MakeList(std::move(items));
      }};
  f["dict"] = {any, true, Dict};
  return std::make_shared<const Functions>(std::move(f));
}

void Summarize(NotificationData* data) {
  data->status = "resolved";
  data->common_labels.clear();
  data->common_annotations.clear();
  for (const NotifiedAlert& alert : data->alerts) {
    if (alert.status == "firing") data->status = "firing";
    if (&alert == data->alerts.data()) {
      data->common_labels = alert.labels;
      data->common_annotations = alert.annotations;
    } else {
      Intersect(data->common_labels, alert.labels);
      Intersect(data->common_annotations, alert.annotations);
    }
  }
}

std::string QuoteMeta(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return out;
}

Value NotificationValue(const NotificationData& data) {
  std::vector<Value> alerts;
  for (const NotifiedAlert& alert : data.alerts) {
    const Value::Time ends =
        alert.ends_ms == 0 ? Value::Time() : Value::Time::OfUnixMs(alert.ends_ms);
    alerts.push_back(
        Value::Struct("template.Alert", {{"Status", alert.status},
                                         {"Labels", Kv(alert.labels)},
                                         {"Annotations", Kv(alert.annotations)},
                                         {"StartsAt", Value::Time::OfUnixMs(alert.starts_ms)},
                                         {"EndsAt", ends},
                                         {"GeneratorURL", alert.generator_url},
                                         {"Fingerprint", alert.fingerprint}}));
  }
  return Value::Struct("*template.Data", {{"Receiver", data.receiver},
                                          {"Status", data.status},
                                          {"Alerts", AlertsOf(std::move(alerts))},
                                          {"NotificationReason", data.reason},
                                          {"GroupLabels", Kv(data.group_labels)},
                                          {"CommonLabels", Kv(data.common_labels)},
                                          {"CommonAnnotations", Kv(data.common_annotations)},
                                          {"RouteLabels", Kv(data.route_labels)},
                                          {"ExternalURL", data.external_url}});
}

}  // namespace kvs::gotemplate

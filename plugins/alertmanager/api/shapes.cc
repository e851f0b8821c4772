// SPDX-License-Identifier: Apache-2.0
#include "shapes.h"

#include <algorithm>
#include <map>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"
#include "kvs/http/json_members.h"
#include "kvs/http/time_params.h"

namespace kvs::alertmanager {
namespace {

using http::JsonMembers;
using http::JsonWriter;

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  json.Key(key);
  json.HtmlSafeString(text);
}
void WriteTexts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
  json.Key(key);
  json.BeginArray();
  for (const std::string& text : texts) json.HtmlSafeString(text);
  json.EndArray();
}
void WriteLabels(JsonWriter& json, std::string_view key, const model::Labels& labels) {
  json.Key(key);
  json.BeginObject();
  for (const model::LabelView& label : labels) WriteText(json, label.name, label.value);
  json.EndObject();
}
void WritePairs(JsonWriter& json, std::string_view key, const Pairs& pairs) {
  json.Key(key);
  json.BeginObject();
  for (const auto& [name, value] : pairs) WriteText(json, name, value);
  json.EndObject();
}
void WriteReceiver(JsonWriter& json, std::string_view name) {
  json.BeginObject();
  WriteText(json, "name", name);
  json.EndObject();
}

// RFC 3339. Go's zero time, the year 1, says that there is none.
Status ReadTime(JsonMembers& in, std::string_view key, int64_t* ms) {
  constexpr int64_t kYear1Ms = -62'135'596'800'000;
  std::string_view text;
  if (!in.Get(key, &text) || text.empty()) return OkStatus();
  const StatusOr<int64_t> time =
      text.find('T') == std::string_view::npos ? InvalidArgument("") : http::ParseTimeMs(text);
  if (!time.ok()) return InvalidArgument(key, ": ", Quote(text), " is no time of RFC 3339");
  *ms = *time <= kYear1Ms ? 0 : *time;
  return OkStatus();
}

Pairs ReadPairs(JsonMembers& in, std::string_view key) {
  std::map<std::string, std::string> pairs;
  in.Inside(key, [&](JsonMembers& members) { members.GetAll(&pairs); });
  return {pairs.begin(), pairs.end()};
}

Status Missing(std::string_view name) {
  return FailedPrecondition(name, " in body is required");
}

bool Has(const simdjson::dom::object& object, std::string_view key) {
  simdjson::dom::element member;
  return object.at_key(key).get(member) == simdjson::SUCCESS && !member.is_null();
}

Status ReadAlert(const simdjson::dom::object& object, size_t index, Alert* alert) {
  if (!Has(object, "labels")) return Missing(StrCat(index, ".labels"));
  JsonMembers in(object, StrCat(index, "."));
  // An empty label is none.
  model::LabelsBuilder labels;
  for (const auto& [name, value] : ReadPairs(in, "labels")) labels.Set(name, value);
  alert->labels = labels.Build();
  alert->fingerprint = Fingerprint(alert->labels);
  alert->annotations = ReadPairs(in, "annotations");
  in.Get("generatorURL", &alert->generator_url);
  KVS_RETURN_IF_ERROR(ReadTime(in, "startsAt", &alert->starts_ms));
  KVS_RETURN_IF_ERROR(ReadTime(in, "endsAt", &alert->ends_ms));
  return in.status().ok() ? OkStatus() : InvalidArgument(in.status().message());
}

Status ReadMatcher(JsonMembers& in, std::string_view path, alerting::Matchers* out) {
  std::string name, value;
  bool is_regex = false, is_equal = true;
  std::string_view text;
  if (!in.Get("name", &text)) return Missing(StrCat(path, ".name"));
  name = text;
  if (!in.Get("value", &text)) return Missing(StrCat(path, ".value"));
  value = text;
  if (!in.Get("isRegex", &is_regex)) return Missing(StrCat(path, ".isRegex"));
  in.Get("isEqual", &is_equal);
  const model::MatchType type =
      is_regex ? (is_equal ? model::MatchType::kRegex : model::MatchType::kNotRegex)
               : (is_equal ? model::MatchType::kEqual : model::MatchType::kNotEqual);
  StatusOr<model::Matcher> matcher = model::Matcher::Make(type, name, value);
  if (!matcher.ok())
    return InvalidArgument("invalid silence: invalid label matcher ", out->size(),
                           ": invalid regular expression ", Quote(value), ": ",
                           matcher.status().message());
  out->push_back(*std::move(matcher));
  return OkStatus();
}

Status ParseJson(simdjson::dom::parser& parser, std::string_view body,
                 simdjson::dom::element* out) {
  if (body.empty()) return InvalidArgument("the body is empty");  // simdjson copies from null then.
  const auto error = parser.parse(body.data(), body.size()).get(*out);
  if (error == simdjson::SUCCESS) return OkStatus();
  return InvalidArgument("the body is no JSON: ", simdjson::error_message(error));
}

}  // namespace

std::string TimeText(int64_t ms) {
  return gotemplate::FormatTime(gotemplate::Value::Time::OfUnixMs(ms),
                                "2006-01-02T15:04:05.000Z07:00");
}

void WriteAlert(JsonWriter& json, const AlertView& view) {
  const Alert& alert = *view.alert;
  json.BeginObject();
  WritePairs(json, "annotations", alert.annotations);
  WriteText(json, "endsAt", TimeText(alert.ends_ms));
  WriteText(json, "fingerprint", FingerprintText(alert.fingerprint));
  json.Key("receivers");
  json.BeginArray();
  for (const std::string& receiver : view.receivers) WriteReceiver(json, receiver);
  json.EndArray();
  WriteText(json, "startsAt", TimeText(alert.starts_ms));
  json.Key("status");
  json.BeginObject();
  WriteTexts(json, "inhibitedBy", view.inhibited_by);
  WriteTexts(json, "mutedBy", view.muted_by);
  WriteTexts(json, "silencedBy", view.silenced_by);
  const bool active = view.attention == Attention::kActive && view.muted_by.empty();
  WriteText(json, "state", active ? "active" : "suppressed");
  json.EndObject();
  WriteText(json, "updatedAt", TimeText(alert.updated_ms));
  if (!alert.generator_url.empty()) WriteText(json, "generatorURL", alert.generator_url);
  WriteLabels(json, "labels", alert.labels);
  json.EndObject();
}

void WriteGroup(JsonWriter& json, const GroupView& view) {
  json.BeginObject();
  json.Key("alerts");
  json.BeginArray();
  for (const AlertView& alert : view.alerts) WriteAlert(json, alert);
  json.EndArray();
  WriteLabels(json, "labels", view.labels);
  json.Key("receiver");
  WriteReceiver(json, view.receiver);
  WritePairs(json, "routeLabels", view.route_labels);
  json.EndObject();
}

void WriteSilence(JsonWriter& json, const Silence& silence, int64_t now_ms) {
  json.BeginObject();
  WriteText(json, "id", silence.id);
  json.Key("status");
  json.BeginObject();
  WriteText(json, "state", SilenceStateName(silence.StateAt(now_ms)));
  json.EndObject();
  WriteText(json, "updatedAt", TimeText(silence.updated_ms));
  WriteText(json, "comment", silence.comment);
  WriteText(json, "createdBy", silence.created_by);
  WriteText(json, "endsAt", TimeText(silence.ends_ms));
  json.Key("matchers");
  json.BeginArray();
  for (const model::Matcher& matcher : silence.matchers) {
    json.BeginObject();
    json.Key("isEqual");
    json.Bool(!matcher.is_negative());
    json.Key("isRegex");
    json.Bool(matcher.is_regex());
    WriteText(json, "name", matcher.name());
    WriteText(json, "value", matcher.value());
    json.EndObject();
  }
  json.EndArray();
  WriteText(json, "startsAt", TimeText(silence.starts_ms));
  json.EndObject();
}

StatusOr<std::vector<Alert>> ParseAlerts(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  KVS_RETURN_IF_ERROR(ParseJson(parser, body, &root));
  simdjson::dom::array items;
  if (root.get(items) != simdjson::SUCCESS)
    return InvalidArgument("the body is no array of alerts");
  std::vector<Alert> out;
  for (const simdjson::dom::element item : items) {
    simdjson::dom::object object;
    if (item.get(object) != simdjson::SUCCESS)
      return InvalidArgument("alert ", out.size(), " is no object");
    Alert alert;
    KVS_RETURN_IF_ERROR(ReadAlert(object, out.size(), &alert));
    out.push_back(std::move(alert));
  }
  return out;
}

void FillTimes(Alert* alert, int64_t now_ms, int64_t resolve_timeout_ms) {
  alert->updated_ms = now_ms;
  if (alert->starts_ms == 0) alert->starts_ms = alert->ends_ms == 0 ? now_ms : alert->ends_ms;
  if (alert->ends_ms == 0) {
    alert->timeout = true;
    alert->ends_ms = now_ms + resolve_timeout_ms;
  }
}

StatusOr<Silence> ParseSilence(std::string_view body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  KVS_RETURN_IF_ERROR(ParseJson(parser, body, &root));
  simdjson::dom::object object;
  if (root.get(object) != simdjson::SUCCESS) return InvalidArgument("the body is no silence");
  for (const char* name : {"comment", "createdBy", "endsAt", "matchers", "startsAt"}) {
    if (!Has(object, name)) return Missing(name);
  }
  JsonMembers in(object, "");
  Silence silence;
  in.Get("id", &silence.id);
  in.Get("comment", &silence.comment);
  in.Get("createdBy", &silence.created_by);
  KVS_RETURN_IF_ERROR(ReadTime(in, "startsAt", &silence.starts_ms));
  KVS_RETURN_IF_ERROR(ReadTime(in, "endsAt", &silence.ends_ms));
  Status bad;
  in.ForEach("matchers", [&](JsonMembers& matcher) {
    const std::string path = StrCat("matchers.", silence.matchers.size());
    if (bad.ok()) bad = ReadMatcher(matcher, path, &silence.matchers);
  });
  if (!in.status().ok()) return InvalidArgument(in.status().message());
  KVS_RETURN_IF_ERROR(bad);
  if (silence.matchers.empty())
    return FailedPrecondition("matchers in body should have at least 1 items");
  return silence;
}

}  // namespace kvs::alertmanager

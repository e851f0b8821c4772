// SPDX-License-Identifier: Apache-2.0
// Alertmanager's API v2: status, receivers, alerts, groups and silences
// (https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml), so that amtool,
// Grafana and Prometheus servers talk to it unchanged.
#include <algorithm>
#include <array>
#include <map>

#include "kvs/base/quote.h"
#include "kvs/http/status_code.h"

#include "alertmanager.h"
#include "shapes.h"

namespace kvs::alertmanager {
namespace {

// Errors of handlers are JSON texts.
sdk::HttpReply Text(int code, std::string_view text) {
  std::string body;
  http::AppendHtmlSafeJsonString(body, text);
  return sdk::HttpReply::Json(code, body + "\n");
}
// What does not fit the document's shapes has another answer than what a handler refuses.
sdk::HttpReply BadShape(const Status& status) {
  const bool missing = status.code() == StatusCode::kFailedPrecondition;
  std::string body = StrCat(R"({"code":)", missing ? 602 : 400, R"(,"message":)");
  http::AppendHtmlSafeJsonString(body, status.message());
  return sdk::HttpReply::Json(missing ? 422 : 400, body + "}");
}
sdk::HttpReply NoTenant(const Status& status) {
  return sdk::HttpReply::PlainText(http::HttpCode(status), StrCat(status.message(), "\n"));
}

// The words that Alertmanager's API takes for true; all others are false.
bool Flag(const http::Params& params, std::string_view name) {
  constexpr std::array<std::string_view, 10> kTrue = {
      "true", "1", "yes", "ok", "y", "on", "selected", "checked", "t", "enabled"};
  if (!params.Has(name)) return true;
  std::string value(params.Get(name));
  std::transform(value.begin(), value.end(), value.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kTrue.begin(), kTrue.end(), value) != kTrue.end();
}

StatusOr<alerting::Matchers> Filters(const http::Params& params) {
  alerting::Matchers out;
  for (const std::string_view text : params.All("filter")) {
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher, alerting::ParseMatcher(text));
    out.push_back(std::move(matcher));
  }
  return out;
}

StatusOr<Tenant::ReceiverFilter> ReceiverParam(const http::Params& params) {
  if (!params.Has("receiver"))
    return Tenant::ReceiverFilter([](const std::string&) { return true; });
  StatusOr<model::Matcher> matcher =
      model::Matcher::Make(model::MatchType::kRegex, "receiver", params.Get("receiver"));
  if (!matcher.ok())
    return InvalidArgument("failed to parse receiver param: ", matcher.status().message());
  return Tenant::ReceiverFilter(
      [regex = *std::move(matcher)](const std::string& name) { return regex.Matches(name); });
}

StatusOr<Tenant::AlertFilter> AlertParams(const http::Params& params) {
  KVS_ASSIGN_OR_RETURN(alerting::Matchers matchers, Filters(params));
  return Tenant::AlertFilter([matchers = std::move(matchers), active = Flag(params, "active"),
                              silenced = Flag(params, "silenced"),
                              inhibited = Flag(params, "inhibited")](const AlertView& view) {
    if (!active && view.attention == Attention::kActive) return false;
    if (!silenced && !view.silenced_by.empty()) return false;
    if (!inhibited && !view.inhibited_by.empty()) return false;
    return alerting::MatchesAll(matchers, view.alert->labels);
  });
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  }
  return true;
}
sdk::HttpReply NoUuid(const std::string& id) {
  std::string body = R"({"code":601,"message":)";
  http::AppendHtmlSafeJsonString(body,
                                 StrCat("silenceID in path must be of type uuid: ", Quote(id)));
  return sdk::HttpReply::Json(422, body + "}");
}

// A silence fits a filter when it has that very matcher.
bool HasAll(const Silence& silence, const alerting::Matchers& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const model::Matcher& matcher) {
    return std::find(silence.matchers.begin(), silence.matchers.end(), matcher) !=
           silence.matchers.end();
  });
}

template <typename Items, typename Write>
sdk::HttpReply List(const Items& items, Write write) {
  std::string body;
  http::JsonWriter json(body);
  json.BeginArray();
  for (const auto& item : items) write(json, item);
  json.EndArray();
  body += "\n";
  return sdk::HttpReply::Json(200, std::move(body));
}

}  // namespace

sdk::HttpReply Alertmanager::GetStatus(const sdk::Call& call, const Request&) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  std::string body;
  http::JsonWriter json(body);
  const auto text = [&](std::string_view key, std::string_view value) {
    json.Key(key);
    json.HtmlSafeString(value);
  };
  json.BeginObject();
  json.Key("cluster");
  json.BeginObject();
  json.Key("peers");
  json.BeginArray();
  json.EndArray();
  text("status", "disabled");
  json.EndObject();
  json.Key("config");
  json.BeginObject();
  text("original", (*tenant)->config()->public_yaml());
  json.EndObject();
  text("uptime", TimeText((*tenant)->started_ms()));
  json.Key("versionInfo");
  json.BeginObject();
  text("branch", "kvasir");
  text("buildDate", "");
  text("buildUser", "");
  text("goVersion", "none");
  text("revision", "kvasir-" KVS_PLUGIN_VERSION);
  text("version", "0.28.1");  // Of the API that is served.
  json.EndObject();
  json.EndObject();
  return sdk::HttpReply::Json(200, body + "\n");
}

sdk::HttpReply Alertmanager::GetReceivers(const sdk::Call& call, const Request&) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const TenantConfigPtr config = (*tenant)->config();
  return List(config->config().receivers, [](http::JsonWriter& json, const auto& receiver) {
    json.BeginObject();
    json.Key("name");
    json.HtmlSafeString(receiver.name);
    json.EndObject();
  });
}

sdk::HttpReply Alertmanager::GetAlerts(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const StatusOr<Tenant::AlertFilter> filter = AlertParams(request.params);
  if (!filter.ok()) return Text(400, filter.status().message());
  const StatusOr<Tenant::ReceiverFilter> receivers = ReceiverParam(request.params);
  if (!receivers.ok()) return Text(400, receivers.status().message());
  return List((*tenant)->Alerts(*filter, *receivers), WriteAlert);
}

sdk::HttpReply Alertmanager::PostAlerts(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  StatusOr<std::vector<Alert>> alerts = ParseAlerts(request.body());
  if (!alerts.ok()) return BadShape(alerts.status());
  metrics_.alerts_received.With({call.tenant()}).Add(static_cast<double>(alerts->size()));
  const int64_t now_ms = host_.clock().NowMs();
  const int64_t timeout_ms = (*tenant)->config()->config().resolve_timeout_ms;
  std::string invalid;
  size_t n_invalid = 0;
  std::erase_if(*alerts, [&](Alert& alert) {
    FillTimes(&alert, now_ms, timeout_ms);
    const Status status = Validate(alert);
    if (status.ok()) return false;
    StrAppend(invalid, invalid.empty() ? "" : "; ", status.message());
    ++n_invalid;
    return true;
  });
  if (n_invalid > 0)
    metrics_.alerts_invalid.With({call.tenant()}).Add(static_cast<double>(n_invalid));
  if (const Status status = (*tenant)->PutAlerts(*alerts, LimitsOf(call.tenant())); !status.ok()) {
    constexpr http::CodeOverride kCodes[] = {{StatusCode::kResourceExhausted, 400}};
    return Text(http::HttpCode(status, kCodes), status.message());
  }
  if (n_invalid > 0) return Text(400, invalid);
  return {200, {{"content-type", "application/json"}}, {}};
}

sdk::HttpReply Alertmanager::GetGroups(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const StatusOr<Tenant::AlertFilter> filter = AlertParams(request.params);
  if (!filter.ok()) return Text(400, filter.status().message());
  const StatusOr<Tenant::ReceiverFilter> receivers = ReceiverParam(request.params);
  if (!receivers.ok()) return Text(400, receivers.status().message());
  std::vector<GroupView> groups = (*tenant)->Groups(*filter, *receivers);
  if (!Flag(request.params, "muted"))
    std::erase_if(groups, [](const GroupView& group) { return !group.muted_by.empty(); });
  return List(groups, WriteGroup);
}

sdk::HttpReply Alertmanager::GetSilences(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const StatusOr<alerting::Matchers> wanted = Filters(request.params);
  if (!wanted.ok()) return Text(400, wanted.status().message());
  std::vector<SilencePtr> silences = (*tenant)->ListSilences();
  const int64_t now_ms = host_.clock().NowMs();
  const std::map<SilenceState, bool> shown{
      {SilenceState::kActive, Flag(request.params, "active")},
      {SilenceState::kPending, Flag(request.params, "pending")},
      {SilenceState::kExpired, Flag(request.params, "expired")}};
  std::erase_if(silences, [&](const SilencePtr& silence) {
    return !shown.at(silence->StateAt(now_ms)) || !HasAll(*silence, *wanted);
  });
  return List(silences, [now_ms](http::JsonWriter& json, const SilencePtr& silence) {
    WriteSilence(json, *silence, now_ms);
  });
}

sdk::HttpReply Alertmanager::PostSilence(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  StatusOr<Silence> silence = ParseSilence(request.body());
  if (!silence.ok()) {
    const bool ours = silence.status().message().starts_with("invalid silence");
    return ours ? Text(400, silence.status().message()) : BadShape(silence.status());
  }
  if (silence->ends_ms != 0 && silence->starts_ms >= silence->ends_ms)
    return Text(400, "Failed to create silence: start time must be before end time");
  if (silence->ends_ms < host_.clock().NowMs())
    return Text(400, "Failed to create silence: end time can't be in the past");
  const StatusOr<std::string> id =
      (*tenant)->SetSilence(*std::move(silence), LimitsOf(call.tenant()));
  if (!id.ok()) {
    constexpr http::CodeOverride kCodes[] = {{StatusCode::kResourceExhausted, 400}};
    return Text(http::HttpCode(id.status(), kCodes), id.status().message());
  }
  return sdk::HttpReply::Json(200, StrCat(R"({"silenceID":")", *id, "\"}\n"));
}

sdk::HttpReply Alertmanager::GetSilence(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const std::string id = request.part(0);
  if (!IsUuid(id)) return NoUuid(id);
  const SilencePtr silence = (*tenant)->FindSilence(id);
  if (silence == nullptr) return {404, {{"content-type", "application/json"}}, {}};
  std::string body;
  http::JsonWriter json(body);
  WriteSilence(json, *silence, host_.clock().NowMs());
  return sdk::HttpReply::Json(200, body + "\n");
}

sdk::HttpReply Alertmanager::DeleteSilence(const sdk::Call& call, const Request& request) {
  const StatusOr<std::shared_ptr<Tenant>> tenant = Find(call);
  if (!tenant.ok()) return NoTenant(tenant.status());
  const std::string id = request.part(0);
  if (!IsUuid(id)) return NoUuid(id);
  const Status status = (*tenant)->ExpireSilence(id);
  if (status.code() == StatusCode::kNotFound)
    return {404, {{"content-type", "application/json"}}, {}};
  if (!status.ok()) return Text(http::HttpCode(status), status.message());
  return {200, {{"content-type", "application/json"}}, {}};
}

}  // namespace kvs::alertmanager

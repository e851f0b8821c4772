// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/json.h"
#include "kvs/http/json_members.h"
#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::pagerduty {
namespace {

constexpr size_t kSummaryRunesMax = 1024;
constexpr size_t kEventBytesMax = 512'000;
constexpr std::string_view kTooLong =
    R"({"error":"Custom details have been removed because the original event exceeds the maximum )"
    R"(size of 512KB"})";

bool IsV1(const notify::Settings& settings) {
  return settings.Has("service_key") || settings.Has("service_key_file");
}

std::string EventV1(notify::Delivery& d, const std::string& key, std::string_view details) {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  std::string out;
  notify::JsonFields json(out);
  json.Begin()
      .Text("service_key", key)
      .Text("incident_key", d.group.KeyHash())
      .Text("event_type", d.group.resolved() ? "resolve" : "trigger")
      .TextIfAny("description", notify::TruncateInRunes(text("description"), kSummaryRunesMax))
      .Text("event_action", "")
      .Raw("payload", "null");
  if (!d.group.resolved())
    json.TextIfAny("client", text("client")).TextIfAny("client_url", text("client_url"));
  if (details != "{}") json.Raw("details", details);
  json.End();
  return out + "\n";
}

std::string EventV2(notify::Delivery& d, const std::string& key, std::string_view details) {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  const std::string severity = d.settings.Has("severity") ? text("severity") : "error";
  std::string out;
  notify::JsonFields json(out);
  json.Begin()
      .Text("routing_key", key)
      .Text("dedup_key", d.group.KeyHash())
      .Text("event_action", d.group.resolved() ? "resolve" : "trigger")
      .Begin("payload")
      .Text("summary", notify::TruncateInRunes(text("description"), kSummaryRunesMax))
      .Text("source", text("source"))
      .Text("severity", severity)
      .TextIfAny("class", text("class"))
      .TextIfAny("component", text("component"))
      .TextIfAny("group", text("group"));
  if (details != "{}") json.Raw("custom_details", details);
  json.End().TextIfAny("client", text("client")).TextIfAny("client_url", text("client_url"));
  // Those without the one thing they are there for are left out, and a list without any, too.
  const auto list = [&](const char* name, std::initializer_list<const char*> members) {
    bool any = false;
    for (const notify::Settings& item : d.settings.Tables(name)) {
      if (d.rendering.Text(item.Text(*members.begin())).empty()) continue;
      if (!std::exchange(any, true)) json.BeginList(name);
      json.Begin();
      for (const char* member : members) json.Text(member, d.rendering.Text(item.Text(member)));
      json.End();
    }
    if (any) json.EndList();
  };
  list("images", {"src", "alt", "href"});
  list("links", {"href", "text"});
  json.End();
  return out + "\n";
}

}  // namespace

StatusOr<std::vector<notify::Request>> Pagerduty::Compose(notify::Delivery& d) const {
  const bool v1 = IsV1(d.settings);
  KVS_ASSIGN_OR_RETURN(const std::string secret, d.Secret(v1 ? "service_key" : "routing_key"));
  const std::string key = d.rendering.Text(secret);
  if (key.empty() && d.rendering.status().ok())
    return InvalidArgument(v1 ? "service key" : "routing key", " cannot be empty");
  const gotemplate::Value all = d.rendering.Deep(d.settings.Any("details"));
  const std::string details = all.is_nil() ? "{}" : gotemplate::ToJson(all, true);
  notify::Request request{.url = v1 ? api_v1_url_ : d.settings.Text("url")};
  request.body = v1 ? EventV1(d, key, details) : EventV2(d, key, details);
  if (request.body.size() > kEventBytesMax)
    request.body = v1 ? EventV1(d, key, kTooLong) : EventV2(d, key, kTooLong);
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

Status Pagerduty::Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const {
  std::string details, errors;
  if (answer.code == 400) {
    const Status read =
        http::ReadJsonObject("the answer of PagerDuty", answer.body, [&](http::JsonMembers& in) {
          in.Get("message", &details);
          in.EachText("errors", [&errors](std::string_view error) {
            StrAppend(errors, errors.empty() ? "" : ",", error);
            return OkStatus();
          });
        });
    if (read.ok()) StrAppend(details, ": ", errors);
  }
  // Each version has its own way of saying that there were too many.
  return notify::Judged(answer, {IsV1(d.settings) ? 403 : 429}, &details);
}

}  // namespace kvs::notifier::pagerduty

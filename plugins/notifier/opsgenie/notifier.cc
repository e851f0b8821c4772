// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::opsgenie {
namespace {

constexpr size_t kMessageRunesMax = 130;

// The parts between commas, without empty ones.
std::vector<std::string> Split(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string> out;
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return out;
  text = text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(std::min(part.size() + 1, text.size()));
  }
  return out;
}

void AppendResponders(notify::Delivery& d, notify::JsonFields& json) {
  bool any = false;
  const auto begin = [&] {
    if (!std::exchange(any, true)) json.BeginList("responders");
  };
  for (const notify::Settings& responder : d.settings.Tables("responders")) {
    const auto text = [&](const char* name) { return d.rendering.Text(responder.Text(name)); };
    const std::string id = text("id"), name = text("name"), user = text("username"),
                      type = text("type");
    if (id.empty() && name.empty() && user.empty() && type.empty()) continue;
    if (type == "teams") {
      for (const std::string& team : Split(name)) {
        begin();
        json.Begin().Text("name", team).Text("type", "team").End();
      }
      continue;
    }
    begin();
    json.Begin()
        .TextIfAny("id", id)
        .TextIfAny("name", name)
        .TextIfAny("username", user)
        .Text("type", type)
        .End();
  }
  if (any) json.EndList();
}

std::string CreateMessage(notify::Delivery& d, const std::string& message,
                          const std::string& description) {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  std::map<std::string, std::string> details(d.group.data.common_labels.begin(),
                                             d.group.data.common_labels.end());
  for (const auto& [name, value] : d.settings.TextMap("details"))
    details[name] = d.rendering.Text(value);
  std::string out;
  notify::JsonFields json(out);
  json.Begin()
      .Text("alias", d.group.KeyHash())
      .Text("message", message)
      .TextIfAny("description", description)
      .Begin("details");
  for (const auto& [name, value] : details) json.Text(name, value);
  json.End().Text("source", text("source"));
  AppendResponders(d, json);
  json.Texts("tags", Split(text("tags")))
      .TextIfAny("note", text("note"))
      .TextIfAny("priority", text("priority"))
      .TextIfAny("entity", text("entity"))
      .Texts("actions", Split(text("actions")))
      .End();
  return out + "\n";
}

std::string OneText(std::string_view name, const std::string& value) {
  std::string out;
  notify::JsonFields(out).Begin().TextIfAny(name, value).End();
  return out + "\n";
}

}  // namespace

StatusOr<std::vector<notify::Request>> Opsgenie::Compose(notify::Delivery& d) const {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  KVS_ASSIGN_OR_RETURN(const std::string secret, d.Secret("api_key"));
  const std::string key = d.rendering.Text(secret);
  const std::string alerts = d.settings.Text("api_url") + "v2/alerts";
  const std::string alert = StrCat(alerts, "/", d.group.KeyHash());
  std::vector<notify::Request> out;
  if (d.group.resolved()) {
    std::string body;
    notify::JsonFields(body).Begin().Text("source", text("source")).End();
    out.push_back({.url = alert + "/close?identifierType=alias", .body = body + "\n"});
  } else {
    const std::string message = notify::TruncateInRunes(text("message"), kMessageRunesMax);
    const std::string description = text("description");
    out.push_back({.url = alerts, .body = CreateMessage(d, message, description)});
    if (d.settings.Flag("update_alerts")) {
      out.push_back({.url = alert + "/message?identifierType=alias",
                     .body = OneText("message", message),
                     .method = "PUT"});
      out.push_back({.url = alert + "/description?identifierType=alias",
                     .body = OneText("description", description),
                     .method = "PUT"});
    }
  }
  for (notify::Request& request : out) request.headers = {StrCat("Authorization: GenieKey ", key)};
  return out;
}

Status Opsgenie::Judge(notify::Delivery& /*d*/, const http_client::HttpAnswer& answer) const {
  return notify::Judged(answer, {429});
}

}  // namespace kvs::notifier::opsgenie

// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <functional>
#include <string>
#include <utility>

#include "kvs/http/json_members.h"
#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::slack {
namespace {

constexpr size_t kTitleRunesMax = 1024;
constexpr const char* kUpdateUrl = "https://slack.com/api/chat.update";
// What is remembered of a message, to update it.
constexpr const char* kMessage = "threadTs";
constexpr const char* kChannel = "channelId";

using Text = std::function<std::string(const notify::Settings&, const char*)>;

void AppendFields(const notify::Settings& settings, const Text& text, notify::JsonFields& json) {
  const std::vector<notify::Settings> fields = settings.Tables("fields");
  if (fields.empty()) return;
  json.BeginList("fields");
  for (const notify::Settings& field : fields)
    json.Begin()
        .TextIfAny("title", text(field, "title"))
        .TextIfAny("value", text(field, "value"))
        .Flag("short", field.Flag("short", settings.Flag("short_fields")))
        .End();
  json.EndList();
}

void AppendActions(const notify::Settings& settings, const Text& text, notify::JsonFields& json) {
  const std::vector<notify::Settings> actions = settings.Tables("actions");
  if (actions.empty()) return;
  json.BeginList("actions");
  for (const notify::Settings& action : actions) {
    json.Begin();
    for (const char* name : {"type", "text", "url", "style", "name", "value"})
      json.TextIfAny(name, text(action, name));
    if (const notify::Settings confirm = action.Table("confirm"); confirm.Has("text")) {
      json.Begin("confirm");
      for (const char* name : {"text", "title", "ok_text", "dismiss_text"})
        json.TextIfAny(name, text(confirm, name));
      json.End();
    }
    json.End();
  }
  json.EndList();
}

}  // namespace

StatusOr<std::vector<notify::Request>> Slack::Compose(notify::Delivery& d) const {
  const notify::Settings& s = d.settings;
  const Text text = [&d](const notify::Settings& table, const char* name) {
    return d.rendering.Text(table.Text(name));
  };
  notify::Request request;
  KVS_ASSIGN_OR_RETURN(request.url, d.Secret("api_url"));
  std::string channel = text(s, "channel"), update;
  if (s.Flag("update_message") && !d.group.Remembered(kMessage).empty()) {
    request.url = kUpdateUrl;
    update = d.group.Remembered(kMessage);
    channel = d.group.Remembered(kChannel);
  }
  std::vector<std::string> markdown_in = s.Texts("mrkdwn_in");
  if (markdown_in.empty()) markdown_in = {"fallback", "pretext", "text"};
  notify::JsonFields json(request.body);
  json.Begin()
      .TextIfAny("channel", channel)
      .TextIfAny("ts", update)
      .TextIfAny("username", text(s, "username"))
      .TextIfAny("icon_emoji", text(s, "icon_emoji"))
      .TextIfAny("icon_url", text(s, "icon_url"));
  if (s.Flag("link_names")) json.Flag("link_names", true);
  json.TextIfAny("text", text(s, "message_text"))
      .BeginList("attachments")
      .Begin()
      .TextIfAny("title", notify::TruncateInRunes(text(s, "title"), kTitleRunesMax))
      .TextIfAny("title_link", text(s, "title_link"))
      .TextIfAny("pretext", text(s, "pretext"))
      .Text("text", text(s, "text"))
      .Text("fallback", text(s, "fallback"))
      .Text("callback_id", text(s, "callback_id"));
  AppendFields(s, text, json);
  AppendActions(s, text, json);
  json.TextIfAny("image_url", text(s, "image_url"))
      .TextIfAny("thumb_url", text(s, "thumb_url"))
      .Text("footer", text(s, "footer"))
      .TextIfAny("color", text(s, "color"))
      .Texts("mrkdwn_in", markdown_in)
      .End()
      .EndList()
      .End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

// Slack says 200 also where it says no.
Status Slack::Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const {
  KVS_RETURN_IF_ERROR(notify::Judged(answer, {429}));
  if (!answer.header("content-type").starts_with("application/json")) {
    if (answer.body == "ok") return OkStatus();
    return FailedPrecondition("received an error response from Slack: ",
                              answer.body.substr(0, 1024));
  }
  bool ok = false;
  std::string error, message, channel;
  const Status read =
      http::ReadJsonObject("the answer of Slack", answer.body, [&](http::JsonMembers& in) {
        in.Get("ok", &ok);
        in.Get("error", &error);
        in.Get("ts", &message);
        in.Get("channel", &channel);
      });
  if (!read.ok()) return Unavailable(read.message()).Retryable();
  if (!ok) return FailedPrecondition("error response from Slack: ", error);
  if (d.settings.Flag("update_message") && !message.empty() && !channel.empty())
    d.memory = {{kMessage, message}, {kChannel, channel}};
  return OkStatus();
}

}  // namespace kvs::notifier::slack

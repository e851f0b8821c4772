// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/http/json_members.h"
#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::telegram {
namespace {

constexpr size_t kMessageRunesMax = 4096;

struct ApiAnswer {
  bool ok = false;
  std::string description;
  int64_t retry_after_s = 0;
};

Status ReadAnswer(std::string_view body, ApiAnswer& out) {
  return http::ReadJsonObject("the answer of Telegram", body, [&out](http::JsonMembers& in) {
    in.Get("ok", &out.ok);
    in.Get("description", &out.description);
    in.Inside("parameters",
              [&out](http::JsonMembers& p) { p.Get("retry_after", &out.retry_after_s); });
  });
}

}  // namespace

StatusOr<std::vector<notify::Request>> Telegram::Compose(notify::Delivery& d) const {
  KVS_ASSIGN_OR_RETURN(const std::string token, d.Secret("bot_token"));
  KVS_ASSIGN_OR_RETURN(const std::string chat, d.Secret("chat_id"));
  const std::string mode = d.settings.Text("parse_mode");
  std::string text;
  if (mode == "HTML") {
    // Cut HTML would not be HTML.
    text = d.rendering.Html(d.settings.Text("message"));
    if (notify::CountRunes(text) > kMessageRunesMax)
      text =
          "Notification could not be sent: its message is longer than Telegram takes. Please "
          "check the template that makes it.";
  } else {
    text = notify::TruncateInRunes(d.rendering.Text(d.settings.Text("message")), kMessageRunesMax);
  }
  notify::Request request{.url = StrCat(d.settings.Text("api_url"), "/bot", token, "/sendMessage")};
  notify::JsonFields fields(request.body);
  fields.Begin().Text("chat_id", chat);
  if (d.settings.Flag("disable_notifications")) fields.Text("disable_notification", "true");
  fields.Text("disable_web_page_preview", "true");
  if (const int64_t thread = d.settings.Int("message_thread_id"); thread != 0)
    fields.Text("message_thread_id", StrCat(thread));
  fields.TextIfAny("parse_mode", mode).Text("text", text).End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

Status Telegram::Judge(notify::Delivery& /*d*/, const http_client::HttpAnswer& answer) const {
  ApiAnswer api;
  const Status read = ReadAnswer(answer.body, api);
  if (answer.code / 100 == 2) {
    if (!read.ok()) return Unavailable(read.message()).Retryable();
    if (api.ok) return OkStatus();
    return FailedPrecondition("telegram: ", api.description);
  }
  Status judged = notify::Judged(answer, {429}, read.ok() ? &api.description : nullptr);
  if (answer.code == 429 && api.retry_after_s > 0 && api.retry_after_s < 3600)
    return std::move(judged).WithRetryAfterMs(static_cast<uint32_t>(api.retry_after_s) * 1000);
  return judged;
}

}  // namespace kvs::notifier::telegram

// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/http/url.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::pushover {
namespace {

constexpr size_t kTitleRunesMax = 250, kMessageRunesMax = 1024, kUrlRunesMax = 512;

std::string Trimmed(const std::string& text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

StatusOr<std::vector<notify::Request>> Pushover::Compose(notify::Delivery& d) const {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  KVS_ASSIGN_OR_RETURN(const std::string token, d.Secret("token"));
  KVS_ASSIGN_OR_RETURN(const std::string user, d.Secret("user_key"));
  const bool html = d.settings.Flag("html");
  std::string message = d.settings.Text("message");
  message = html ? d.rendering.Html(message) : d.rendering.Text(message);
  message = Trimmed(notify::TruncateInRunes(message, kMessageRunesMax));
  std::map<std::string, std::string> params{
      {"token", d.rendering.Text(token)},
      {"user", d.rendering.Text(user)},
      {"title", notify::TruncateInRunes(text("title"), kTitleRunesMax)},
      {"message", message.empty() ? "(no details)" : message},  // An empty one would be refused.
      {"url", notify::TruncateInRunes(text("url"), kUrlRunesMax)},
      {"url_title", text("url_title")},
      {"priority", text("priority")},
      {"retry", StrCat(d.settings.DurationMs("retry") / 1000)},
      {"expire", StrCat(d.settings.DurationMs("expire") / 1000)},
      {"device", text("device")},
      {"sound", text("sound")}};
  if (html) params["html"] = "1";
  if (d.settings.Flag("monospace")) params["monospace"] = "1";
  if (const int64_t ttl_s = d.settings.DurationMs("ttl") / 1000; ttl_s > 0)
    params["ttl"] = StrCat(ttl_s);
  std::string query;
  for (const auto& [name, value] : params)
    StrAppend(query, query.empty() ? "?" : "&", name, "=",
              http::Escape(value, http::PlusSign::kIsSpace));
  notify::Request request{.url = api_url_ + query, .body = {}, .content_type = "text/plain"};
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::pushover

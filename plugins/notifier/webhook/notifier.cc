// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/json.h"
#include "kvs/http/json.h"

namespace kvs::notifier::webhook {
namespace {

std::string Payload(const notify::Delivery& d) {
  std::string out = gotemplate::ToJson(d.rendering.data(), true);
  out.pop_back();  // The data's own brace.
  out += ",\"version\":\"4\",\"groupKey\":";
  http::AppendHtmlSafeJsonString(out, d.group.key);
  StrAppend(out, ",\"truncatedAlerts\":", d.group.n_truncated, "}\n");
  return out;
}

}  // namespace

size_t Webhook::MaxAlerts(const notify::Settings& settings) const {
  return static_cast<size_t>(std::max<int64_t>(settings.Int("max_alerts"), 0));
}

StatusOr<std::vector<notify::Request>> Webhook::Compose(notify::Delivery& d) const {
  KVS_ASSIGN_OR_RETURN(const std::string url, d.Secret("url"));
  notify::Request request{.url = d.rendering.Text(url)};
  if (const gotemplate::Value payload = d.settings.Any("payload"); !payload.is_nil()) {
    request.body = gotemplate::ToJson(d.rendering.Deep(payload), true) + "\n";
  } else {
    request.body = Payload(d);
  }
  if (request.url.empty() && d.rendering.status().ok())
    return InvalidArgument("webhook URL is empty after templating");
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::webhook

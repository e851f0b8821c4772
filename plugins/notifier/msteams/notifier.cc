// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <string>
#include <utility>

#include "kvs/notify/json_fields.h"

namespace kvs::notifier::msteams {

StatusOr<std::vector<notify::Request>> Msteams::Compose(notify::Delivery& d) const {
  notify::Request request;
  KVS_ASSIGN_OR_RETURN(request.url, d.Secret("webhook_url"));
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  notify::JsonFields(request.body)
      .Begin()
      .Text("@context", "http://schema.org/extensions")
      .Text("type", "MessageCard")
      .Text("title", text("title"))
      .Text("summary", text("summary"))
      .Text("text", text("text"))
      .Text("themeColor", d.group.resolved() ? "2DC72D" : "8C1A1A")
      .End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::msteams

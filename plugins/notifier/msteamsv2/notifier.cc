// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <string>
#include <utility>

#include "kvs/notify/json_fields.h"

namespace kvs::notifier::msteamsv2 {

StatusOr<std::vector<notify::Request>> MsteamsV2::Compose(notify::Delivery& d) const {
  notify::Request request;
  KVS_ASSIGN_OR_RETURN(request.url, d.Secret("webhook_url"));
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  notify::JsonFields(request.body)
      .Begin()
      .Text("type", "message")
      .BeginList("attachments")
      .Begin()
      .Text("contentType", "application/vnd.microsoft.card.adaptive")
      .Raw("contentUrl", "null")
      .Begin("content")
      .Text("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
      .Text("type", "AdaptiveCard")
      .Text("version", "1.2")
      .BeginList("body")
      .Begin()
      .Text("type", "TextBlock")
      .Text("text", text("title"))
      .Text("weight", "Bolder")
      .Text("size", "Medium")
      .Flag("wrap", true)
      .Text("style", "heading")
      .Text("color", d.group.resolved() ? "Good" : "Attention")
      .End()
      .Begin()
      .Text("type", "TextBlock")
      .Text("text", text("text"))
      .Flag("wrap", true)
      .End()
      .EndList()
      .Begin("msteams")
      .Text("width", "full")
      .End()
      .End()
      .End()
      .EndList()
      .End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::msteamsv2

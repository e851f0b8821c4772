// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <string>
#include <utility>

#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::discord {
namespace {

// https://discord.com/developers/docs/resources/message#embed-object-embed-limits
constexpr size_t kTitleRunesMax = 256, kDescriptionRunesMax = 4096, kContentRunesMax = 2000;
constexpr int64_t kRed = 0x992D22, kGreen = 0x2ECC71;

}  // namespace

StatusOr<std::vector<notify::Request>> Discord::Compose(notify::Delivery& d) const {
  notify::Request request;
  KVS_ASSIGN_OR_RETURN(request.url, d.Secret("webhook_url"));
  const auto text = [&d](const char* name, size_t most) {
    return notify::TruncateInRunes(d.rendering.Text(d.settings.Text(name)), most);
  };
  notify::JsonFields(request.body)
      .Begin()
      .Text("content", text("content", kContentRunesMax))
      .BeginList("embeds")
      .Begin()
      .Text("title", text("title", kTitleRunesMax))
      .Text("description", text("message", kDescriptionRunesMax))
      .Int("color", d.group.resolved() ? kGreen : kRed)
      .End()
      .EndList()
      .TextIfAny("username", d.settings.Text("username"))
      .TextIfAny("avatar_url", d.settings.Text("avatar_url"))
      .End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::discord

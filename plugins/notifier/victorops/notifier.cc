// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <map>
#include <string>
#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"
#include "kvs/sigv4/digests.h"

namespace kvs::notifier::victorops {
namespace {

constexpr size_t kMessageRunesMax = 20'480;

}  // namespace

StatusOr<std::vector<notify::Request>> Victorops::Compose(notify::Delivery& d) const {
  const auto text = [&d](const char* name) { return d.rendering.Text(d.settings.Text(name)); };
  KVS_ASSIGN_OR_RETURN(const std::string key, d.Secret("api_key"));
  notify::Request request{.url = StrCat(d.settings.Text("api_url"), sigv4::UriEncode(key), "/",
                                        sigv4::UriEncode(text("routing_key"), true))};
  std::string type = text("message_type");
  if (type != "INFO" && type != "WARNING") type = "CRITICAL";
  if (d.group.resolved()) type = "RECOVERY";
  std::map<std::string, std::string> fields{
      {"message_type", type},
      {"entity_id", d.group.KeyHash()},
      {"entity_display_name", text("entity_display_name")},
      {"state_message", notify::TruncateInRunes(text("state_message"), kMessageRunesMax)},
      {"monitoring_tool", text("monitoring_tool")}};
  for (const auto& [name, value] : d.settings.TextMap("custom_fields"))
    fields[name] = d.rendering.Text(value);
  notify::JsonFields json(request.body);
  json.Begin();
  for (const auto& [name, value] : fields) json.Text(name, value);
  json.End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::victorops

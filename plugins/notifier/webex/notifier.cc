// SPDX-License-Identifier: Apache-2.0
#include "notifier.h"

#include <string>
#include <utility>

#include "kvs/notify/json_fields.h"
#include "kvs/notify/truncate.h"

namespace kvs::notifier::webex {
namespace {

constexpr size_t kMessageBytesMax = 7439;

}  // namespace

StatusOr<std::vector<notify::Request>> Webex::Compose(notify::Delivery& d) const {
  notify::Request request{.url = d.settings.Text("api_url")};
  const std::string message = d.rendering.Text(d.settings.Text("message"));
  notify::JsonFields(request.body)
      .Begin()
      .Text("markdown", notify::TruncateInBytes(message, kMessageBytesMax))
      .TextIfAny("roomId", d.rendering.Text(d.settings.Text("room_id")))
      .End();
  request.body += "\n";
  std::vector<notify::Request> out;
  out.push_back(std::move(request));
  return out;
}

}  // namespace kvs::notifier::webex

// SPDX-License-Identifier: Apache-2.0
// Discord: a message with one embed, by a webhook of a channel
// (https://discord.com/developers/docs/resources/webhook#execute-webhook).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::discord {

class Discord final : public notify::HttpNotifier {
 public:
  Discord(sdk::Host host, Config config) : HttpNotifier(host, config, "discord", {"webhook_url"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::discord

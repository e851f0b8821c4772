// SPDX-License-Identifier: Apache-2.0
// Telegram: a message to a chat, by a bot (https://core.telegram.org/bots/api#sendmessage).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::telegram {

class Telegram final : public notify::HttpNotifier {
 public:
  Telegram(sdk::Host host, Config config) : HttpNotifier(host, config, "telegram", {"bot_token"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
  Status Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const override;
};

}  // namespace kvs::notifier::telegram

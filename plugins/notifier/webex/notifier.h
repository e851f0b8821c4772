// SPDX-License-Identifier: Apache-2.0
// Webex: a message in Markdown to a room, by a bot
// (https://developer.webex.com/docs/api/v1/messages/create-a-message).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::webex {

class Webex final : public notify::HttpNotifier {
 public:
  Webex(sdk::Host host, Config config) : HttpNotifier(host, config, "webex", {}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::webex

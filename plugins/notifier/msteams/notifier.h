// SPDX-License-Identifier: Apache-2.0
// Msteams: a message card, by an incoming webhook of Microsoft Teams
// (https://learn.microsoft.com/en-us/outlook/actionable-messages/message-card-reference).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::msteams {

class Msteams final : public notify::HttpNotifier {
 public:
  Msteams(sdk::Host host, Config config) : HttpNotifier(host, config, "msteams", {"webhook_url"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::msteams

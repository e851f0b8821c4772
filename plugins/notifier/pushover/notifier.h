// SPDX-License-Identifier: Apache-2.0
// Pushover: a message to a user's devices (https://pushover.net/api).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::pushover {

class Pushover final : public notify::HttpNotifier {
 public:
  Pushover(sdk::Host host, Config config)
      : HttpNotifier(host, config, "pushover", {"token", "user_key"}), api_url_(config.api_url) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;

  const std::string api_url_;
};

}  // namespace kvs::notifier::pushover

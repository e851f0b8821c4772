// SPDX-License-Identifier: Apache-2.0
// Slack: a message with one attachment, by an incoming webhook or an app
// (https://api.slack.com/reference/messaging/attachments).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::slack {

class Slack final : public notify::HttpNotifier {
 public:
  Slack(sdk::Host host, Config config) : HttpNotifier(host, config, "slack", {"api_url"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
  Status Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const override;
};

}  // namespace kvs::notifier::slack

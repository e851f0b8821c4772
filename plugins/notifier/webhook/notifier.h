// SPDX-License-Identifier: Apache-2.0
// Webhook: alerts as JSON, version 4 of Alertmanager's format
// (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), or a payload that the
// receiver's settings describe.
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::webhook {

class Webhook final : public notify::HttpNotifier {
 public:
  Webhook(sdk::Host host, Config config) : HttpNotifier(host, config, "webhook", {"url"}) {}

 private:
  size_t MaxAlerts(const notify::Settings& settings) const override;
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::webhook

// SPDX-License-Identifier: Apache-2.0
// Pagerduty: an event of version 2 for receivers with a routing_key, of version 1 for those with a
// service_key (https://developer.pagerduty.com/docs/events-api-v2-overview,
// https://developer.pagerduty.com/docs/events-api-v1-overview).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::pagerduty {

class Pagerduty final : public notify::HttpNotifier {
 public:
  Pagerduty(sdk::Host host, Config config)
      : HttpNotifier(host, config, "pagerduty", {"routing_key", "service_key"}),
        api_v1_url_(config.api_v1_url) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
  Status Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const override;

  const std::string api_v1_url_;
};

}  // namespace kvs::notifier::pagerduty

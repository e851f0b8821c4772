// SPDX-License-Identifier: Apache-2.0
// Opsgenie: creates an alert, updates what it says where that is wanted, and closes it
// (https://docs.opsgenie.com/docs/alert-api).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::opsgenie {

class Opsgenie final : public notify::HttpNotifier {
 public:
  Opsgenie(sdk::Host host, Config config) : HttpNotifier(host, config, "opsgenie", {"api_key"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
  Status Judge(notify::Delivery& d, const http_client::HttpAnswer& answer) const override;
};

}  // namespace kvs::notifier::opsgenie

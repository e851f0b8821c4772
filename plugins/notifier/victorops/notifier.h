// SPDX-License-Identifier: Apache-2.0
// Victorops: an event by the REST endpoint of VictorOps, now Splunk On-Call
// (https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::victorops {

class Victorops final : public notify::HttpNotifier {
 public:
  Victorops(sdk::Host host, Config config) : HttpNotifier(host, config, "victorops", {"api_key"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::victorops

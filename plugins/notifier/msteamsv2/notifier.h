// SPDX-License-Identifier: Apache-2.0
// MsteamsV2: an adaptive card, by a workflow of Microsoft Teams
// (https://learn.microsoft.com/en-us/connectors/teams/).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::msteamsv2 {

class MsteamsV2 final : public notify::HttpNotifier {
 public:
  MsteamsV2(sdk::Host host, Config config)
      : HttpNotifier(host, config, "msteamsv2", {"webhook_url"}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
};

}  // namespace kvs::notifier::msteamsv2

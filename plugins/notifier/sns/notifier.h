// SPDX-License-Identifier: Apache-2.0
// Sns: Publish of Amazon's Simple Notification Service, signed with version 4
// (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html).
#pragma once

#include <vector>

#include "kvs/notify/http_notifier.h"

#include "config.h"

namespace kvs::notifier::sns {

class Sns final : public notify::HttpNotifier {
 public:
  Sns(sdk::Host host, Config config) : HttpNotifier(host, config, "sns", {}) {}

 private:
  StatusOr<std::vector<notify::Request>> Compose(notify::Delivery& d) const override;
  Status CheckSettings(const notify::Settings& settings,
                       const notify::Secrets& secrets) const override;
};

}  // namespace kvs::notifier::sns

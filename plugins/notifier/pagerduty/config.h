// SPDX-License-Identifier: Apache-2.0
// Settings of notifier.pagerduty.
#pragma once

#include <string>

#include "kvs/notify/options.h"

namespace kvs::notifier::pagerduty {

struct Config : notify::Options {
  std::string api_v1_url = "https://events.pagerduty.com/generic/2010-04-15/create_event.json";

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::notifier::pagerduty

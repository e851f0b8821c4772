// SPDX-License-Identifier: Apache-2.0
// Settings of notifier.pushover.
#pragma once

#include <string>

#include "kvs/notify/options.h"

namespace kvs::notifier::pushover {

struct Config : notify::Options {
  std::string api_url = "https://api.pushover.net/1/messages.json";

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::notifier::pushover

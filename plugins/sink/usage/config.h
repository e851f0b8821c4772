// SPDX-License-Identifier: Apache-2.0
// Settings of sink.usage.
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::sink::usage {

struct Config {
  sdk::Duration active_idle_timeout{20 * 60 * 1000};
  sdk::Duration update_period{60'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::sink::usage

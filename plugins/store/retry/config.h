// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::store::retry {

struct Config {
  int64_t max_attempts = 5;
  sdk::Duration min_backoff{100}, max_backoff{10'000};
  sdk::Duration attempt_timeout{0};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::store::retry

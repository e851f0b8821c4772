// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::engine::scheduler {

struct Config {
  std::vector<std::string> addresses;
  int64_t max_concurrent_per_querier = 8;
  int64_t max_outstanding_requests_per_tenant = 100;
  int64_t max_queriers_per_tenant = 0;
  int64_t max_attempts = 5;
  sdk::Duration querier_pause{1'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::engine::scheduler

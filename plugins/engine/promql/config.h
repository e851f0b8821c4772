// SPDX-License-Identifier: Apache-2.0
// What a user can set on engine.promql. Defaults stand here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::engine::promql {

struct Config {
  sdk::Duration lookback_delta{300'000};
  sdk::Duration timeout{120'000};
  sdk::Duration default_step{60'000};  ///< Of subqueries that name none.
  int64_t max_samples = 50'000'000;
  sdk::ByteSize max_query_memory{int64_t{2} << 30};  ///< Of one query; 0: no limit.
  sdk::ByteSize max_memory{int64_t{8} << 30};        ///< Of all together; 0: no limit.
  int64_t max_concurrent = 20;
  int64_t max_queued_per_tenant = 100;  ///< 0: none waits.
  int64_t max_threads = 0;              ///< Of one query; 0: as many as there are processors.
  sdk::Duration slow_query_threshold{10'000};  ///< 0: none is logged.
  std::string max_source_resolution = "exact";
  std::vector<std::string> enable_features;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::engine::promql

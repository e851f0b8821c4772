// SPDX-License-Identifier: Apache-2.0
// What a tenant's limits say to a frontend. Of a read of several tenants the strictest counts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/limiter.h"

#include "config.h"

namespace kvs::engine::frontend {

struct TenantLimits {
  int64_t max_cache_freshness_ms = 0;
  int64_t results_cache_ttl_ms = 0;
  int64_t results_cache_ttl_for_out_of_order_ms = 0;
  int64_t out_of_order_window_ms = 0;
  int64_t max_query_parallelism = 1;
  int64_t total_shards = 0;         ///< 0: not sharded.
  int64_t max_sharded_queries = 0;  ///< Of one query, parts and shards together; 0: any number.

  /// Where a limiter says nothing, the setting of the same name holds. [worker]
  static StatusOr<TenantLimits> Of(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                   const Config& config);
};

}  // namespace kvs::engine::frontend

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::engine::frontend {

struct Config {
  sdk::Duration split_queries_by_interval{86'400'000};
  bool cache_unaligned_requests = false;
  sdk::Duration max_cache_freshness{600'000};
  sdk::Duration results_cache_ttl{7 * int64_t{86'400'000}};
  sdk::Duration results_cache_ttl_for_out_of_order_time_window{600'000};
  sdk::Duration out_of_order_time_window{0};
  sdk::ByteSize max_cached_result{1 << 20};
  sdk::Duration deletions_interval{60'000};
  int64_t max_query_parallelism = 14;
  bool parallelize_shardable_queries = false;
  bool shard_sums = false;
  int64_t query_sharding_total_shards = 16;
  int64_t query_sharding_max_sharded_queries = 128;
  sdk::Duration lookback_delta{300'000};
  std::vector<std::string> enable_features;

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::engine::frontend

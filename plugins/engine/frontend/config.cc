// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::engine::frontend {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"split_queries_by_interval",
       &Config::split_queries_by_interval,
       "Range queries are asked in parts of so long, counted from 1970 (24h: days); 0: as a whole. "
       "Also what one entry of the cache is about",
       {.minimum = 0, .maximum = 1e13}},
      {"cache_unaligned_requests", &Config::cache_unaligned_requests,
       "Whether queries are cached whose start is no multiple of their step: few are asked twice"},
      {"max_cache_freshness", &Config::max_cache_freshness,
       "What is not older is not cached, since samples for it may still come. The limit of the "
       "tenant of the same name comes first, as for the next three"},
      {"results_cache_ttl", &Config::results_cache_ttl, "How long results are cached"},
      {"results_cache_ttl_for_out_of_order_time_window",
       &Config::results_cache_ttl_for_out_of_order_time_window,
       "How long those are cached that late samples may still change"},
      {"out_of_order_time_window", &Config::out_of_order_time_window,
       "How late samples may come; 0: not at all"},
      {"max_cached_result",
       &Config::max_cached_result,
       "A longer entry is not put into the cache",
       {.minimum = 0, .maximum = 1e10}},
      {"deletions_interval",
       &Config::deletions_interval,
       "How often the port store is looked at for series that a tenant deleted",
       {.minimum = 0, .maximum = 1e10}},
      {"max_query_parallelism",
       &Config::max_query_parallelism,
       "Parts and shards of one query that are asked at the same time. The limit of the tenant of "
       "the same name comes first",
       {.minimum = 1, .maximum = 10'000}},
      {"parallelize_shardable_queries", &Config::parallelize_shardable_queries,
       "Whether aggregations are asked in shards, each over part of the series: count, group, min "
       "and max, whose answers do not depend on that"},
      {"shard_sums", &Config::shard_sums,
       "Whether sum is sharded, too: its last bits may then be others"},
      {"query_sharding_total_shards",
       &Config::query_sharding_total_shards,
       "Shards of a query. The limit of the tenant of the same name comes first, as for the next",
       {.minimum = 0, .maximum = 1'024}},
      {"query_sharding_max_sharded_queries",
       &Config::query_sharding_max_sharded_queries,
       "Shards of all parts of a query together; 0: any number",
       {.minimum = 0, .maximum = 1e6}},
      {"lookback_delta", &Config::lookback_delta, "That of the engines behind this one"},
      {"enable_features", &Config::enable_features,
       "Feature flags of the engines behind this one, as far as they are about syntax. What cannot "
       "be parsed here is handed on as it is"},
  };
  return kSchema;
}

}  // namespace kvs::engine::frontend

// SPDX-License-Identifier: Apache-2.0
// What engine.frontend counts, by Mimir's names.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::engine::frontend {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : queries(m.CounterFamily("cortex_query_frontend_queries_total", "Queries that came",
                                {"op", "user"})),
        range_seconds(
            m.HistogramFamily("cortex_frontend_query_range_duration_seconds",
                              "Time of range queries", {"method", "status_code"},
                              {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 50, 100})),
        split(m.Counter("cortex_frontend_split_queries_total",
                        "Parts that range queries were split into")),
        whole_again(m.Counter("cortex_frontend_split_queries_undone_total",
                              "Queries that were asked again as a whole, because their parts said "
                              "different things about them")),
        shard_attempts(m.Counter("cortex_frontend_query_sharding_rewrites_attempted_total",
                                 "Queries that would have been sharded if they could be")),
        shard_successes(m.Counter("cortex_frontend_query_sharding_rewrites_succeeded_total",
                                  "Queries that were sharded")),
        sharded_queries(m.Counter("cortex_frontend_sharded_queries_total",
                                  "Shards that queries were asked in")),
        sharded_per_query(m.HistogramFamily("cortex_frontend_sharded_queries_per_query",
                                            "Shards of a query that was sharded", {},
                                            {2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})
                              .With({})),
        cache_requests(m.CounterFamily("cortex_frontend_query_result_cache_requests_total",
                                       "Parts of queries that were looked up", {"request_type"})
                           .With({"query_range"})),
        cache_hits(m.CounterFamily("cortex_frontend_query_result_cache_hits_total",
                                   "Parts of queries of which at least some steps were found",
                                   {"request_type"})
                       .With({"query_range"})),
        cache_steps_requested(m.Counter("cortex_frontend_query_result_cache_steps_requested_total",
                                        "Steps that were looked up")),
        cache_steps_found(m.Counter("cortex_frontend_query_result_cache_steps_found_total",
                                    "Steps that were found")),
        cache_skipped(m.CounterFamily("cortex_frontend_query_result_cache_skipped_total",
                                      "Range queries that were not looked up, and why",
                                      {"reason"})),
        cache_refused(m.Counter("cortex_frontend_query_result_cache_refused_total",
                                "Entries of the cache that were damaged, or not of their key")),
        cache_failures(m.CounterFamily("cortex_frontend_query_result_cache_failures_total",
                                       "Calls of the cache that failed", {"operation"})) {}

  sdk::Family queries, range_seconds;
  sdk::Cell split, whole_again;
  sdk::Cell shard_attempts, shard_successes, sharded_queries, sharded_per_query;
  sdk::Cell cache_requests, cache_hits, cache_steps_requested, cache_steps_found;
  sdk::Family cache_skipped;
  sdk::Cell cache_refused;
  sdk::Family cache_failures;
};

}  // namespace kvs::engine::frontend

// SPDX-License-Identifier: Apache-2.0
// What cache.memcached counts.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::cache::memcached {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : requests(m.Counter("kvs_cache_memcached_requests_total", "Keys that were looked up")),
        hits(m.Counter("kvs_cache_memcached_hits_total", "Keys that were found")),
        operations(m.CounterFamily("kvs_cache_memcached_operations_total",
                                   "Exchanges with a server", {"server", "operation"})),
        failures(m.CounterFamily("kvs_cache_memcached_operation_failures_total",
                                 "Exchanges that failed: what they asked for was missed, what they "
                                 "put is lost",
                                 {"server", "reason"})),
        seconds(m.HistogramFamily("kvs_cache_memcached_operation_seconds",
                                  "Time of exchanges that did not fail", {"operation"},
                                  {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5})),
        skipped(m.Counter("kvs_cache_memcached_skipped_items_total",
                          "Items that were too long to be sent")),
        open(m.GaugeFamily("kvs_cache_memcached_server_paused",
                           "1 while a server that failed is left alone", {"server"})) {}

  sdk::Cell requests, hits;
  sdk::Family operations, failures, seconds;
  sdk::Cell skipped;
  sdk::Family open;
};

}  // namespace kvs::cache::memcached

// SPDX-License-Identifier: Apache-2.0
// What cache.memory counts.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::cache::memory {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : requests(m.Counter("kvs_cache_memory_requests_total", "Keys that were looked up")),
        hits(m.Counter("kvs_cache_memory_hits_total", "Keys that were found")),
        evictions(m.Counter("kvs_cache_memory_evictions_total",
                            "Items that were dropped for lack of room, before their time ended")),
        items(m.Gauge("kvs_cache_memory_items", "Items that are kept")),
        bytes(m.Gauge("kvs_cache_memory_bytes", "What items cost, keys included")) {}

  sdk::Cell requests, hits, evictions, items, bytes;
};

}  // namespace kvs::cache::memory

// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::store::cache {

struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics) {
    const sdk::Family pages =
        metrics.CounterFamily("kvs_store_cache_pages_total",
                              "Pages that reads asked for, by where they were found", {"from"});
    from_memory = pages.With({"memory"});
    from_flight = pages.With({"flight"});
    from_disk = pages.With({"disk"});
    from_store = pages.With({"store"});
    bypassed =
        metrics.Counter("kvs_store_cache_bypassed_total",
                        "Reads of keys that are kept, handed on as they are because of a write");
    const sdk::Family bytes =
        metrics.GaugeFamily("kvs_store_cache_bytes", "Bytes that are kept", {"tier"});
    memory_bytes = bytes.With({"memory"});
    disk_bytes = bytes.With({"disk"});
    const sdk::Family evictions = metrics.CounterFamily("kvs_store_cache_evictions_total",
                                                        "Pages dropped for want of room", {"tier"});
    memory_evictions = evictions.With({"memory"});
    disk_evictions = evictions.With({"disk"});
    disk_errors = metrics.Counter("kvs_store_cache_disk_errors_total",
                                  "Files that could not be written, or were damaged");
  }
  sdk::Cell from_memory, from_flight, from_disk, from_store, bypassed;
  sdk::Cell memory_bytes, disk_bytes, memory_evictions, disk_evictions, disk_errors;
};

}  // namespace kvs::store::cache

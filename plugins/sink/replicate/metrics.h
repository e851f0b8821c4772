// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::replicate {

/// Under Mimir's names.
struct Metrics {
  explicit Metrics(const sdk::Metrics& registry)
      : replication_factor(registry.Gauge("cortex_distributor_replication_factor",
                                          "The configured replication factor.")),
        appends(registry.CounterFamily("cortex_distributor_ingester_appends_total",
                                       "Parts of writes sent to an instance.", {"ingester"})),
        failures(registry.CounterFamily("cortex_distributor_ingester_append_failures_total",
                                        "Parts of writes that an instance did not take.",
                                        {"ingester", "status"})) {}

  sdk::Cell replication_factor;
  sdk::Family appends, failures;
};

}  // namespace kvs::sink::replicate

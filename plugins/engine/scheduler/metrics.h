// SPDX-License-Identifier: Apache-2.0
// What engine.scheduler counts, by Mimir's names.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::engine::scheduler {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : queue_length(m.GaugeFamily("cortex_query_scheduler_queue_length",
                                   "Queries that wait for a querier", {"user"})),
        queue_seconds(m.HistogramFamily("cortex_query_scheduler_queue_duration_seconds",
                                        "Time that queries waited for a querier", {},
                                        {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60})
                          .With({})),
        inflight(m.Gauge("cortex_query_scheduler_inflight_requests",
                         "Queries that wait or are at a querier")),
        discarded(m.CounterFamily("cortex_query_scheduler_discarded_requests_total",
                                  "Queries that were refused because too many of the tenant wait",
                                  {"user"})),
        queriers(m.Gauge("cortex_query_scheduler_connected_querier_clients",
                         "Queriers that are not passed over")),
        retries(m.HistogramFamily("cortex_query_frontend_retries",
                                  "How often queries were tried again", {}, {0, 1, 2, 3, 4, 5})
                    .With({})) {}

  sdk::Family queue_length;
  sdk::Cell queue_seconds, inflight;
  sdk::Family discarded;
  sdk::Cell queriers, retries;
};

}  // namespace kvs::engine::scheduler

// SPDX-License-Identifier: Apache-2.0
// What engine.scheduler counts, by Mimir's names.
#pragma once

#include <string_view>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/host.h"

namespace kvs::engine::scheduler {

/// A line of queries, as Mimir tells of it in one of the places where it may stand.
struct QueueMetrics {
  /// `place`: "cortex_query_scheduler" or "cortex_query_frontend".
  QueueMetrics(const sdk::Metrics& m, std::string_view place)
      : length(m.GaugeFamily(StrCat(place, "_queue_length"), "Queries that wait for a querier",
                             {"user"})),
        seconds(m.HistogramFamily(StrCat(place, "_queue_duration_seconds"),
                                  "Time that queries waited for a querier", {},
                                  {0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60})
                    .With({})) {}

  sdk::Family length;
  sdk::Cell seconds;
};

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : scheduler_queue(m, "cortex_query_scheduler"),
        frontend_queue(m, "cortex_query_frontend"),
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

  /// So many of a tenant wait.
  void ShowWaiting(std::string_view tenant, int64_t n) const {
    for (const QueueMetrics* const queue : {&scheduler_queue, &frontend_queue})
      queue->length.With({tenant}).Set(static_cast<double>(n));
  }
  /// A query waited so long.
  void Waited(double seconds) const {
    for (const QueueMetrics* const queue : {&scheduler_queue, &frontend_queue})
      queue->seconds.Observe(seconds);
  }

  // The same line under both names: a scheduler may stand in the process of a frontend, where
  // dashboards look for the frontend's, or alone.
  QueueMetrics scheduler_queue, frontend_queue;
  sdk::Cell inflight;
  sdk::Family discarded;
  sdk::Cell queriers, retries;
};

}  // namespace kvs::engine::scheduler

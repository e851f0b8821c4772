// SPDX-License-Identifier: Apache-2.0
// RequestMetrics: how long a server takes to answer, under Mimir's names, whatever the requests come over.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// Without a host: those that nobody sees. [any]
struct RequestMetrics {
  RequestMetrics() = default;
  explicit RequestMetrics(const Metrics& registry)
      : duration(registry.HistogramFamily("cortex_request_duration_seconds", "Time (in seconds) spent serving requests.",
                                          {"method", "route", "status_code", "ws", "route_path"},
                                          {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25, 50, 100})),
        inflight(registry.GaugeFamily("cortex_inflight_requests", "Current number of inflight requests.", {"method", "route"})) {}

  /// cortex_request_duration_seconds{method, route, status_code, ws, route_path}: the route as Mimir names it,
  /// prometheus_api_v1_query, and as it is written, /prometheus/api/v1/query.
  Family duration;
  Family inflight;  ///< cortex_inflight_requests{method, route}
};

}  // namespace kvs::sdk

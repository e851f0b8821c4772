// SPDX-License-Identifier: Apache-2.0
// Every metric of net.http. The cortex_ names are Mimir's, so that its dashboards work.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::net::http {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry);

  /// cortex_request_duration_seconds{method, route, status_code, ws, route_path}: the route as
  /// Mimir names it, prometheus_api_v1_query, and as it is written, /prometheus/api/v1/query.
  sdk::Family request_duration;
  sdk::Family inflight;           ///< cortex_inflight_requests{method, route}
  sdk::Cell connections;          ///< cortex_tcp_connections{protocol}
  sdk::Cell connections_limit;    ///< cortex_tcp_connections_limit{protocol}
  sdk::Cell connections_refused;  ///< kvs_net_http_connections_refused_total
  sdk::Cell evicted;              ///< kvs_net_http_connections_evicted_total
  sdk::Cell handshake_failures;   ///< kvs_net_http_tls_handshake_failures_total
  sdk::Cell bad_requests;         ///< kvs_net_http_bad_requests_total
  sdk::Family timeouts;           ///< kvs_net_http_timeouts_total{phase}
  sdk::Family denied;             ///< kvs_net_http_access_denied_total{reason}
  sdk::Cell client_gone;          ///< kvs_net_http_client_gone_total
  sdk::Cell answers_cut;          ///< kvs_net_http_answers_cut_total
};

}  // namespace kvs::net::http

// SPDX-License-Identifier: Apache-2.0
// Every metric of net.http. The cortex_ names are Mimir's, so that its dashboards work.
#pragma once

#include "kvs/sdk/host.h"
#include "kvs/sdk/request_metrics.h"

namespace kvs::net::http {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry);

  sdk::RequestMetrics requests;
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

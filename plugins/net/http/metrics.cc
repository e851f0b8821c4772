// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

namespace kvs::net::http {

Metrics::Metrics(const sdk::Metrics& registry)
    : requests(registry),
      connections(registry
                      .GaugeFamily("cortex_tcp_connections",
                                   "Current number of accepted TCP connections.", {"protocol"})
                      .With({"http"})),
      connections_limit(
          registry
              .GaugeFamily(
                  "cortex_tcp_connections_limit",
                  "The max number of TCP connections that can be accepted (0 means no limit).",
                  {"protocol"})
              .With({"http"})),
      connections_refused(registry.Counter("kvs_net_http_connections_refused_total",
                                           "Connections over the limit.")),
      evicted(registry.Counter(
          "kvs_net_http_connections_evicted_total",
          "Connections that waited for their clients and were closed to make room for others.")),
      handshake_failures(registry.Counter("kvs_net_http_tls_handshake_failures_total",
                                          "TLS handshakes that failed.")),
      bad_requests(registry.Counter(
          "kvs_net_http_bad_requests_total",
          "Requests that are not HTTP, or too large before they could be routed.")),
      timeouts(registry.CounterFamily(
          "kvs_net_http_timeouts_total",
          "Clients or handlers that took too long, by what they were at.", {"phase"})),
      denied(registry.CounterFamily("kvs_net_http_access_denied_total",
                                    "Requests that did not get in, by what they lack.",
                                    {"reason"})),
      client_gone(registry.Counter("kvs_net_http_client_gone_total",
                                   "Requests whose client left before the answer.")),
      answers_cut(registry.Counter("kvs_net_http_answers_cut_total",
                                   "Answers of which a part could not be made any more.")) {}

}  // namespace kvs::net::http

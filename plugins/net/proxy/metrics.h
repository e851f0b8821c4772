// SPDX-License-Identifier: Apache-2.0
// Every metric of net.proxy. Requests and their durations are counted where they come in, by
// net.http.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::net::proxy {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : requests(registry.CounterFamily("kvs_net_proxy_requests_total",
                                        "Requests that an upstream answered, or did not (code 0).",
                                        {"upstream", "code"})),
        retries(registry.CounterFamily("kvs_net_proxy_retries_total",
                                       "Requests that were tried at another address.",
                                       {"upstream"})),
        healthy(registry.GaugeFamily("kvs_net_proxy_upstream_healthy",
                                     "1 when the address answered its last health check.",
                                     {"upstream", "address"})) {}

  sdk::Family requests;  ///< kvs_net_proxy_requests_total{upstream, code}
  sdk::Family retries;   ///< kvs_net_proxy_retries_total{upstream}
  sdk::Family healthy;   ///< kvs_net_proxy_upstream_healthy{upstream, address}
};

}  // namespace kvs::net::proxy

// SPDX-License-Identifier: Apache-2.0
// What the two tables of the configuration say. Pure. [any]
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::net::proxy {

struct ProxyRoute {
  std::string pattern;   ///< "/prometheus/*"
  std::string upstream;  ///< a name of the other table
  uint32_t flags = 0;    ///< of kvs_http_route_t
};

struct RouteTable {
  std::map<std::string, std::vector<std::string>> upstreams;  ///< addresses: "http://10.0.0.1:9009"
  std::vector<ProxyRoute> routes;
};

/// A route's words after its upstream: reads (also POST only reads), federates (may name several
/// tenants), labels (what is behind enforces label policies), admin (needs that right and no
/// tenant), public (needs no tenant). InvalidArgument for what is misspelt, or names an upstream
/// that is not there.
StatusOr<RouteTable> ParseRoutes(const std::map<std::string, std::string>& upstreams,
                                 const std::map<std::string, std::string>& routes);

}  // namespace kvs::net::proxy

// SPDX-License-Identifier: Apache-2.0
// Entry point of net.http.
#include "kvs/sdk/component.h"

#include "config.h"
#include "server.h"

namespace kvs::net::http {
namespace {

const kvs_component_type_t* ServerType() {
  static const sdk::ComponentType<HttpServer, Config> kType =
      sdk::ComponentType<HttpServer, Config>(
          KVS_PLUGIN_ID, "HTTP/1.1 server, plain or TLS, for the routes of other components",
          KVS_BETA)
          .Provides<sdk::HttpRoutes>("routes", "Where pages and APIs are hung up")
          .MayRequireMany("auth", &HttpServer::auth,
                          "Who requests come from; asked in order, without one nobody is asked");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::net::http

KVS_MODULE(KVS_PLUGIN_ID, kvs::net::http::ServerType())

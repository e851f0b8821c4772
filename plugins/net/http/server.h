// SPDX-License-Identifier: Apache-2.0
// HttpServer: listens, accepts, and hands each client a Connection. Requests of other components
// are routed by what they hang up here. See Connection for how a request is served.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/port/http_routes.h"

#include "config.h"
#include "metrics.h"
#include "route.h"
#include "router.h"
#include "tenant.h"

namespace kvs::net::http {

class HttpServer final : public sdk::Component, public sdk::HttpRoutes {
 public:
  HttpServer(sdk::Host host, Config config);
  ~HttpServer() override;

  std::vector<sdk::AuthenticatorRef> auth;  ///< May be empty.

  /// FailedPrecondition where admin pages would be open to a network.
  Status Check() override;

  /// Opens the listeners; routes may still come later. Unavailable when an address is taken. [main]
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  /// Stops accepting, closes idle connections and waits for the requests under way, until the
  /// deadline of the call. [main]
  sdk::Outcome Drain(const sdk::Call& call, sdk::Completer& completer) override;
  /// Ends what is left: handlers are asked to stop and waited for. [main]
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  Status Add(std::string_view component, const kvs_http_route_t& route) override;
  void RemoveAll(std::string_view component) override;

  /// Where the listeners ended up; 0: not listening. [main & started]
  uint16_t port() const;
  uint16_t admin_port() const;

 private:
  struct Loop;  // The event loop, its threads, listeners and connections.

  const sdk::Host host_;
  const Config config_;
  const TenantRules tenant_rules_;
  Metrics metrics_;
  Router router_;
  Route unmatched_;
  const sdk::Executor executor_;
  std::shared_ptr<Loop> loop_;
};

}  // namespace kvs::net::http

// SPDX-License-Identifier: Apache-2.0
// Proxy: hangs up a route for each line of its table, and hands requests on to an address of the
// upstream. Who may ask what has been judged by the listener before. A request is tried at another
// address when nobody has seen it, or when it only reads.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kvs/http_client/http_client.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/task.h"

#include "config.h"
#include "metrics.h"
#include "routes.h"
#include "upstream.h"

namespace kvs::net::proxy {

class Proxy final : public sdk::Component {
 public:
  Proxy(sdk::Host host, Config config);

  sdk::RoutesRef http;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

 private:
  // One line of the table.
  class Line final : public sdk::HttpHandler {
   public:
    Line(Proxy* proxy, Upstream* upstream, bool reads)
        : proxy_(proxy), upstream_(upstream), reads_(reads) {}
    sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer& completer) override;

   private:
    sdk::Task HandOn(sdk::Call call, const kvs_http_request_t& in, kvs_http_reply_t& out);
    Proxy* const proxy_;
    Upstream* const upstream_;
    const bool reads_;
  };

  void CheckHealth();
  sdk::Detached CheckOne(Upstream* upstream, size_t i, std::shared_ptr<sdk::OwnedCall> call);
  void SetHealthy(Upstream& upstream, size_t i, bool healthy);

  const sdk::Host host_;
  const Config config_;
  const sdk::Log log_;
  const sdk::Timer timer_;
  const Metrics metrics_;
  std::map<std::string, std::unique_ptr<Upstream>> upstreams_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::unique_ptr<http_client::HttpClient> client_;
  std::function<void()> tick_;
  uint64_t ticket_ = 0;
};

}  // namespace kvs::net::proxy

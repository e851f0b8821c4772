// SPDX-License-Identifier: Apache-2.0
// WorkerRoutes: the routes of a component, each answered on a worker by one of its methods.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/base/str_cat.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/worker_handler.h"

namespace kvs::sdk {

/// One request and the parameters of its query string; lives as long as the call. `Params` is
/// http::Params, which a component links itself.
template <typename Params>
struct ParsedRequest {
  const kvs_http_request_t& raw;
  const Params& params;
  std::string_view body() const { return TextOf(raw.body); }
  /// Of the path, decoded; empty when the route has fewer.
  std::string part(size_t i) const {
    return i < raw.n_params ? Text(raw.params[i]) : std::string();
  }
};

/// Outlives the routes: a component removes them when it stops.
template <typename Component, typename Params>
class WorkerRoutes {
 public:
  using Method = HttpReply (Component::*)(const Call&, const ParsedRequest<Params>&);

  WorkerRoutes(Host host, Component* component) : host_(host), component_(component) {}

  /// A query string that cannot be parsed is answered with 400. [main]
  Status Add(const RoutesRef& http, std::string_view methods, std::string_view pattern,
             Method method, const RouteOptions& options) {
    handlers_.push_back(std::make_unique<WorkerHandler>(
        host_.executor(),
        [component = component_, method](const Call& call,
                                         const kvs_http_request_t& in) -> StatusOr<HttpReply> {
          const StatusOr<Params> params = Params::Parse(View(in.query));
          if (!params.ok())
            return HttpReply::PlainText(400, StrCat(params.status().message(), "\n"));
          return (component->*method)(call, ParsedRequest<Params>{in, *params});
        }));
    return http.Add(host_.component(), methods, pattern, handlers_.back().get(), options);
  }

 private:
  const Host host_;
  Component* const component_;
  std::vector<std::unique_ptr<WorkerHandler>> handlers_;
};

}  // namespace kvs::sdk

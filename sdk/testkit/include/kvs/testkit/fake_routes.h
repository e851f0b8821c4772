// SPDX-License-Identifier: Apache-2.0
// FakeRoutes: where a component under test hangs up its pages, and a client of them.
//
//   FakeRoutes routes;
//   thing.http = routes.ref();
//   routes.Ask("GET", "/page", {.tenant = "a"}).body
//
// Outlives the component. [worker]
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/testkit/whole_body.h"

namespace kvs::testkit {

class FakeRoutes final : public sdk::HttpRoutes {
 public:
  struct Request {
    std::string tenant;
    std::string query;
    std::string body;
    std::vector<std::string> params;  ///< What the pattern's {names} matched.
    std::vector<std::pair<std::string, std::string>> headers;
  };
  struct Reply {
    int status = 0;  ///< 0: there is no such route.
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
  };

  sdk::RoutesRef ref() { return sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(this)); }

  Status Add(std::string_view /*component*/, const kvs_http_route_t& route) override {
    const std::string_view methods = sdk::View(route.methods);
    for (size_t begin = 0; begin <= methods.size();) {
      const size_t end = std::min(methods.find(',', begin), methods.size());
      routes_[{std::string(methods.substr(begin, end - begin)), sdk::Text(route.pattern)}] = route;
      begin = end + 1;
    }
    return OkStatus();
  }
  void RemoveAll(std::string_view /*component*/) override { routes_.clear(); }

  bool Has(const std::string& method, const std::string& pattern) const {
    return routes_.contains({method, pattern});
  }
  /// 0 when there is no such route.
  uint32_t Flags(const std::string& method, const std::string& pattern) const {
    const auto found = routes_.find({method, pattern});
    return found == routes_.end() ? 0 : found->second.flags;
  }

  /// Asks a route by its pattern and waits for the answer. An error becomes status 500.
  Reply Ask(const std::string& method, const std::string& pattern, const Request& request = {}) {
    const auto found = routes_.find({method, pattern});
    if (found == routes_.end()) return {};
    std::vector<kvs_str_t> params;
    for (const std::string& param : request.params) params.push_back(sdk::Str(param));
    std::vector<kvs_pair_t> headers;
    for (const auto& [name, value] : request.headers)
      headers.push_back({sdk::Str(name), sdk::Str(value)});
    auto in = sdk::Record<kvs_http_request_t>();
    in.method = sdk::Str(method);
    in.path = sdk::Str(pattern);
    in.query = sdk::Str(request.query);
    in.body = sdk::Bytes(std::string_view(request.body));
    in.params = params.data();
    in.n_params = params.size();
    in.headers = headers.data();
    in.n_headers = static_cast<uint32_t>(headers.size());
    in.remote = sdk::Str("10.0.0.7:51712");
    sdk::Owned<kvs_http_reply_t> out;
    const sdk::OwnedCall call(request.tenant);
    const Status status =
        sdk::Await(sdk::Method<kvs_http_request_t, kvs_http_reply_t>{found->second.handle,
                                                                     found->second.handler_self},
                   call, &in, out.out());
    if (!status.ok()) return {500, status.ToString(), {}};
    Reply reply;
    reply.status = out->status;
    reply.body = ReadBody(*out, call).text;
    for (uint64_t i = 0; i < out->n_headers; ++i)
      reply.headers.emplace_back(sdk::Text(out->headers[i].name), sdk::Text(out->headers[i].value));
    return reply;
  }

 private:
  std::map<std::pair<std::string, std::string>, kvs_http_route_t> routes_;
};

}  // namespace kvs::testkit

// SPDX-License-Identifier: Apache-2.0
#include "admin.h"

#include <functional>
#include <utility>

#include "kvs/http/params.h"

#include "head.h"

namespace kvs::head {

class Admin::Route final : public sdk::HttpHandler {
 public:
  using Answer = std::function<sdk::HttpReply(const kvs_http_request_t& request)>;

  Route(const sdk::Host& host, Answer answer) : host_(host), answer_(std::move(answer)) {}

  // The request lives until the call ends.
  sdk::Outcome Handle(const sdk::Call&, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override {
    auto done = std::make_shared<sdk::Completion>(completer.Defer());
    host_.executor().PostWorker([this, &in, &out, done] {
      sdk::Send(answer_(in), out);
      (*done)(OkStatus());
    });
    return sdk::Pending();
  }

 private:
  const sdk::Host host_;
  const Answer answer_;
};

Admin::Admin(Head& head, const sdk::Host& host) : head_(head), host_(host) {}
Admin::~Admin() = default;

Status Admin::Add(const sdk::RoutesRef& routes, const char* component) {
  const auto nothing = [] { return sdk::HttpReply{204, {}, {}}; };
  const auto add = [&](std::string_view methods, std::string_view pattern, std::string_view name,
                       Route::Answer answer) {
    handlers_.push_back(std::make_unique<Route>(host_, std::move(answer)));
    return routes.Add(component, methods, pattern, handlers_.back().get(),
                      {.flags = KVS_HTTP_ADMIN, .name = name});
  };
  KVS_RETURN_IF_ERROR(add("GET,POST", "/ingester/flush", "ingester_flush",
                          [this, nothing](const kvs_http_request_t& request) {
                            const auto params = http::Params::Parse(sdk::View(request.query));
                            if (!params.ok())
                              return sdk::HttpReply::PlainText(400,
                                                               params.status().message() + "\n");
                            const std::string tenant(params->Get("tenant"));
                            // As Mimir's: the answer does not tell how it went, the log does.
                            if (params->Get("wait") == "true") {
                              head_.FlushAndShip(tenant);
                            } else {
                              head_.RequestFlush(tenant);
                            }
                            return nothing();
                          }));
  KVS_RETURN_IF_ERROR(add(
      "GET,POST,DELETE", "/ingester/prepare-shutdown", "ingester_prepare_shutdown",
      [this, nothing](const kvs_http_request_t& request) {
        const std::string_view method = sdk::View(request.method);
        if (method == "GET") {
          return sdk::HttpReply::PlainText(200, head_.is_shutdown_prepared() ? "set\n" : "unset\n");
        }
        const Status status = head_.PrepareShutdown(method == "POST");
        if (!status.ok()) return sdk::HttpReply::PlainText(500, status.message() + "\n");
        return nothing();
      }));
  return add("POST", "/ingester/shutdown", "ingester_shutdown",
             [this, nothing](const kvs_http_request_t&) {
               head_.ShutDown();
               return nothing();
             });
}

}  // namespace kvs::head

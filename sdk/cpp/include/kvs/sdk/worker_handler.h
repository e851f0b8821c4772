// SPDX-License-Identifier: Apache-2.0
// WorkerHandler: answers the requests of a route on a worker, with a function that may wait.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"

namespace kvs::sdk {

/// Lives until its route is removed.
class WorkerHandler final : public HttpHandler {
 public:
  /// Call and request are valid until it returns. An error is answered by the server's table of
  /// codes. [worker]
  using Function = std::function<StatusOr<HttpReply>(const Call&, const kvs_http_request_t&)>;
  WorkerHandler(Executor executor, Function function)
      : executor_(executor), function_(std::move(function)) {}

  Outcome Handle(const Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                 Completer& completer) override {
    auto done = std::make_shared<Completion>(completer.Defer());
    // The call, the request and the room for the reply stay until the completion; the object `call`
    // does not.
    executor_.PostWorker([this, raw = call.raw(), &in, &out, done] {
      StatusOr<HttpReply> reply = function_(Call(raw), in);
      if (reply.ok()) Send(*std::move(reply), out);
      (*done)(reply.status());
    });
    return Pending();
  }

 private:
  const Executor executor_;
  const Function function_;
};

}  // namespace kvs::sdk

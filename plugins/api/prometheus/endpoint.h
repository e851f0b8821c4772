// SPDX-License-Identifier: Apache-2.0
// What every endpoint has in common: it begins on a worker, reads parameters, and answers with Prometheus' envelope.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/http/params.h"
#include "kvs/sdk/co.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/task.h"

namespace kvs::api::prometheus {

/// How the body of every answer that succeeds begins.
inline constexpr std::string_view kEnvelope = R"({"status":"success","data":)";

/// A successful answer: the value of "data", as JSON, and what goes beside it.
struct Answer {
  /// kEnvelope, behind which the value is appended: bodies are large, and are not copied into another. Nothing appended:
  /// no content, 204.
  std::string body{kEnvelope};
  /// What of the value follows behind `body`, in pieces that are not put together.
  std::vector<std::string> more{};
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

/// One request, with its parameters read. Lives as long as the call.
struct Request {
  const http::Params& params;
  const kvs_http_request_t& raw;
};

/// An error as the API tells it: bad_data, execution, ... and its HTTP code.
struct ErrorKind {
  std::string_view type;
  int http;
};
ErrorKind KindOf(const Status& status);

/// Begins `Function` on a worker for each request. It is a coroutine: while it waits for an engine, no thread does, so requests
/// may wait for their turn in any number.
class Endpoint final : public sdk::HttpHandler {
 public:
  using Function = std::function<sdk::Co<StatusOr<Answer>>(sdk::Call, Request)>;
  Endpoint(sdk::Executor executor, Function function) : executor_(executor), function_(std::move(function)) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override;

 private:
  sdk::Task Serve(sdk::Call call, const kvs_http_request_t& in, kvs_http_reply_t& out) const;
  const sdk::Executor executor_;
  const Function function_;
};

}  // namespace kvs::api::prometheus

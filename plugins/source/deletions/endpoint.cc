// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <algorithm>
#include <memory>
#include <random>

#include "kvs/bucket/layout.h"
#include "kvs/http/json.h"
#include "kvs/http/params.h"
#include "kvs/http/status_code.h"
#include "kvs/http/time_params.h"
#include "kvs/promql/matcher.h"
#include "kvs/promql/parser.h"

namespace kvs::source::deletions {
namespace {

StatusOr<http::Params> ReadParams(const kvs_http_request_t& request) {
  const bool is_form = http::IsFormContentType(sdk::HeaderOf(request, "content-type"));
  return http::Params::Parse(sdk::View(request.query),
                             is_form ? sdk::TextOf(request.body) : std::string_view());
}

StatusOr<int64_t> TimeParam(const http::Params& params, std::string_view name, int64_t otherwise) {
  if (params.Get(name).empty()) return otherwise;
  const StatusOr<int64_t> time = http::ParseTimeMs(params.Get(name));
  if (time.ok()) return time;
  return InvalidArgument("invalid parameter \"", name, "\": invalid time value for '", name,
                         "': ", time.status().message());
}

tsdb::Ulid NewUlid(int64_t now_ms) {
  std::random_device device;
  std::array<uint8_t, 10> random;
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(device());
  return tsdb::Ulid::Make(static_cast<uint64_t>(now_ms), random);
}

Status CheckSelector(std::string_view selector) {
  const auto matchers = promql::ParseMetricSelector(selector);
  if (!matchers.ok())
    return InvalidArgument("invalid parameter \"match[]\": ", matchers.status().message());
  if (promql::HasNonEmptyMatcher(*matchers)) return OkStatus();
  return InvalidArgument("match[] must contain at least one non-empty matcher");
}

sdk::HttpReply ErrorReply(const Status& status) {
  const bool is_bad = status.code() == StatusCode::kInvalidArgument;
  std::string body = StrCat(R"({"status":"error","errorType":")", is_bad ? "bad_data" : "internal",
                            R"(","error":)");
  http::AppendHtmlSafeJsonString(body, status.message());
  body.push_back('}');
  return sdk::HttpReply::Json(http::HttpCode(status), std::move(body));
}

}  // namespace

StatusOr<sdk::HttpReply> DeleteSeries(const Request& request) {
  KVS_ASSIGN_OR_RETURN(const http::Params params, ReadParams(request.raw));
  bucket::Deletion deletion;
  for (const std::string_view selector : params.All("match[]")) {
    KVS_RETURN_IF_ERROR(CheckSelector(selector));
    deletion.selectors.emplace_back(selector);
  }
  if (deletion.selectors.empty()) return InvalidArgument("no match[] parameter provided");
  KVS_ASSIGN_OR_RETURN(deletion.start_ms, TimeParam(params, "start", http::kMinTimeMs));
  KVS_ASSIGN_OR_RETURN(const int64_t end_ms, TimeParam(params, "end", http::kMaxTimeMs));
  deletion.end_ms = std::min(end_ms, request.now_ms);
  if (deletion.end_ms < deletion.start_ms)
    return InvalidArgument("end timestamp must not be before start time");
  deletion.id = NewUlid(request.now_ms);
  deletion.created_at_ms = request.now_ms;
  KVS_RETURN_IF_ERROR(CompileRules(deletion).status());
  KVS_RETURN_IF_ERROR(
      request.store
          .Put(bucket::DeletionKey(request.tenant, deletion.id), bucket::FormatDeletion(deletion))
          .status());
  request.lists.Forget(request.tenant);
  return sdk::HttpReply{204, {}, {}};
}

StatusOr<sdk::HttpReply> ListDeletions(const Request& request) {
  request.lists.Forget(request.tenant);
  KVS_ASSIGN_OR_RETURN(const auto list, request.lists.Of(request.store, request.tenant));
  std::string body = R"({"status":"success","data":[)";
  for (const bucket::Deletion& deletion : list->requests) {
    if (&deletion != list->requests.data()) body += ',';
    body += bucket::FormatDeletion(deletion);
  }
  return sdk::HttpReply::Json(200, body + "]}");
}

sdk::Outcome Endpoint::Handle(const sdk::Call& call, const kvs_http_request_t& in,
                              kvs_http_reply_t& out, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  // Request and reply stay valid until the completion.
  executor_.PostWorker([this, call, &in, &out, done] {
    const sdk::StoreClient store(
        store_,
        {.tenant = std::string(call.tenant()), .cancel = call.raw()->cancel, .timeout_ms = 0});
    StatusOr<sdk::HttpReply> reply = function_({in, call.tenant(), store, lists_, clock_.NowMs()});
    sdk::Send(reply.ok() ? *std::move(reply) : ErrorReply(reply.status()), out);
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

}  // namespace kvs::source::deletions

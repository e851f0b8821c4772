// SPDX-License-Identifier: Apache-2.0
#include "endpoint.h"

#include <memory>

#include "kvs/http/json.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"
#include "parameters.h"

namespace kvs::api::prometheus {
namespace {

void WriteTexts(std::string& body, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  StrAppend(body, ",\"", key, "\":[");
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) body.push_back(',');
    http::AppendHtmlSafeJsonString(body, texts[i]);
  }
  body.push_back(']');
}

sdk::HttpReply ErrorReply(const Status& status) {
  const ErrorKind kind = KindOf(status);
  std::string body = StrCat(R"({"status":"error","errorType":")", kind.type, R"(","error":)");
  http::AppendHtmlSafeJsonString(body, status.message());
  body.push_back('}');
  return sdk::HttpReply::Json(kind.http, std::move(body));
}

// A body as it was written, piece by piece.
void SendPieces(std::vector<std::string> pieces, kvs_http_reply_t& out) {
  struct Kept {
    std::vector<std::string> pieces;
    std::vector<kvs_bytes_t> segments;
    const kvs_pair_t content_type{sdk::Str("content-type"), sdk::Str("application/json")};
  };
  auto kept = std::make_unique<Kept>();
  kept->pieces = std::move(pieces);
  for (const std::string& piece : kept->pieces) kept->segments.push_back(sdk::Bytes(std::string_view(piece)));
  out.status = 200;
  out.headers = &kept->content_type;
  out.n_headers = 1;
  out.segments = kept->segments.data();
  out.n_segments = kept->segments.size();
  sdk::HandOut(out, std::move(kept));
}

void Finish(Answer answer, kvs_http_reply_t& out) {
  if (answer.body.size() == kEnvelope.size()) return sdk::Send({204, {}, {}}, out);
  std::vector<std::string> pieces = std::move(answer.more);
  pieces.insert(pieces.begin(), std::move(answer.body));
  WriteTexts(pieces.back(), "warnings", answer.warnings);
  WriteTexts(pieces.back(), "infos", answer.infos);
  pieces.back().push_back('}');
  SendPieces(std::move(pieces), out);
}

}  // namespace

ErrorKind KindOf(const Status& status) {
  // The engine would answer, but not now: senders slow down at 429, and give up at 422.
  const bool later = status.reason() == "too_many_requests" || status.reason() == "err-mimir-query-limited";
  if (status.code() == StatusCode::kResourceExhausted && later) return {"too_many_requests", 429};
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kOutOfRange: return {"bad_data", 400};
    case StatusCode::kFailedPrecondition:
    case StatusCode::kResourceExhausted: return {"execution", 422};
    case StatusCode::kCancelled: return {"canceled", 499};
    case StatusCode::kDeadlineExceeded: return {"timeout", 503};
    case StatusCode::kNotFound: return {"not_found", 404};
    case StatusCode::kUnavailable: return {"unavailable", 503};
    default: return {"internal", 500};
  }
}

sdk::Task Endpoint::Serve(sdk::Call call, const kvs_http_request_t& in, kvs_http_reply_t& out) const {
  co_await sdk::OnWorker(executor_);
  const StatusOr<http::Params> params = ReadParams(in);
  if (!params.ok()) {
    sdk::Send(ErrorReply(params.status()), out);
    co_return OkStatus();
  }
  StatusOr<Answer> answer = co_await function_(call, Request{*params, in});
  if (answer.ok()) {
    Finish(*std::move(answer), out);
  } else {
    sdk::Send(ErrorReply(answer.status()), out);
  }
  co_return OkStatus();
}

sdk::Outcome Endpoint::Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                              sdk::Completer& completer) {
  // Call, request and reply stay valid until the completion.
  return sdk::Run(completer, Serve(call, in, out));
}

}  // namespace kvs::api::prometheus

// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kvs/http/json.h"
#include "kvs/http/params.h"
#include "kvs/http/push.h"
#include "kvs/model/series_key.h"
#include "kvs/model/write_batch_builder.h"

#include "line_protocol.h"
#include "translator.h"

namespace kvs::ingest::influx {
namespace {

// A batch larger than this is rare enough to be made anew.
constexpr size_t kPooledBytes = 16 << 20;
constexpr size_t kPooledBatches = 16;
constexpr std::string_view kTooLarge = "err-mimir-distributor-max-write-message-size";

Status TooLarge(uint64_t size, int64_t limit) {
  return OutOfRange("the Influx request of ", size, " bytes is larger than the limit of ", limit,
                    " bytes (", kTooLarge, ")")
      .WithReason(std::string(kTooLarge));
}

// Version 2's words for what went wrong.
std::string_view CodeOf(int http_status) {
  switch (http_status) {
    case 400:
    case 415:
      return "invalid";
    case 413:
      return "request too large";
    case 429:
      return "too many requests";
    case 503:
      return "unavailable";
    default:
      return "internal error";
  }
}

}  // namespace

InfluxHandler::InfluxHandler(sdk::Host host, Config config)
    : PushEndpoint(host, config, config.inline_size.bytes, "influx"),
      config_(std::move(config)),
      own_metrics_(host.metrics()),
      pool_(kPooledBatches, kPooledBytes) {}

sdk::Outcome InfluxHandler::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  sdk::RouteOptions options;
  options.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_RAW_BODY | KVS_HTTP_LABELS;
  options.max_body_bytes = static_cast<uint64_t>(config_.max_request_size.bytes);
  for (const std::string& path : config_.paths)
    KVS_RETURN_IF_ERROR(http.Add(host().component(), "POST", path, this, options));
  return OkStatus();
}

Status InfluxHandler::Decode(Push& push) {
  push.version = "influx";
  own_metrics_.requests.With({push.call.tenant()}).Add();
  KVS_ASSIGN_OR_RETURN(const http::Params params,
                       http::Params::Parse(sdk::View(push.in.query), {}));
  KVS_ASSIGN_OR_RETURN(const int64_t unit_ns, UnitNs(params.Get("precision")));
  KVS_ASSIGN_OR_RETURN(const wire::Encoding encoding,
                       wire::ParseEncoding(sdk::HeaderOf(push.in, "content-encoding")));
  push.batch = pool_.Get();
  const auto limit = config_.max_request_size.bytes;
  const Status unpacked = wire::Decompress(encoding, sdk::View(push.in.body),
                                           static_cast<size_t>(limit), &push.batch->body);
  if (unpacked.code() == StatusCode::kOutOfRange) return TooLarge(push.in.body.size, limit);
  KVS_RETURN_IF_ERROR(unpacked);
  push.decoded = true;
  push.body_bytes = push.batch->body.size();

  // Mixed with the tenant, so that keys of two tenants are unrelated.
  model::WriteBatchBuilder builder(model::KeyHasher(secret()).Hash(push.call.tenant()).lo);
  LineParser parser(push.batch->body.view());
  Translator translator(unit_ns, host().clock().NowMs(), &builder);
  for (Line line; parser.Next(&line);) translator.Add(line);
  builder.Take(&push.batch->batch);
  push.view.batch = push.batch->Publish();

  if (translator.text_fields() > 0) {
    own_metrics_.text_fields.With({push.call.tenant()})
        .Add(static_cast<double>(translator.text_fields()));
  }
  if (parser.n_errors() > 0) {
    own_metrics_.bad_lines.With({push.call.tenant()}).Add(static_cast<double>(parser.n_errors()));
    std::string text = StrCat(parser.n_errors(), " of the lines could not be read: ");
    for (const std::string& error : parser.errors())
      StrAppend(text, &error == &parser.errors().front() ? "" : "; ", error);
    push.refused = InvalidArgument(text);
    if (push.view.batch->n_series > 0) push.refused = std::move(push.refused).Partial();
  }
  return OkStatus();
}

sdk::HttpReply InfluxHandler::Answer(Push& push, const Status& end) {
  push.view.batch = nullptr;
  push.batch.reset();
  sdk::HttpReply reply;
  reply.status = end.ok() ? 204 : http::PushHttpCode(end);
  if (reply.status < 300) return reply;
  if (end.reason() == kTooLarge) reply.status = 413;
  if (!push.decoded && end.code() == StatusCode::kUnimplemented) reply.status = 415;
  if (http::WantsRetryAfter(reply.status)) {
    const int64_t seconds = http::RetryAfterSeconds(
        sdk::HeaderOf(push.in, "retry-attempt"), config_.retry_after_min.ms,
        config_.retry_after_max.ms, static_cast<uint64_t>(sdk::MonotonicNs()));
    reply.headers.emplace_back(
        "Retry-After", StrCat(std::max<int64_t>(seconds, (end.retry_after_ms() + 999) / 1000)));
  }
  reply.headers.emplace_back("Content-Type", "application/json");
  const std::string text =
      end.partial() ? StrCat("partial write: ", end.message()) : std::string(end.message());
  if (sdk::View(push.in.path).starts_with("/api/v2/")) {
    reply.body = StrCat(R"({"code":")", CodeOf(reply.status), R"(","message":)");
  } else {
    reply.body = R"({"error":)";
  }
  http::AppendJsonString(reply.body, text);
  reply.body += "}\n";
  return reply;
}

}  // namespace kvs::ingest::influx

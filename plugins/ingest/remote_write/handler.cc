// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include <algorithm>
#include <string>

#include "kvs/http/push.h"
#include "kvs/model/series_key.h"
#include "kvs/wire/remote_write.h"

namespace kvs::ingest::remote_write {
namespace {

// A batch larger than this is rare enough to be made anew.
constexpr size_t kPooledBytes = 16 << 20;
constexpr size_t kPooledBatches = 16;

Status TooLarge(uint64_t size, int64_t limit) {
  return InvalidArgument("the push request of ", size, " bytes is larger than the limit of ", limit,
                         " bytes, see -distributor.max-recv-msg-size "
                         "(err-mimir-distributor-max-write-message-size)")
      .WithReason("err-mimir-distributor-max-write-message-size");
}

}  // namespace

PushHandler::PushHandler(sdk::Host host, Config config)
    : PushEndpoint(host, config, config.inline_size.bytes, "push"),
      config_(std::move(config)),
      pool_(kPooledBatches, kPooledBytes) {}

sdk::Outcome PushHandler::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  sdk::RouteOptions options;
  options.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_RAW_BODY | KVS_HTTP_LABELS;
  // Snappy makes nothing longer than this, so a body above it holds a message above the limit.
  // Those just below pass the listener and get the answer that senders of this protocol expect,
  // which is 400.
  const uint64_t limit = static_cast<uint64_t>(config_.max_recv_msg_size.bytes);
  options.max_body_bytes = 32 + limit + limit / 6;
  return http.Add(host().component(), "POST", config_.path, this, options);
}

Status PushHandler::Decode(Push& push) {
  push.version = "1.0";
  const auto limit = config_.max_recv_msg_size.bytes;
  if (push.in.body.size > static_cast<uint64_t>(limit)) return TooLarge(push.in.body.size, limit);
  KVS_ASSIGN_OR_RETURN(push.protocol, ProtocolOf(sdk::HeaderOf(push.in, "content-type")));
  if (push.protocol == Protocol::kV2) push.version = "2.0";
  const std::string_view named = sdk::HeaderOf(push.in, "content-encoding");
  KVS_ASSIGN_OR_RETURN(const wire::Encoding encoding,
                       wire::ParseEncoding(named.empty() ? "snappy" : named));

  push.batch = pool_.Get();
  const Status unpacked = wire::Decompress(encoding, sdk::View(push.in.body),
                                           static_cast<size_t>(limit), &push.batch->body);
  if (unpacked.code() == StatusCode::kOutOfRange) return TooLarge(push.in.body.size, limit);
  KVS_RETURN_IF_ERROR(unpacked);
  push.body_bytes = push.batch->body.size();

  // Mixed with the tenant, so that keys of two tenants are unrelated.
  const uint64_t seed = model::KeyHasher(secret()).Hash(push.call.tenant()).lo;
  wire::RejectedParts rejected;
  if (push.protocol == Protocol::kV1) {
    KVS_RETURN_IF_ERROR(
        wire::DecodeWriteRequestV1(push.batch->body.span(), seed, &push.batch->batch));
  } else {
    KVS_RETURN_IF_ERROR(
        wire::DecodeWriteRequestV2(push.batch->body.span(), seed, &push.batch->batch, &rejected));
  }
  push.decoded = true;
  push.view.batch = push.batch->Publish();
  if (!rejected.empty()) {
    std::string text;
    for (const std::string& error : rejected.errors)
      StrAppend(text, text.empty() ? "" : "\n", error);
    push.refused = InvalidArgument(text).Partial();
  }
  return OkStatus();
}

sdk::HttpReply PushHandler::Answer(Push& push, const Status& end) {
  sdk::HttpReply reply;
  const bool unsupported = !push.decoded && end.code() == StatusCode::kUnimplemented;
  reply.status = unsupported ? 415 : http::PushHttpCode(end);
  if (!end.ok()) {
    reply.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                     {"X-Content-Type-Options", "nosniff"}};
    reply.body = StrCat(end.message(), "\n");
  }
  if (http::WantsRetryAfter(reply.status)) {
    const int64_t seconds = http::RetryAfterSeconds(
        sdk::HeaderOf(push.in, "retry-attempt"), config_.retry_after_min.ms,
        config_.retry_after_max.ms, static_cast<uint64_t>(sdk::MonotonicNs()));
    reply.headers.emplace_back(
        "Retry-After", StrCat(std::max<int64_t>(seconds, (end.retry_after_ms() + 999) / 1000)));
  }
  if (push.protocol == Protocol::kV2 && push.decoded) {
    reply.headers.emplace_back("X-Prometheus-Remote-Write-Samples-Written",
                               StrCat(push.result.samples_accepted));
    reply.headers.emplace_back("X-Prometheus-Remote-Write-Histograms-Written",
                               StrCat(push.result.histograms_accepted));
    reply.headers.emplace_back("X-Prometheus-Remote-Write-Exemplars-Written",
                               StrCat(push.result.exemplars_accepted));
  }
  push.view.batch = nullptr;
  push.batch.reset();
  return reply;
}

}  // namespace kvs::ingest::remote_write

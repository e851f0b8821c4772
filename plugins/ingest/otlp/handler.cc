// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kvs/http/push.h"
#include "kvs/model/series_key.h"

namespace kvs::ingest::otlp {
namespace {

// A batch or a workspace larger than this is rare enough to be made anew.
constexpr size_t kPooledBytes = 16 << 20;
constexpr size_t kPooled = 16;
constexpr std::string_view kTooLarge = "err-mimir-distributor-max-otlp-request-size";

Status TooLarge(uint64_t size, int64_t limit) {
  return OutOfRange("the OTLP request of ", size, " bytes is larger than the limit of ", limit,
                    " bytes, see -distributor.max-otlp-request-size (", kTooLarge, ")")
      .WithReason(std::string(kTooLarge));
}

}  // namespace

OtlpHandler::OtlpHandler(sdk::Host host, Config config)
    : PushEndpoint(host, config, config.inline_size.bytes, "otlp"),
      config_(std::move(config)),
      settings_(config_.TranslatorSettings(), host.log()),
      own_metrics_(host.metrics()),
      pool_(kPooled, kPooledBytes) {
  if (config_.TranslatorSettings().delta != DeltaMode::kCumulative) return;
  streams_.emplace(static_cast<size_t>(config_.delta_max_streams), config_.delta_max_idle.ms,
                   secret());
  collect_ = [this] { own_metrics_.delta_streams.Set(static_cast<double>(streams_->size())); };
}

sdk::Outcome OtlpHandler::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  if (collect_) host().metrics().OnCollect(&collect_);
  sdk::RouteOptions options;
  options.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_RAW_BODY | KVS_HTTP_LABELS;
  options.max_body_bytes = static_cast<uint64_t>(config_.max_request_size.bytes);
  return http.Add(host().component(), "POST", config_.path, this, options);
}

std::unique_ptr<OtlpHandler::Workspace> OtlpHandler::Borrow() {
  const std::lock_guard lock(mutex_);
  if (workspaces_.empty()) return std::make_unique<Workspace>();
  std::unique_ptr<Workspace> workspace = std::move(workspaces_.back());
  workspaces_.pop_back();
  return workspace;
}

void OtlpHandler::GiveBack(std::unique_ptr<Workspace> workspace) {
  if (workspace->body.capacity() + workspace->request.CapacityBytes() > kPooledBytes) return;
  const std::lock_guard lock(mutex_);
  if (workspaces_.size() < kPooled) workspaces_.push_back(std::move(workspace));
}

StatusOr<Settings> OtlpHandler::SettingsOf(const Push& push) {
  KVS_ASSIGN_OR_RETURN(const std::shared_ptr<const Settings> of_tenant,
                       settings_.Of(limiter, push.call));
  Settings settings = *of_tenant;
  const std::string_view strategy = sdk::HeaderOf(push.in, "x-mimir-otlp-translationstrategy");
  const std::string_view suffixes = sdk::HeaderOf(push.in, "x-mimir-otlp-addsuffixes");
  if (!strategy.empty()) {
    KVS_ASSIGN_OR_RETURN(settings.strategy, StrategyOf(strategy));
  }
  if (!suffixes.empty()) {
    if (suffixes != "true" && suffixes != "false") {
      return InvalidArgument("header X-Mimir-OTLP-AddSuffixes is \"", suffixes,
                             "\", and must be true or false");
    }
    settings.strategy.suffixes = suffixes == "true";
  }
  settings.labels.escape = settings.strategy.escape;
  return settings;
}

Status OtlpHandler::Unpack(const Push& push, Workspace* workspace) const {
  const auto limit = config_.max_request_size.bytes;
  KVS_ASSIGN_OR_RETURN(const wire::Encoding encoding,
                       wire::ParseEncoding(sdk::HeaderOf(push.in, "content-encoding")));
  const Status unpacked = wire::Decompress(encoding, sdk::View(push.in.body),
                                           static_cast<size_t>(limit), &workspace->body);
  if (unpacked.code() == StatusCode::kOutOfRange) return TooLarge(push.in.body.size, limit);
  KVS_RETURN_IF_ERROR(unpacked);
  return push.encoding == Encoding::kProtobuf
             ? wire::otlp::Decode(workspace->body.span(), &workspace->request)
             : wire::otlp::DecodeJson(workspace->body.view(), &workspace->request);
}

Status OtlpHandler::Decode(Push& push) {
  push.version = "otlp";
  own_metrics_.requests.With({push.call.tenant()}).Add();
  KVS_ASSIGN_OR_RETURN(push.encoding, EncodingOf(sdk::HeaderOf(push.in, "content-type")));
  KVS_ASSIGN_OR_RETURN(const Settings settings, SettingsOf(push));

  std::unique_ptr<Workspace> workspace = Borrow();
  KVS_RETURN_IF_ERROR(Unpack(push, workspace.get()));
  push.decoded = true;
  push.body_bytes = workspace->body.size();
  push.points = workspace->request.n_points();
  own_metrics_.by_content_type.With({ContentTypeOf(push.encoding)}).Add();
  own_metrics_.points.With({push.call.tenant()}).Add(static_cast<double>(push.points));

  // Mixed with the tenant, so that keys of two tenants are unrelated.
  workspace->builder.Clear(model::KeyHasher(secret()).Hash(push.call.tenant()).lo);
  Translator translator(settings, streams_ ? &*streams_ : nullptr, push.call.tenant(),
                        host().clock().NowMs(), &workspace->builder);
  translator.Translate(workspace->request, &push.report);
  push.batch = pool_.Get();
  workspace->builder.Take(&push.batch->batch);
  push.view.batch = push.batch->Publish();
  GiveBack(std::move(workspace));

  if (push.report.rejected_points > 0) {
    own_metrics_.rejected_points.With({push.call.tenant()})
        .Add(static_cast<double>(push.report.rejected_points));
  }
  if (!push.report.empty()) {
    push.refused = InvalidArgument(push.report.errors.front());
    if (push.report.rejected_points < push.points || push.points == 0)
      push.refused = std::move(push.refused).Partial();
  }
  return OkStatus();
}

sdk::HttpReply OtlpHandler::Answer(Push& push, const Status& end) {
  sdk::HttpReply reply;
  reply.headers = {{"Content-Type", std::string(ContentTypeOf(push.encoding))}};
  const kvs_write_batch_t* const batch = push.view.batch;
  const uint64_t sent =
      batch == nullptr ? 0
                       : uint64_t{batch->n_samples} +
                             (batch->histograms == nullptr ? 0 : batch->histograms->n_histograms);
  const uint64_t written = push.result.samples_accepted + push.result.histograms_accepted;
  push.view.batch = nullptr;
  push.batch.reset();

  const bool partial = end.partial() && (written > 0 || sent == 0);
  reply.status = partial ? 200 : http::PushHttpCode(end);
  if (reply.status < 300) {
    std::string why;
    for (const std::string& error : push.report.errors)
      StrAppend(why, why.empty() ? "" : "; ", error);
    uint64_t rejected = push.report.rejected_points;
    if (partial && written < sent) {
      // A point may be several samples; no more of them were refused than there are.
      rejected += std::min(push.points - rejected, sent - written);
      StrAppend(why, why.empty() ? "" : "; ", end.message());
    }
    reply.body = SuccessBody(push.encoding, rejected, why);
    return reply;
  }
  if (end.reason() == kTooLarge) reply.status = 413;
  if (!push.decoded && end.code() == StatusCode::kUnimplemented) reply.status = 415;
  // Exporters try again after 429, 502, 503 and 504, and after no other code.
  if (reply.status >= 500 && reply.status != 501) reply.status = 503;
  if (http::WantsRetryAfter(reply.status)) {
    const int64_t seconds = http::RetryAfterSeconds(
        sdk::HeaderOf(push.in, "retry-attempt"), config_.retry_after_min.ms,
        config_.retry_after_max.ms, static_cast<uint64_t>(sdk::MonotonicNs()));
    reply.headers.emplace_back(
        "Retry-After", StrCat(std::max<int64_t>(seconds, (end.retry_after_ms() + 999) / 1000)));
  }
  reply.body = ErrorBody(push.encoding, end);
  return reply;
}

}  // namespace kvs::ingest::otlp

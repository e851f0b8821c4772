// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include <memory>
#include <utility>

#include "kvs/base/quote.h"
#include "kvs/http/params.h"
#include "kvs/http/status_code.h"
#include "kvs/sdk/call.h"
#include "kvs/wire/compression.h"
#include "kvs/wire/protobuf.h"

#include "chunk_stream.h"
#include "query.h"
#include "samples.h"

namespace kvs::api::remote_read {
namespace {

constexpr std::string_view kSamplesType = "application/x-protobuf";
constexpr std::string_view kChunksType =
    "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";

// What a reader asks too much of is its mistake, as in Prometheus.
constexpr http::CodeOverride kCodes[] = {{StatusCode::kOutOfRange, 400}};

// What is known to be missing, as HTTP says it; readers pass it over, people do not.
void AddWarnings(const std::vector<std::string>& warnings, sdk::HttpReply& reply) {
  for (const std::string& warning : warnings)
    reply.headers.emplace_back("Warning", StrCat("199 kvasir ", Quote(warning)));
}

std::string_view NameOf(wire::ReadResponseType type) {
  return type == wire::ReadResponseType::kSamples ? "samples" : "streamed_xor_chunks";
}

}  // namespace

ReadHandler::ReadHandler(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      log_(host.log()),
      metrics_(host.metrics()),
      rules_(host),
      executor_(host.executor()),
      turns_(executor_, config_.max_concurrent, config_.max_waiting) {}

sdk::Outcome ReadHandler::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  sdk::RouteOptions options;
  options.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_RAW_BODY | KVS_HTTP_FEDERATION | KVS_HTTP_READS |
                  KVS_HTTP_LABELS;
  options.max_body_bytes = static_cast<uint64_t>(config_.max_request_size.bytes);
  return http.Add(host_.component(), "POST", config_.path, this, options);
}

sdk::Outcome ReadHandler::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  http.RemoveAll(host_.component());
  return OkStatus();
}

sdk::Outcome ReadHandler::Handle(const sdk::Call& call, const kvs_http_request_t& in,
                                 kvs_http_reply_t& out, sdk::Completer& completer) {
  const auto done = std::make_shared<sdk::Completion>(completer.Defer());
  const kvs_call_t* const raw = call.raw();
  const bool admitted = turns_.Admit(
      call.tenant(), [this, raw, done, &in, &out](std::shared_ptr<ReadTurns::Turn> turn) {
        const Status status = Answer(sdk::Call(raw), in, std::move(turn), out);
        if (!status.ok()) {
          sdk::Send(sdk::HttpReply::PlainText(http::HttpCode(status, kCodes),
                                              StrCat(status.message(), "\n")),
                    out);
        }
        (*done)(OkStatus());
      });
  if (!admitted) {
    metrics_.refused.Add();
    executor_.PostWorker([this, done, &out] {
      sdk::HttpReply reply = sdk::HttpReply::PlainText(
          429, StrCat("too many remote reads are waiting: ", config_.max_waiting,
                      ", see max_waiting\n"));
      reply.headers.emplace_back("Retry-After", "1");
      sdk::Send(std::move(reply), out);
      (*done)(OkStatus());
    });
  }
  return sdk::Pending();
}

Status ReadHandler::Answer(const sdk::Call& call, const kvs_http_request_t& in,
                           std::shared_ptr<ReadTurns::Turn> turn, kvs_http_reply_t& out) {
  KVS_RETURN_IF_ERROR(call.CheckAlive());
  KVS_ASSIGN_OR_RETURN(const http::Params params, http::Params::Parse(sdk::View(in.query)));
  KVS_RETURN_IF_ERROR(rules_.Check(limits, call, in, params));
  const std::string_view named = sdk::HeaderOf(in, "content-encoding");
  KVS_ASSIGN_OR_RETURN(const wire::Encoding encoding,
                       wire::ParseEncoding(named.empty() ? "snappy" : named));
  wire::ByteBuffer body;
  KVS_RETURN_IF_ERROR(wire::Decompress(encoding, sdk::View(in.body),
                                       static_cast<size_t>(config_.max_request_size.bytes), &body));
  wire::ReadRequest request;
  KVS_RETURN_IF_ERROR(wire::DecodeReadRequest(body.span(), &request));
  KVS_ASSIGN_OR_RETURN(const wire::ReadResponseType type, wire::NegotiateReadResponse(request));
  metrics_.requests.With({NameOf(type), call.tenant()}).Add();
  sdk::HttpReply reply;
  if (type == wire::ReadResponseType::kSamples)
    return AnswerSamples(call, request, std::move(reply), out);

  reply.headers = {{"Content-Type", std::string(kChunksType)}};
  auto stream =
      std::make_unique<ChunkStream>(StreamContext{source, executor_, log_, metrics_, config_}, call,
                                    std::move(request), std::move(turn));
  KVS_RETURN_IF_ERROR(stream->Begin(&reply.body));
  AddWarnings(stream->warnings(), reply);
  sdk::Send(std::move(reply), std::move(stream), out);
  return OkStatus();
}

Status ReadHandler::AnswerSamples(const sdk::Call& parent, const wire::ReadRequest& request,
                                  sdk::HttpReply reply, kvs_http_reply_t& out) {
  sdk::OwnedCall owned(parent, parent.tenant());
  const sdk::Call call = owned.WithTimeoutMs(config_.timeout.ms);
  std::string message;
  std::vector<std::string> warnings;
  for (const wire::ReadQuery& query : request.queries)
    KVS_RETURN_IF_ERROR(AddSamples(call, query, &message, &warnings));
  for (const std::string& warning : warnings)
    log_.Warn("an answer to a remote read is not complete",
              {{"user", call.tenant()}, {"warning", warning}});
  metrics_.response_bytes.With({call.tenant()}).Add(static_cast<double>(message.size()));
  wire::ByteBuffer packed;
  KVS_RETURN_IF_ERROR(
      wire::Compress(wire::Encoding::kSnappy,
                     {reinterpret_cast<const uint8_t*>(message.data()), message.size()}, &packed));
  reply.headers = {{"Content-Type", std::string(kSamplesType)}, {"Content-Encoding", "snappy"}};
  AddWarnings(warnings, reply);
  reply.body = packed.view();
  sdk::Send(std::move(reply), out);
  return OkStatus();
}

Status ReadHandler::CheckSize(const std::string& body) const {
  if (body.size() <= static_cast<uint64_t>(config_.max_response_size.bytes)) return OkStatus();
  return OutOfRange("the answer is larger than ", config_.max_response_size.bytes,
                    " bytes, see max_response_size; ask for less at a time");
}

Status ReadHandler::AddSamples(const sdk::Call& call, const wire::ReadQuery& query,
                               std::string* body, std::vector<std::string>* warnings) {
  const size_t result = wire::BeginMessage(*body, 1);
  Samples samples;
  HistogramParts parts;
  int64_t n = 0;
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(OpenQuery(source, call, query, /*sorted=*/false, &selection));
  while (true) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) break;
    for (uint32_t row = 0; row < batch->n_series; ++row) {
      KVS_RETURN_IF_ERROR(samples.Read(ChunksOf(*batch, row), query.min_ms, query.max_ms));
      if (samples.size() == 0) continue;
      n += static_cast<int64_t>(samples.size());
      if (config_.sample_limit != 0 && n > config_.sample_limit)
        return OutOfRange("exceeded sample limit (", config_.sample_limit, ")");
      const size_t series = wire::BeginMessage(*body, 1);
      AppendLabels(*body, batch->labels, row);
      for (const FloatSample& sample : samples.floats())
        wire::AppendReadSample(*body, sample.t, sample.v);
      for (const HistogramSample& sample : samples.histograms())
        wire::AppendReadHistogram(*body, parts.Set(sample));
      wire::EndMessage(*body, series);
      KVS_RETURN_IF_ERROR(CheckSize(*body));
    }
  }
  wire::EndMessage(*body, result);
  selection.AddWarnings(warnings);
  selection.AddLateWarnings(warnings);
  return OkStatus();
}

}  // namespace kvs::api::remote_read

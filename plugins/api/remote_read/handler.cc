// SPDX-License-Identifier: Apache-2.0
#include "handler.h"

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kvs/http/status_code.h"
#include "kvs/sdk/call.h"
#include "kvs/wire/compression.h"
#include "kvs/wire/protobuf.h"

#include "samples.h"

namespace kvs::api::remote_read {
namespace {

constexpr std::string_view kSamplesType = "application/x-protobuf";
constexpr std::string_view kChunksType =
    "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse";

// What a reader asks too much of is its mistake, as in Prometheus.
constexpr http::CodeOverride kCodes[] = {{StatusCode::kOutOfRange, 400}};

std::span<const kvs_chunk_t> ChunksOf(const kvs_series_batch_t& batch, uint32_t row) {
  if (batch.chunk_begin == nullptr) return {};
  return {batch.chunks + batch.chunk_begin[row],
          batch.chunk_begin[row + 1] - batch.chunk_begin[row]};
}

void AppendLabels(std::string& out, const kvs_label_columns_t& labels, uint32_t row) {
  for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
    wire::AppendReadLabel(out, {sdk::View(labels.symbols[labels.refs[i]]),
                                sdk::View(labels.symbols[labels.refs[i + 1]])});
  }
}

std::string_view NameOf(wire::ReadResponseType type) {
  return type == wire::ReadResponseType::kSamples ? "samples" : "streamed_xor_chunks";
}

}  // namespace

ReadHandler::ReadHandler(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      metrics_(host.metrics()),
      executor_(host.executor()) {}

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
  const bool admitted = Admit([this, raw, done, &in, &out] {
    StatusOr<Answer> answer = Read(sdk::Call(raw), in);
    sdk::HttpReply reply;
    if (answer.ok()) {
      const bool samples = answer->type == wire::ReadResponseType::kSamples;
      reply.headers = {{"Content-Type", std::string(samples ? kSamplesType : kChunksType)}};
      if (samples) reply.headers.emplace_back("Content-Encoding", "snappy");
      reply.body = std::move(answer->body);
    } else {
      reply = sdk::HttpReply::PlainText(http::HttpCode(answer.status(), kCodes),
                                        StrCat(answer.status().message(), "\n"));
    }
    sdk::Send(std::move(reply), out);
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

bool ReadHandler::Admit(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (running_ == config_.max_concurrent) {
      if (static_cast<int64_t>(waiting_.size()) >= config_.max_waiting) return false;
      waiting_.push_back(std::move(work));
      return true;
    }
    ++running_;
  }
  executor_.PostWorker([this, work = std::move(work)] { RunInTurn(work); });
  return true;
}

void ReadHandler::RunInTurn(const std::function<void()>& work) {
  work();
  std::function<void()> next;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      --running_;
      return;
    }
    next = std::move(waiting_.front());
    waiting_.pop_front();
  }
  executor_.PostWorker([this, next = std::move(next)] { RunInTurn(next); });
}

StatusOr<ReadHandler::Answer> ReadHandler::Read(const sdk::Call& parent,
                                                const kvs_http_request_t& in) {
  sdk::OwnedCall owned(parent, parent.tenant());
  const sdk::Call call = owned.WithTimeoutMs(config_.timeout.ms);
  KVS_RETURN_IF_ERROR(call.CheckAlive());
  const std::string_view named = sdk::HeaderOf(in, "content-encoding");
  KVS_ASSIGN_OR_RETURN(const wire::Encoding encoding,
                       wire::ParseEncoding(named.empty() ? "snappy" : named));
  wire::ByteBuffer body;
  KVS_RETURN_IF_ERROR(wire::Decompress(encoding, sdk::View(in.body),
                                       static_cast<size_t>(config_.max_request_size.bytes), &body));
  wire::ReadRequest request;
  KVS_RETURN_IF_ERROR(wire::DecodeReadRequest(body.span(), &request));
  Answer answer;
  KVS_ASSIGN_OR_RETURN(answer.type, wire::NegotiateReadResponse(request));
  metrics_.requests.With({NameOf(answer.type), call.tenant()}).Add();

  if (answer.type == wire::ReadResponseType::kStreamedXorChunks) {
    for (size_t i = 0; i < request.queries.size(); ++i)
      KVS_RETURN_IF_ERROR(AddChunks(call, request.queries[i], i, &answer.body));
    metrics_.response_bytes.With({call.tenant()}).Add(static_cast<double>(answer.body.size()));
    return answer;
  }
  std::string message;
  for (const wire::ReadQuery& query : request.queries)
    KVS_RETURN_IF_ERROR(AddSamples(call, query, &message));
  metrics_.response_bytes.With({call.tenant()}).Add(static_cast<double>(message.size()));
  wire::ByteBuffer packed;
  KVS_RETURN_IF_ERROR(
      wire::Compress(wire::Encoding::kSnappy,
                     {reinterpret_cast<const uint8_t*>(message.data()), message.size()}, &packed));
  answer.body = packed.view();
  return answer;
}

Status ReadHandler::EachSeries(
    const sdk::Call& call, const wire::ReadQuery& query, bool sorted,
    const std::function<Status(const kvs_series_batch_t&, uint32_t)>& each) {
  std::vector<kvs_matcher_t> matchers;
  for (const wire::ReadMatcher& matcher : query.matchers) {
    if (matcher.type > KVS_MATCH_NOT_REGEX)
      return InvalidArgument("matcher of label ", matcher.name, " has the unknown type ",
                             matcher.type);
    matchers.push_back(
        {sdk::Str(matcher.name), sdk::Str(matcher.value), static_cast<int32_t>(matcher.type), 0});
  }
  auto select = sdk::Record<kvs_select_t>();
  select.flags = sorted ? KVS_SELECT_SORTED : 0;
  select.min_ms = query.min_ms;
  select.max_ms = query.max_ms;
  select.matchers = {matchers.data(), matchers.size()};
  select.func = sdk::Str(query.hints.func);
  select.step_ms = query.hints.step_ms;
  select.range_ms = query.hints.range_ms;
  sdk::OpenSelection selection;
  KVS_RETURN_IF_ERROR(sdk::Await(source.select(), call, &select, selection.out()));
  while (true) {
    KVS_RETURN_IF_ERROR(call.CheckAlive());
    KVS_ASSIGN_OR_RETURN(const sdk::BatchPtr batch, selection.Next(call));
    if (batch == nullptr) return OkStatus();
    for (uint32_t row = 0; row < batch->n_series; ++row) KVS_RETURN_IF_ERROR(each(*batch, row));
  }
}

Status ReadHandler::CheckSize(const std::string& body) const {
  if (body.size() <= static_cast<uint64_t>(config_.max_response_size.bytes)) return OkStatus();
  return OutOfRange("the answer is larger than ", config_.max_response_size.bytes,
                    " bytes, see max_response_size; ask for less at a time");
}

Status ReadHandler::AddSamples(const sdk::Call& call, const wire::ReadQuery& query,
                               std::string* body) {
  const size_t result = wire::BeginMessage(*body, 1);
  Samples samples;
  HistogramParts parts;
  int64_t n = 0;
  KVS_RETURN_IF_ERROR(EachSeries(
      call, query, /*sorted=*/false, [&](const kvs_series_batch_t& batch, uint32_t row) -> Status {
        KVS_RETURN_IF_ERROR(samples.Read(ChunksOf(batch, row), query.min_ms, query.max_ms));
        if (samples.size() == 0) return OkStatus();
        n += static_cast<int64_t>(samples.size());
        if (config_.sample_limit != 0 && n > config_.sample_limit)
          return OutOfRange("exceeded sample limit (", config_.sample_limit, ")");
        const size_t series = wire::BeginMessage(*body, 1);
        AppendLabels(*body, batch.labels, row);
        for (const FloatSample& sample : samples.floats())
          wire::AppendReadSample(*body, sample.t, sample.v);
        for (const HistogramSample& sample : samples.histograms())
          wire::AppendReadHistogram(*body, parts.Set(sample));
        wire::EndMessage(*body, series);
        return CheckSize(*body);
      }));
  wire::EndMessage(*body, result);
  return OkStatus();
}

Status ReadHandler::AddChunks(const sdk::Call& call, const wire::ReadQuery& query, uint64_t index,
                              std::string* body) {
  Samples samples;
  std::string frame;
  return EachSeries(call, query, /*sorted=*/true,
                    [&](const kvs_series_batch_t& batch, uint32_t row) -> Status {
                      frame.clear();
                      AppendLabels(frame, batch.labels, row);
                      const size_t labels = frame.size();
                      const auto add = [&](int64_t min_ms, int64_t max_ms, uint8_t encoding,
                                           std::span<const uint8_t> data) {
                        // A long series goes on in a frame of its own, with its labels again.
                        if (frame.size() > labels &&
                            frame.size() + data.size() >
                                static_cast<uint64_t>(config_.max_bytes_in_frame.bytes)) {
                          wire::AppendReadFrame(*body, frame, index);
                          frame.resize(labels);
                        }
                        wire::AppendReadChunk(frame, min_ms, max_ms, encoding, data);
                      };
                      const std::span<const kvs_chunk_t> chunks = ChunksOf(batch, row);
                      if (CanPass(chunks)) {
                        for (const kvs_chunk_t& c : chunks)
                          add(c.min_ms, c.max_ms, c.encoding, {c.data, c.size});
                      } else {
                        metrics_.recoded_series.Add();
                        KVS_RETURN_IF_ERROR(samples.Read(chunks, query.min_ms, query.max_ms));
                        samples.Recode(add);
                      }
                      if (frame.size() > labels) wire::AppendReadFrame(*body, frame, index);
                      return CheckSize(*body);
                    });
}

}  // namespace kvs::api::remote_read

// SPDX-License-Identifier: Apache-2.0
#include "chunk_stream.h"

#include <span>
#include <utility>

#include "kvs/wire/protobuf.h"

#include "query.h"

namespace kvs::api::remote_read {
namespace {

// Frames go out together up to this many bytes, but none waits for a batch that is not there yet.
constexpr size_t kPieceBytes = 256 << 10;

}  // namespace

ChunkStream::ChunkStream(StreamContext context, const sdk::Call& call, wire::ReadRequest request,
                         std::shared_ptr<ReadTurns::Turn> turn)
    : context_(context),
      owned_(call, call.tenant()),
      call_(owned_.WithTimeoutMs(context.config.timeout.ms)),
      request_(std::move(request)),
      turn_(std::move(turn)) {}

Status ChunkStream::Begin(std::string* first) {
  KVS_RETURN_IF_ERROR(Fill());
  *first = std::exchange(piece_, {});
  return OkStatus();
}

sdk::Outcome ChunkStream::Next(const sdk::Call& /*call*/, kvs_http_piece_t& out,
                               sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  context_.executor.PostWorker([this, &out, done] {
    const Status status = Fill();
    if (!status.ok()) {
      context_.log.Warn("an answer to a remote read was broken off",
                        {{"user", call_.tenant()}, {"error", status.message()}});
      return (*done)(status);
    }
    if (piece_.empty()) return done->Raw(KVS_END);
    out.bytes = sdk::Bytes(std::string_view(piece_));
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

Status ChunkStream::Fill() {
  piece_.clear();
  while (piece_.size() < kPieceBytes) {
    KVS_RETURN_IF_ERROR(call_.CheckAlive());
    if (batch_ != nullptr && row_ < batch_->n_series) {
      KVS_RETURN_IF_ERROR(AddSeries(row_++));
      continue;
    }
    if (!piece_.empty()) break;
    if (selection_ == nullptr) {
      if (query_ == request_.queries.size()) break;
      KVS_RETURN_IF_ERROR(OpenNext());
    }
    KVS_ASSIGN_OR_RETURN(batch_, selection_->Next(call_));
    row_ = 0;
    if (batch_ == nullptr) EndQuery();
  }
  context_.metrics.response_bytes.With({call_.tenant()}).Add(static_cast<double>(piece_.size()));
  return OkStatus();
}

Status ChunkStream::OpenNext() {
  auto selection = std::make_unique<sdk::OpenSelection>();
  KVS_RETURN_IF_ERROR(OpenQuery(context_.source, call_, request_.queries[query_], /*sorted=*/true,
                                selection.get()));
  selection->AddWarnings(&warnings_);
  selection_ = std::move(selection);
  return OkStatus();
}

void ChunkStream::EndQuery() {
  selection_->AddLateWarnings(&warnings_);
  selection_.reset();
  if (++query_ < request_.queries.size()) return;
  for (const std::string& warning : warnings_)
    context_.log.Warn("an answer to a remote read is not complete",
                      {{"user", call_.tenant()}, {"warning", warning}});
}

Status ChunkStream::AddSeries(uint32_t row) {
  const wire::ReadQuery& query = request_.queries[query_];
  frame_.clear();
  AppendLabels(frame_, batch_->labels, row);
  const size_t labels = frame_.size();
  const auto add = [&](int64_t min_ms, int64_t max_ms, uint8_t encoding,
                       std::span<const uint8_t> data) {
    // A long series goes on in a frame of its own, with its labels again.
    if (frame_.size() > labels &&
        frame_.size() + data.size() >
            static_cast<uint64_t>(context_.config.max_bytes_in_frame.bytes)) {
      wire::AppendReadFrame(piece_, frame_, query_);
      frame_.resize(labels);
    }
    wire::AppendReadChunk(frame_, min_ms, max_ms, encoding, data);
  };
  const std::span<const kvs_chunk_t> chunks = ChunksOf(*batch_, row);
  if (CanPass(chunks)) {
    for (const kvs_chunk_t& c : chunks) add(c.min_ms, c.max_ms, c.encoding, {c.data, c.size});
  } else {
    context_.metrics.recoded_series.Add();
    KVS_RETURN_IF_ERROR(samples_.Read(chunks, query.min_ms, query.max_ms));
    samples_.Recode(add);
  }
  if (frame_.size() > labels) wire::AppendReadFrame(piece_, frame_, query_);
  return OkStatus();
}

}  // namespace kvs::api::remote_read

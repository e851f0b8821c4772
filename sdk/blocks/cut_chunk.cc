// SPDX-License-Identifier: Apache-2.0
#include "kvs/blocks/cut_chunk.h"

#include <algorithm>

#include "kvs/chunk/aggregates.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

namespace kvs::blocks {
namespace {

// Hands over what a builder has.
template <typename Builder>
void Ship(const Builder& builder, chunk::Encoding encoding, int64_t min_ms, int64_t max_ms,
          std::vector<OwnedChunk>* out) {
  const auto bytes = builder.bytes();
  out->push_back({min_ms, max_ms, encoding, tsdb::Bytes(bytes.begin(), bytes.end())});
}

Status CutXor(std::span<const uint8_t> bytes, std::span<const tsdb::Tombstone> deleted,
              std::vector<OwnedChunk>* out) {
  chunk::XorDecoder in(bytes);
  chunk::XorChunkBuilder builder;
  int64_t t, first = 0, last = 0;
  double v;
  while (in.Next(&t, &v)) {
    if (tsdb::IsDeleted(deleted, t)) continue;
    if (builder.empty()) first = t;
    last = t;
    builder.Append(t, v);
  }
  KVS_RETURN_IF_ERROR(in.status());
  if (!builder.empty()) Ship(builder, chunk::Encoding::kXor, first, last, out);
  return OkStatus();
}

Status CutXor2(std::span<const uint8_t> bytes, std::span<const tsdb::Tombstone> deleted,
               std::vector<OwnedChunk>* out) {
  chunk::Xor2Decoder in(bytes);
  chunk::Xor2ChunkBuilder builder;
  int64_t t, start, first = 0, last = 0;
  double v;
  while (in.Next(&t, &v, &start)) {
    if (tsdb::IsDeleted(deleted, t)) continue;
    if (builder.empty()) first = t;
    last = t;
    builder.Append(start, t, v);
  }
  KVS_RETURN_IF_ERROR(in.status());
  if (!builder.empty()) Ship(builder, chunk::Encoding::kXor2, first, last, out);
  return OkStatus();
}

template <typename H>
Status CutHistograms(std::span<const uint8_t> bytes, chunk::Starts starts,
                     std::span<const tsdb::Tombstone> deleted, std::vector<OwnedChunk>* out) {
  chunk::BasicHistogramDecoder<H> in(bytes, starts);
  chunk::BasicHistogramChunkBuilder<H> builder(starts);
  H h;
  int64_t first = 0;
  while (in.Next()) {
    const int64_t t = in.t();
    if (tsdb::IsDeleted(deleted, t)) continue;
    in.Read(&h);
    if (builder.empty()) first = t;
    if (builder.Append(t, h, in.start()) == chunk::AppendOutcome::kNewChunk) {
      Ship(builder, builder.encoding(), first, builder.last_t(), out);
      builder.Cut();
      first = t;
      if (builder.Append(t, h, in.start()) == chunk::AppendOutcome::kNewChunk) {
        return Internal("an empty chunk refused a histogram");
      }
    }
  }
  KVS_RETURN_IF_ERROR(in.status());
  if (!builder.empty()) Ship(builder, builder.encoding(), first, builder.last_t(), out);
  return OkStatus();
}

// A window goes when anything of it is deleted: what is left of it nobody knows. It begins behind
// the one before. The counter goes on as if nothing had happened in between.
Status CutAggregates(std::span<const uint8_t> bytes, std::span<const tsdb::Tombstone> deleted,
                     std::vector<OwnedChunk>* out) {
  KVS_ASSIGN_OR_RETURN(const auto parts, chunk::AggregateParts::Parse(bytes));
  chunk::AggregateReader in(parts);
  chunk::XorDecoder counter(parts.of(chunk::Aggregate::kCounter));
  chunk::AggregatesBuilder builder;
  int64_t counter_t = 0;
  double counter_v = 0;
  bool has_counter = counter.Next(&counter_t, &counter_v);
  chunk::AggregateWindow window;
  bool is_first = true;
  int64_t before = 0, first = 0, last = 0;
  while (in.Next(&window)) {
    const int64_t begin = !is_first     ? before + 1
                          : has_counter ? std::min(counter_t, window.t)
                                        : window.t;
    const bool is_deleted = std::any_of(deleted.begin(), deleted.end(), [&](const auto& stone) {
      return stone.range.mint <= window.t && begin <= stone.range.maxt;
    });
    is_first = false;
    before = window.t;
    if (!is_deleted) {
      if (builder.windows() == 0) first = begin;
      last = window.t;
      builder.AppendWindow(window);
    }
    for (; has_counter && counter_t <= window.t;
         has_counter = counter.Next(&counter_t, &counter_v)) {
      if (!is_deleted) builder.AppendCounter(counter_t, counter_v);
    }
  }
  KVS_RETURN_IF_ERROR(in.status());
  KVS_RETURN_IF_ERROR(counter.status());
  if (builder.windows() > 0)
    out->push_back({first, last, chunk::Encoding::kAggregates, builder.Build()});
  return OkStatus();
}

}  // namespace

Status CutChunk(chunk::Encoding encoding, std::span<const uint8_t> bytes,
                std::span<const tsdb::Tombstone> deleted, std::vector<OwnedChunk>* out) {
  using chunk::Encoding;
  const chunk::Starts starts =
      chunk::CarriesStarts(encoding) ? chunk::Starts::kYes : chunk::Starts::kNo;
  switch (encoding) {
    case Encoding::kXor:
      return CutXor(bytes, deleted, out);
    case Encoding::kXor2:
      return CutXor2(bytes, deleted, out);
    case Encoding::kHistogram:
    case Encoding::kHistogramWithStart:
      return CutHistograms<chunk::Histogram>(bytes, starts, deleted, out);
    case Encoding::kFloatHistogram:
    case Encoding::kFloatHistogramWithStart:
      return CutHistograms<chunk::FloatHistogram>(bytes, starts, deleted, out);
    case Encoding::kAggregates:
      return CutAggregates(bytes, deleted, out);
    default:
      return Unimplemented("samples of a chunk are deleted whose encoding ",
                           static_cast<unsigned>(encoding), " is unknown");
  }
}

}  // namespace kvs::blocks

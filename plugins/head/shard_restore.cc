// SPDX-License-Identifier: Apache-2.0
// Putting back what a checkpoint has of a series.
#include <bit>
#include <cstring>
#include <memory>

#include "shard.h"

namespace kvs::head {
namespace {

// What the state of an XOR2 chunk does not say where it ends with a stale marker.
uint64_t LastBitsOf(std::span<const uint8_t> xor2) {
  chunk::Xor2Decoder samples(xor2);
  int64_t t = 0;
  double v = 0;
  while (samples.Next(&t, &v, nullptr)) {
  }
  return std::bit_cast<uint64_t>(v);
}

}  // namespace

Status Shard::Restore(const SeriesPlace& place, Series& series, const RestoredChunk& chunk) {
  if (!chunk::CanDecode(chunk.encoding))
    return DataLoss("a chunk of encoding ", static_cast<int>(chunk.encoding));
  if (chunk.min_t > chunk.max_t || chunk.n_samples == 0 || chunk.n_samples > chunk::kMaxSamples ||
      chunk.bytes.size() < chunk::kCountBytes) {
    return DataLoss("a chunk of ", chunk.n_samples, " samples from ", chunk.min_t, " to ",
                    chunk.max_t);
  }
  if (chunk.open && !chunk.late) {
    return chunk::IsHistogramEncoding(chunk.encoding) ? RestoreOpenHistogram(place, series, chunk)
                                                      : RestoreOpenFloats(place, series, chunk);
  }
  if (chunk.late) BeginLate(series);
  series.flags |= Series::kSampled;
  ChunkHandle& newest =
      chunk.late ? Side(place, series).newest_late : pages_[place.page]->newest[place.slot];
  ClosedChunk* const closed =
      AddClosed(newest, static_cast<uint32_t>(chunk.bytes.size()), chunk.min_t, chunk.max_t,
                chunk.n_samples, static_cast<uint8_t>(chunk.encoding), chunk.late);
  std::memcpy(closed->data(), chunk.bytes.data(), chunk.bytes.size());
  return OkStatus();
}

Status Shard::RestoreOpenFloats(const SeriesPlace& place, Series& series,
                                const RestoredChunk& chunk) {
  if (!series.open.empty()) return DataLoss("a series with two open chunks");
  const Status ends_elsewhere = DataLoss("an open chunk that ends at another time");
  if (chunk.encoding == chunk::Encoding::kXor2) {
    KVS_ASSIGN_OR_RETURN(const chunk::ReopenedXor2 at, chunk::ReopenXor2(chunk.bytes));
    if (at.state.count == 0 || at.state.t != chunk.max_t) return ends_elsewhere;
    series.open = OpenChunk::Restore(pool_, chunk.bytes, at.bits);
    Started(place) = at.state;
    series.state = {};
    series.state.t = at.state.t;
    series.state.v_bits = LastBitsOf(chunk.bytes);
    series.flags |= Series::kStarted;
  } else {
    KVS_ASSIGN_OR_RETURN(const chunk::ReopenedXor at,
                         chunk::ReopenXor(chunk.bytes, chunk.n_samples));
    if (at.state.t != chunk.max_t) return ends_elsewhere;
    series.open = OpenChunk::Restore(pool_, chunk.bytes, at.bits);
    series.state = at.state;
  }
  series.last_size = 0;
  series.min_t = chunk.min_t;
  series.cut_t = NextBlock(chunk.min_t);
  series.flags |= Series::kSampled;
  return OkStatus();
}

Status Shard::RestoreOpenHistogram(const SeriesPlace& place, Series& series,
                                   const RestoredChunk& chunk) {
  SideState& side = Side(place, series);
  if (side.histogram != nullptr) return DataLoss("a series with two open chunks");
  KVS_ASSIGN_OR_RETURN(OpenHistogram open,
                       OpenHistogram::Reopen(chunk.encoding, chunk.bytes, chunk.last_hash));
  if (open.count() == 0) return DataLoss("an open chunk without samples");
  side.histogram = std::make_unique<OpenHistogram>(std::move(open));
  series.state.t = chunk.max_t;
  series.min_t = chunk.min_t;
  series.cut_t = NextBlock(chunk.min_t);
  series.flags |= Series::kSampled | Series::kHistogram;
  return OkStatus();
}

uint64_t Shard::LastHistogramHash(const SeriesPlace& place) const {
  const Series* const series = Find(place);
  if (series == nullptr || (series->flags & Series::kHistogram) == 0) return 0;
  return FindSide(place, *series)->histogram->last_hash();
}

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/block_writer.h"

#include <algorithm>

#include "kvs/chunk/aggregates.h"
#include "kvs/chunk/histogram_codec.h"

namespace kvs::tsdb {

void BlockContents::Add(const ChunkMeta& chunk, chunk::Encoding encoding,
                        std::span<const uint8_t> bytes) {
  using chunk::Starts;
  const bool is_histogram = chunk::IsHistogramEncoding(encoding);
  const Starts starts = is_histogram && chunk::CarriesStarts(encoding) ? Starts::kYes : Starts::kNo;
  const bool is_aggregates = encoding == chunk::Encoding::kAggregates;
  const uint64_t n =
      is_aggregates ? chunk::WindowCount(bytes) : chunk::HistogramSampleCount(bytes, starts);
  ++stats.chunks;
  stats.samples += n;
  if (is_histogram) {
    stats.histogram_samples += n;
  } else if (is_aggregates || chunk::CanDecode(encoding)) {
    stats.float_samples += n;
  }
  mint = std::min(mint, chunk.mint);
  maxt = std::max(maxt, chunk.maxt);
}

void BlockContents::FillMeta(BlockMeta* meta) const {
  meta->stats = stats;
  if (stats.chunks == 0) return;
  meta->mint = mint;
  meta->maxt = maxt == std::numeric_limits<int64_t>::max() ? maxt : maxt + 1;
}

Status BlockWriter::AddSeries(std::span<const SymbolPair> labels,
                              std::span<const ChunkData> chunks) {
  metas_.clear();
  for (const ChunkData& chunk : chunks) {
    KVS_ASSIGN_OR_RETURN(const uint64_t ref, chunks_.Add(chunk.encoding, chunk.bytes));
    metas_.push_back({chunk.mint, chunk.maxt, ref});
    contents_.Add(metas_.back(), chunk.encoding, chunk.bytes);
  }
  ++contents_.stats.series;
  return index_.AddSeries(labels, metas_);
}

StatusOr<BlockContents> BlockWriter::Finish() {
  KVS_RETURN_IF_ERROR(chunks_.Finish());
  KVS_RETURN_IF_ERROR(index_.Finish());
  return contents_;
}

}  // namespace kvs::tsdb

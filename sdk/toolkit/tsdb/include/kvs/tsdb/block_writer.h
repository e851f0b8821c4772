// SPDX-License-Identifier: Apache-2.0
// BlockWriter: series with their chunks become the index and the chunk segments of a block, and
// what meta.json has to say of them is counted.
//
//   BlockWriter block(index_sink, segment_opener);
//   for each text, ascending:     KVS_RETURN_IF_ERROR(block.AddSymbol(text));
//   for each series, ascending:   KVS_RETURN_IF_ERROR(block.AddSeries(labels, chunks));
//   KVS_ASSIGN_OR_RETURN(BlockContents contents, block.Finish());
//
// Chunk bytes are copied as they are. Memory as IndexWriter. Not synchronised. [any]
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/tsdb/chunk_segment.h"
#include "kvs/tsdb/index_writer.h"
#include "kvs/tsdb/meta.h"

namespace kvs::tsdb {

/// A chunk to write; the bytes are borrowed.
struct ChunkData {
  int64_t mint = 0;
  int64_t maxt = 0;
  chunk::Encoding encoding = chunk::Encoding::kNone;
  std::span<const uint8_t> bytes;
};

/// What is in a block.
struct BlockContents {
  BlockStats stats;
  int64_t mint = std::numeric_limits<int64_t>::max();  ///< Of the first sample.
  int64_t maxt = std::numeric_limits<int64_t>::min();  ///< Of the last sample.

  /// Counts a chunk, whose `bytes` say how many samples it has.
  void Add(const ChunkMeta& chunk, chunk::Encoding encoding, std::span<const uint8_t> bytes);
  /// The stats and the half-open time range go into `meta`.
  void FillMeta(BlockMeta* meta) const;
};

class BlockWriter {
 public:
  /// Both outlive the writer.
  BlockWriter(ByteSink& index, SegmentOpener& chunks) : index_(index), chunks_(chunks) {}

  /// As IndexWriter::AddSymbol().
  Status AddSymbol(std::string_view text) { return index_.AddSymbol(text); }
  /// As IndexWriter::AddSeries().
  Status AddSeries(std::span<const SymbolPair> labels, std::span<const ChunkData> chunks);
  StatusOr<BlockContents> Finish();

 private:
  IndexWriter index_;
  ChunkWriter chunks_;
  BlockContents contents_;
  std::vector<ChunkMeta> metas_;
};

}  // namespace kvs::tsdb

// SPDX-License-Identifier: Apache-2.0
// ChunkMerger: the chunks that several blocks have of one series become the chunks of one block.
// Where nothing overlaps and nothing is deleted, bytes are copied as they are; copies of one chunk,
// as replicas write them, are kept once; only what truly overlaps, or is deleted in part, is
// decoded and encoded anew. Of two samples at one time that of the earlier chunk stays, as in
// queries.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/blocks/cut_chunk.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/tombstones.h"

#include "merge/recoder.h"

namespace kvs::compactor {

/// What became of the samples that went in.
struct MergeStats {
  uint64_t samples_in = 0;
  uint64_t duplicates = 0;  ///< At a time that another sample has.
  uint64_t deleted = 0;
  uint64_t aggregated = 0;  ///< Went into aggregates.
  uint64_t aggregates = 0;  ///< Were made of these.
  uint64_t chunks_copied = 0;
  uint64_t chunks_recoded = 0;  ///< Went in and were decoded.

  uint64_t samples_out() const {
    return samples_in - duplicates - deleted - aggregated + aggregates;
  }
};

/// Whether every sample of [mint, maxt] is deleted by one of `ranges`.
bool CoversAll(std::span<const tsdb::DeletedRange> ranges, int64_t mint, int64_t maxt);

/// Not synchronised. [any]
class ChunkMerger {
 public:
  /// `chunks` in any order, where equal times keep their order; bytes are borrowed until the next
  /// call. What is left, ascending without overlap, is in chunks(). `deleted`: ranges whose samples
  /// are left out. DataLoss when a chunk is damaged, Unimplemented when one must be decoded that
  /// nobody here can.
  Status Merge(std::vector<tsdb::ChunkData> chunks, std::span<const tsdb::DeletedRange> deleted);

  std::span<const tsdb::ChunkData> chunks() const { return out_; }
  /// Of all calls.
  const MergeStats& stats() const { return stats_; }

 private:
  Status MergeGroup(std::span<const tsdb::ChunkData> group,
                    std::span<const tsdb::DeletedRange> deleted);
  Status Recode(std::span<const tsdb::ChunkData> group,
                std::span<const tsdb::DeletedRange> deleted);
  Status Cut(const tsdb::ChunkData& chunk, std::span<const tsdb::DeletedRange> deleted);

  std::vector<tsdb::ChunkData> out_;
  std::deque<std::vector<blocks::OwnedChunk>> cut_;  // Chunks of aggregates: lent, too.
  std::deque<Recoder> recoders_;  // One for each group that is recoded: the chunks are lent.
  size_t recoders_used_ = 0;
  MergeStats stats_;
};

}  // namespace kvs::compactor

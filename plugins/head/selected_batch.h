// SPDX-License-Identifier: Apache-2.0
// SelectedBatch: what a selection hands out at a time. It owns copies of the chunks that were still
// open, and pins the blocks of those that were closed.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "kvs/abi/port/indexer.h"
#include "kvs/sdk/owned.h"

#include "shard.h"

namespace kvs::head {

class SelectedBatch final : public kvs_series_batch_t, private ChunkReceiver {
 public:
  SelectedBatch();

  /// Adds the chunks of the series at `place`, whose shard is locked until FinishShard(); false
  /// when there are none in the range. `newest`: older samples than the newest may be left out.
  bool Add(const Shard& shard, const SeriesPlace& place, const ReadRange& range, bool newest);
  void FinishShard(const Shard& shard) { shard.FinishReading(*this, pending_); }
  /// Adds a series without its chunks.
  void AddWithoutChunks() { chunk_counts_.push_back(0); }

  /// Puts the series added from number `first` on in the order of their `places`, one each.
  void Arrange(size_t first, std::span<const uint32_t> places);

  size_t n_added() const { return chunk_counts_.size(); }
  size_t chunk_bytes() const { return chunk_bytes_; }

  /// Completes it with the labels of the series added, in their order. From now on it belongs to
  /// whoever gets it.
  static kvs_series_batch_t* Finish(std::unique_ptr<SelectedBatch> batch,
                                    sdk::Owned<kvs_label_columns_t> columns, bool with_chunks);

 private:
  void Closed(const ClosedChunk& chunk, const ChunkLog& log, ChunkHandle handle,
              bool late) override;
  uint8_t* Open(int64_t min_t, int64_t max_t, uint32_t size, unsigned n_samples, uint8_t encoding,
                bool late) override;
  uint8_t* OpenTail(int64_t max_t, uint32_t size, uint8_t encoding, size_t* ticket) override;
  void PutTail(size_t ticket, const CutTail& tail) override;
  uint8_t* Allocate(uint32_t size);

  std::vector<uint32_t> chunk_counts_;  // Of each series.
  std::vector<uint32_t> chunk_begins_;
  std::vector<kvs_chunk_t> all_chunks_;
  bool late_ = false;  // The series being added has late chunks.
  size_t chunk_bytes_ = 0;

  PendingReads pending_;  // What the shard still has to copy.

  // Memory for copies.
  std::vector<std::unique_ptr<uint8_t[]>> slabs_;
  uint32_t slab_left_ = 0;
  uint8_t* slab_at_ = nullptr;
  uint32_t next_slab_ = 4096;

  // Which blocks of which log are pinned.
  struct LogPins {
    const ChunkLog* log;
    uint64_t first_block;
    std::vector<bool> pinned;
  };
  std::vector<LogPins> logs_;
  std::vector<ChunkLog::Pin> pins_;

  sdk::Owned<kvs_label_columns_t> columns_;
};

}  // namespace kvs::head

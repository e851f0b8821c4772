// SPDX-License-Identifier: Apache-2.0
// SeriesDownsampler: the chunks of one series become chunks of aggregates. Histograms stay what
// they are: a sum of buckets over a window would answer nothing that they are asked for.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/downsampler.h"
#include "kvs/tsdb/block_writer.h"

namespace kvs::compactor {

/// Reusable. Not synchronised. [any]
class SeriesDownsampler {
 public:
  /// `last_ms`: the last time that may stand in the block.
  SeriesDownsampler(int64_t resolution_ms, int64_t last_ms)
      : resolution_ms_(resolution_ms), last_ms_(last_ms) {}

  /// `in` ascends without overlap; its bytes are borrowed until the next call. What was made of it
  /// is in chunks(). DataLoss when a chunk is damaged.
  Status Run(std::span<const tsdb::ChunkData> in);
  std::span<const tsdb::ChunkData> chunks() const { return out_; }

  /// Of all calls: what went in, and what came out.
  uint64_t samples_in() const { return samples_in_; }
  uint64_t samples_out() const { return samples_out_; }

 private:
  Status RunFloats(std::span<const tsdb::ChunkData> in, int64_t last_ms);
  void Keep(const tsdb::ChunkData& chunk);

  const int64_t resolution_ms_;
  const int64_t last_ms_;
  std::vector<tsdb::ChunkData> out_;
  std::deque<chunk::AggregatesChunk> made_;
  uint64_t samples_in_ = 0;
  uint64_t samples_out_ = 0;
};

}  // namespace kvs::compactor

// SPDX-License-Identifier: Apache-2.0
// MergeBlocks: several blocks become one, or one for each shard of the series. Everything streams:
// what is in memory are the symbols of the blocks, four bytes a series, and what the writers of the
// new blocks keep until their end.
//
// The result depends on the sources, their order and the options alone, byte for byte: two
// compactors that run one job write the same blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/block_writer.h"
#include "kvs/tsdb/chunk_segment.h"
#include "kvs/tsdb/tombstones.h"

#include "merge/chunk_merger.h"

namespace kvs::compactor {

/// A block to read; borrowed.
struct MergeSource {
  std::string name;  ///< For errors: its ULID.
  const tsdb::ByteSource* index = nullptr;
  tsdb::SegmentSet chunks;
  const tsdb::Tombstones* tombstones = nullptr;  ///< Null: none.
};

/// Where the files of the blocks go.
class MergeOutput {
 public:
  virtual ~MergeOutput() = default;
  /// Asked once for each shard that has series. What it gives belongs to the output.
  virtual StatusOr<tsdb::ByteSink*> OpenIndex(uint64_t shard) = 0;
  virtual StatusOr<tsdb::SegmentOpener*> OpenChunks(uint64_t shard) = 0;
};

/// What is taken out of the series.
class SeriesFilter {
 public:
  virtual ~SeriesFilter() = default;
  /// Appends the ranges of a series that are deleted; `labels` ascend.
  virtual void DeletedOf(std::span<const model::LabelView> labels,
                         std::vector<tsdb::DeletedRange>* out) const = 0;
};

struct MergeOptions {
  uint64_t shard_count = 1;              ///< Series go to shard: canonical hash modulo this.
  const SeriesFilter* filter = nullptr;  ///< Null: everything stays.
  /// Samples become aggregates over windows of this length; 0: they stay.
  int64_t resolution_ms = 0;
  int64_t last_ms = 0;  ///< With `resolution_ms`: the last time that may stand in the block.
  std::function<Status()> check_alive;  ///< Asked now and then; its error ends the merge.
};

struct MergeResult {
  /// By shard; one without series was never opened, and has none here.
  std::vector<tsdb::BlockContents> shards;
  MergeStats stats;
};

inline constexpr uint64_t kShardsMax = 1024;

/// DataLoss and Unimplemented begin with the name of the source. [worker]
StatusOr<MergeResult> MergeBlocks(std::span<const MergeSource> sources, const MergeOptions& options,
                                  MergeOutput& output);

}  // namespace kvs::compactor

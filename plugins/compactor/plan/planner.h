// SPDX-License-Identifier: Apache-2.0
// PlanCompaction: which blocks of a tenant become which others. Pure: from what the blocks say of
// themselves to jobs, as Mimir groups them, so that both may work on one bucket one after the
// other.
//
// Blocks of one range of time that are not split are first split into shards by the hash of their
// series, `split_groups` jobs at a time; then blocks of one shard and one range are merged, range
// by range. Blocks with a mark against compaction or for deletion are left out before. Blocks of
// aggregates are left as they are: they follow the blocks that they were made of, see
// downsampling.h.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "kvs/tsdb/meta.h"

namespace kvs::compactor {

struct PlanOptions {
  std::vector<int64_t> ranges_ms;  ///< Ascending, each a multiple of the one before.
  uint64_t shards = 0;             ///< 0: blocks are not split.
  uint64_t split_groups = 1;
  int64_t now_ms = 0;
  /// Blocks are not touched for the first time before this has passed since their upload: others of
  /// their range may be on their way. Asked with uploaded_at_ms.
  int64_t first_level_wait_ms = 0;
};

/// A block that may be compacted.
struct PlanBlock {
  tsdb::BlockMeta meta;
  int64_t uploaded_at_ms = 0;  ///< 0: not known, and long ago.
};

enum class Stage : uint8_t { kSplit, kMerge, kDownsample };

/// "split", "merge", "downsample".
std::string_view StageName(Stage stage);

struct Job {
  Stage stage = Stage::kMerge;
  std::string group;           ///< Labels and resolution that its blocks share.
  std::string shard;           ///< "3_of_8" of a merge; of a split the group of blocks, "1_of_2".
  uint64_t shard_count = 1;    ///< Blocks it makes.
  int64_t resolution_ms = 0;   ///< Of the block that a kDownsample makes; its source stays.
  int64_t range_begin_ms = 0;  ///< Aligned.
  int64_t range_end_ms = 0;
  std::vector<PlanBlock> blocks;  ///< By time, then name.

  /// "split 1_of_2 [2023-11-14T22:00:00Z, ...)": for people.
  std::string ToString() const;
};

/// Jobs that can run one after the other in this order: small ranges first, of equal ones the
/// oldest, splits before merges. No block is in two of them.
std::vector<Job> PlanCompaction(std::vector<PlanBlock> blocks, const PlanOptions& options);

/// Blocks whose samples are all in others that were made of them, for which nobody has yet marked
/// them: what a crash between upload and marking leaves.
std::vector<tsdb::Ulid> FindObsolete(const std::vector<PlanBlock>& blocks);

/// What blocks must share to be compacted: resolution and labels but the shard.
std::string GroupOf(const tsdb::BlockMeta& meta);
/// The label of the shard; empty when the block has all series.
std::string ShardOf(const tsdb::BlockMeta& meta);

}  // namespace kvs::compactor

// SPDX-License-Identifier: Apache-2.0
// Which blocks are compacted into others that are there as well: after a compaction both are in the
// bucket until the sources are deleted, and reading both would do everything twice.
#pragma once

#include <map>
#include <vector>

#include "kvs/tsdb/meta.h"

namespace kvs::source::blocks {

/// Ascending names of the blocks that need not be read. A block is covered when all its sources are
/// among those of a block that was compacted further, or, where that one is a shard, of a block of
/// each shard. Pure.
std::vector<tsdb::Ulid> FindCovered(const std::vector<tsdb::BlockMeta>& metas);

/// Aggregates whose samples are all in others that they are not the aggregates of: of blocks that
/// were merged since. Sorted.
std::vector<tsdb::Ulid> FindOutdated(const std::vector<tsdb::BlockMeta>& metas);

}  // namespace kvs::source::blocks

// SPDX-License-Identifier: Apache-2.0
// The answers of shards as one.
#pragma once

#include <cstdint>
#include <span>

#include "kvs/abi/port/query_engine.h"

#include "result/notes.h"
#include "shard/shardable.h"
#include "split/intervals.h"

namespace kvs::engine::frontend {

/// Of shards that were asked for the same steps. False where it cannot be done: an answer has
/// histograms. `range`: of a range query. [any]
bool MergeShards(std::span<const kvs_query_result_t* const> shards, ShardMerge merge,
                 const StepRange& steps, int64_t step_ms, bool range, const Notes& notes,
                 kvs_query_result_t& out);

}  // namespace kvs::engine::frontend

// SPDX-License-Identifier: Apache-2.0
// Which queries can be answered in shards: a number of queries, each over part of the series, whose
// answers are merged into what the whole would say, to the bit.
//
// That is an aggregation at the root over one selector and functions that look at one series at a
// time. count, group, min and max do not depend on the order of series; sum and avg do, in the last
// bits, and so are sharded only where somebody prefers speed to that (`shard_sums`).
#pragma once

#include <optional>
#include <string>

#include "kvs/promql/ast.h"

namespace kvs::engine::frontend {

struct ShardOptions {
  bool shard_sums = false;
};

/// How the answers of shards become one.
enum class ShardMerge { kSum, kMin, kMax, kGroup };

struct Shardable {
  ShardMerge merge = ShardMerge::kSum;
  bool one_row = false;  ///< The answer has at most one series, so there is no order to be kept.
};

/// Nothing: it has to be asked as a whole. [any]
std::optional<Shardable> ShardableOf(const promql::Expr& expr, const ShardOptions& options);

}  // namespace kvs::engine::frontend

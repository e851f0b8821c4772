// SPDX-License-Identifier: Apache-2.0
// A scan with an aggregation right above it: rows go into group accumulators and are forgotten, so
// memory is batches in flight plus groups x steps, and the source need not give any label but the
// grouping ones.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "aggregate/grouping.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {

/// One aggregation over a scan: an operator that has an Accumulator, and its groups.
struct ScanAggregation {
  ast::AggregateOp op;
  std::span<const std::string> labels;
  bool without = false;
};

/// Each of `wanted` over the rows of `function`, in one go. Nothing when the rows have histograms,
/// which accumulators cannot take: then the caller goes the long way. Batches are summed by
/// themselves and then in the order of the cursor, so the result does not depend on the number of
/// threads, nor on what else is wanted.
StatusOr<std::optional<std::vector<Vector>>> ScanAggregate(Query& query,
                                                           const ast::VectorSelector& selector,
                                                           const RowFunction& function,
                                                           std::string_view hint, NameUse names,
                                                           ast::PosRange pos,
                                                           std::span<const ScanAggregation> wanted);

}  // namespace kvs::engine::promql

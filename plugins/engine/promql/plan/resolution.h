// SPDX-License-Identifier: Apache-2.0
// Which resolution each selector reads: samples, or aggregates over 5 minutes or an hour.
//
// Aggregates answer sum_, count_, avg_, min_, max_ and present_over_time exactly where every window
// is made of whole windows of theirs: the range, the step and the first time are multiples of their
// length. Everything else that they are used for is an estimate, for who allows it. Where samples
// are past their retention there is no choice: a source gives aggregates then, whatever was asked
// for.
#pragma once

#include <cstdint>
#include <string>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"

#include "plan/plan.h"

namespace kvs::engine::promql::plan {

/// What a query allows.
struct ResolutionRules {
  Grid grid;           ///< Of the query.
  int64_t end_ms = 0;  ///< What `@ end()` is.
  int64_t default_step_ms = 0;
  int64_t lookback_ms = 0;
  /// Answers may be estimated from aggregates over windows of at most so long; 0: they are exact.
  /// Or KVS_RESOLUTION_SAMPLES, KVS_RESOLUTION_AUTO.
  int64_t estimates_ms = 0;
};

/// "exact", "samples", "auto" or a duration, for ResolutionRules. InvalidArgument.
StatusOr<int64_t> ParseEstimates(std::string_view text);

/// Sets Node::resolution of the scans of `plan`. After all other passes.
void ChooseResolutions(Plan& plan, const ResolutionRules& rules);

}  // namespace kvs::engine::promql::plan

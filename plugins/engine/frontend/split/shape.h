// SPDX-License-Identifier: Apache-2.0
// What the value of a query at one step depends on, beside that step's time.
#pragma once

#include <cstdint>
#include <limits>

#include "kvs/promql/ast.h"

namespace kvs::engine::frontend {

struct Shape {
  /// On start, end or length of the query as a whole: `@ start()`, `@ end()`, `range()`. A part of
  /// it would be another query.
  bool needs_whole_range = false;
  /// On samples up to so long behind the step: offsets below zero.
  int64_t looks_ahead_ms = 0;
  /// On samples up to this time, whatever the step: `@ 1700000000`.
  int64_t latest_fixed_ms = std::numeric_limits<int64_t>::min();
};

/// Of an expression whose durations are resolved. [any]
Shape ShapeOf(const promql::Expr& expr, int64_t lookback_ms);

}  // namespace kvs::engine::frontend

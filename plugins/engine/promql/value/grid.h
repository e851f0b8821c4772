// SPDX-License-Identifier: Apache-2.0
// The times a query is evaluated at, and the windows that selectors and subqueries look through.
#pragma once

#include <cstdint>

#include "kvs/promql/ast.h"

namespace kvs::engine::promql {

/// The syntax tree lives in kvs::promql, which this namespace's own name would hide.
namespace ast = ::kvs::promql;

/// Evaluation times start, start + step, ...; milliseconds. An instant query has one.
struct Grid {
  int64_t start_ms = 0;
  int64_t step_ms = 0;
  uint32_t n = 1;

  int64_t at(uint32_t i) const { return start_ms + static_cast<int64_t>(i) * step_ms; }
  int64_t end_ms() const { return at(n - 1); }
  /// The grid of its first time alone.
  Grid First() const { return {start_ms, step_ms, 1}; }

  friend bool operator==(const Grid&, const Grid&) = default;
};

/// What a selector says about the values at the ends of its windows.
enum class WindowEnds : uint8_t {
  kPlain,
  kAnchored,  ///< The newest sample at or before each end is the value there.
  kSmoothed,  ///< Values there are interpolated between the samples around.
};

/// The windows (end - range, end] over a grid: one a step, ends ascending. With `fixed` (@) all end
/// at one time.
struct Windows {
  Grid grid;
  int64_t range_ms = 0;
  int64_t offset_ms = 0;
  bool fixed = false;
  int64_t fixed_ms = 0;
  WindowEnds ends = WindowEnds::kPlain;
  int64_t lookback_ms = 0;  ///< How far outside a window its ends may be looked for.

  int64_t end(uint32_t i) const { return (fixed ? fixed_ms : grid.at(i)) - offset_ms; }
  int64_t first_end() const { return end(0); }
  int64_t last_end() const { return end(grid.n - 1); }

  /// Time behind each window that is looked at as well.
  int64_t ahead_ms() const { return ends == WindowEnds::kSmoothed ? lookback_ms : 0; }
  /// Time before each window that is looked at as well.
  int64_t behind_ms() const { return ends == WindowEnds::kPlain ? 0 : lookback_ms; }
  /// The windows with that time in them.
  Windows Widened() const {
    Windows out = *this;
    out.range_ms += behind_ms() + ahead_ms();
    out.offset_ms -= ahead_ms();
    return out;
  }
};

}  // namespace kvs::engine::promql

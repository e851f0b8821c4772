// SPDX-License-Identifier: Apache-2.0
// What start timestamps say of two neighbouring samples of a counter; reference/promql.md, 9. All
// times are in milliseconds, a start of 0 is unknown.
#pragma once

#include <cstdint>

namespace kvs::engine::promql {

/// Whether the counter began anew between the sample at `t_before` and the one at `t`.
inline bool IsStartReset(int64_t start_before, int64_t t_before, int64_t start, int64_t t) {
  if (start == 0 || start >= t || start < t_before) return false;
  if (start > t_before) return true;
  // Samples that each begin where the one before ended are differences. But a first start that is
  // as unknown as OpenTelemetry writes it (its own time), or senseless, says nothing.
  return start_before != 0 && start_before < t_before;
}

/// Whether a sample claims to have begun before its predecessor, and not together with it.
inline bool StartsOverlap(int64_t start_before, int64_t t_before, int64_t start) {
  return start != 0 && start < t_before && start != start_before;
}

}  // namespace kvs::engine::promql

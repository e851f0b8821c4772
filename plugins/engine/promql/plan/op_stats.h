// SPDX-License-Identifier: Apache-2.0
// What an operator of a plan has done: the figures of explain=analyze.
#pragma once

#include <cstdint>

#include "scan/aggregate_view.h"

namespace kvs::engine::promql::plan {

/// Of one node. Time and samples are its own, without those of its inputs.
struct OpStats {
  uint32_t calls = 0;    ///< 0: it never ran by itself, as a scan fused with what stands above it.
  int64_t rows = 0;      ///< Of its result; 1 for a scalar.
  int64_t samples = 0;   ///< Decoded.
  WindowCounts windows;  ///< Of them, those that are windows of aggregates.
  int64_t peak_bytes = 0;  ///< The most that the query had in use while it, or its inputs, ran.
  int64_t cpu_ns = 0;      ///< Of all threads.
  int64_t wall_ns = 0;
};

}  // namespace kvs::engine::promql::plan

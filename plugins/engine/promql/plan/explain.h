// SPDX-License-Identifier: Apache-2.0
// Plans as people and programs read them.
#pragma once

#include <span>
#include <string>

#include "plan/op_stats.h"
#include "plan/plan.h"

namespace kvs::engine::promql::plan {

/// One line a node, inputs indented below it. A node with several uses stands where it comes first,
/// with its number; elsewhere "= #3". Scans of one pass have its number. `stats`: one a node, or
/// empty.
std::string ToText(const Plan& plan, std::span<const OpStats> stats = {});

/// What tells a node from others with its operator: "sum by (job)", "rate(m[5m])".
std::string DetailOf(const Node& node);

/// Of a whole query, for explain=analyze.
struct Totals {
  int64_t samples = 0;
  int64_t peak_samples = 0;
  int64_t peak_bytes = 0;
  int64_t queue_ns = 0;
  int64_t cpu_ns = 0;
  int64_t wall_ns = 0;  ///< Without the time in the queue.
};

/// {"mode":"plan","plan":{"id":0,"operator":..,"detail":..,"type":..,"position":[b,e],"uses":1,
/// "inputs":[..]},"text":".."}: a node with several uses is complete where it comes first, and
/// elsewhere
/// {"id":3,"shared":true}. With `totals` the mode is "analyze", nodes have calls, rows, samples,
/// peakBytes, cpuSeconds and wallSeconds, and "totals" stands beside "plan".
std::string ToJson(const Plan& plan, std::span<const OpStats> stats = {},
                   const Totals* totals = nullptr);

}  // namespace kvs::engine::promql::plan

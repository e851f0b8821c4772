// SPDX-License-Identifier: Apache-2.0
// Measures operators while they run inside one another.
#pragma once

#include <vector>

#include "plan/op_stats.h"
#include "value/query.h"

namespace kvs::engine::promql {

class Profile {
 public:
  Profile(Query& query, uint32_t n_nodes) : query_(query), stats_(n_nodes) {}

  /// An operator begins, inside the one that began last and has not ended.
  void Begin();
  /// The operator that began last ends, with a result of so many rows.
  void End(uint32_t node, int64_t rows);

  const std::vector<plan::OpStats>& stats() const { return stats_; }

 private:
  struct Reading {
    int64_t cpu_ns = 0;
    int64_t wall_ns = 0;
    int64_t samples = 0;
    WindowCounts windows;
  };
  struct Frame {
    Reading began;
    Reading inner;  ///< What operators inside have used.
    int64_t outer_peak = 0;
  };
  Reading Now() const;

  Query& query_;
  std::vector<plan::OpStats> stats_;
  std::vector<Frame> running_;
};

}  // namespace kvs::engine::promql

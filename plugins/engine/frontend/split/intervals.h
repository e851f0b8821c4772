// SPDX-License-Identifier: Apache-2.0
// A range query in parts, each within one interval (a day, say): the steps of the parts are those
// of the whole.
#pragma once

#include <cstdint>
#include <vector>

namespace kvs::engine::frontend {

/// Evaluation times from `start_ms` to `end_ms`, both of them steps.
struct StepRange {
  int64_t start_ms = 0;
  int64_t end_ms = 0;

  friend bool operator==(const StepRange&, const StepRange&) = default;
};

/// The steps of a query; `end_ms` need not be one. `step_ms` > 0, start <= end.
StepRange StepsOf(int64_t start_ms, int64_t end_ms, int64_t step_ms);
/// The interval that a time is in, counted from 1970.
int64_t IntervalOf(int64_t t_ms, int64_t interval_ms);
/// In time order. 0: not split. [any]
std::vector<StepRange> SplitByInterval(const StepRange& steps, int64_t step_ms,
                                       int64_t interval_ms);

}  // namespace kvs::engine::frontend

// SPDX-License-Identifier: Apache-2.0
#include "split/intervals.h"

#include <algorithm>

namespace kvs::engine::frontend {

StepRange StepsOf(int64_t start_ms, int64_t end_ms, int64_t step_ms) {
  return {start_ms, start_ms + (end_ms - start_ms) / step_ms * step_ms};
}

int64_t IntervalOf(int64_t t_ms, int64_t interval_ms) {
  return t_ms / interval_ms - (t_ms % interval_ms < 0 ? 1 : 0);
}

std::vector<StepRange> SplitByInterval(const StepRange& steps, int64_t step_ms,
                                       int64_t interval_ms) {
  if (interval_ms <= 0) return {steps};
  std::vector<StepRange> out;
  for (int64_t start = steps.start_ms; start <= steps.end_ms;) {
    const int64_t next_interval = (IntervalOf(start, interval_ms) + 1) * interval_ms;
    const StepRange part{start,
                         std::min(steps.end_ms, StepsOf(start, next_interval - 1, step_ms).end_ms)};
    out.push_back(part);
    start = part.end_ms + step_ms;
  }
  return out;
}

}  // namespace kvs::engine::frontend

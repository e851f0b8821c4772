// SPDX-License-Identifier: Apache-2.0
// How many samples a query looks at, step by step, by Prometheus' rules: a window counts all that
// is in it, at each step again; histograms count by their size; what is the same at every step
// counts at every step; the inside of a subquery does not count, only the windows over its steps.
#pragma once

#include <cstdint>
#include <numeric>
#include <vector>

#include "kvs/base/mutex.h"

namespace kvs::engine::promql {

/// Of one grid. Add() is safe for concurrent use. [any]
class StepSamples {
 public:
  /// At one step.
  struct Count {
    int64_t queryable = 0;  ///< In the windows.
    int64_t read = 0;       ///< Of these, what no earlier window of the series had.
  };

  explicit StepSamples(uint32_t steps) : counts_(steps) {}

  /// `counts`: one a step.
  void Add(const std::vector<Count>& counts) {
    const MutexLock lock(mutex_);
    for (size_t i = 0; i < counts.size() && i < counts_.size(); ++i) {
      counts_[i].queryable += counts[i].queryable;
      counts_[i].read += counts[i].read;
    }
  }
  /// Adds what one evaluation has counted: at every step the queryable ones, at the first the read.
  void AddAtEveryStep(const Count& once) {
    for (Count& count : counts_) count.queryable += once.queryable;
    if (!counts_.empty()) counts_.front().read += once.read;
  }

  const std::vector<Count>& counts() const { return counts_; }
  Count Total() const {
    return std::accumulate(counts_.begin(), counts_.end(), Count(), [](Count sum, const Count& c) {
      return Count{sum.queryable + c.queryable, sum.read + c.read};
    });
  }

 private:
  Mutex mutex_;
  std::vector<Count> counts_;
};

}  // namespace kvs::engine::promql

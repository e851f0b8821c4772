// SPDX-License-Identifier: Apache-2.0
// ExemplarStore: the newest exemplars of a tenant, by series and time. All tenants together keep no
// more than a budget; who goes over it drops its own oldest.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/base/mutex.h"

namespace kvs::head {

struct Exemplar {
  uint32_t id;  ///< Of its series.
  int64_t t;
  double v;
  std::string labels;  ///< Protobuf records, as in a write batch.
};

/// How many exemplars all tenants have, and may have.
struct ExemplarBudget {
  explicit ExemplarBudget(int64_t most) : max(most) {}
  const int64_t max;
  std::atomic<int64_t> used{0};
};

/// [any]
class ExemplarStore {
 public:
  enum class Added { kNew, kRepeated, kOutOfOrder, kOff };

  /// Exemplars of a series come in time order; the same one again is none. `max` of them are kept,
  /// the newest; kOff when that is 0.
  Added Add(Exemplar exemplar, int64_t max, ExemplarBudget& budget);

  /// Those of `id` with min_t <= t <= max_t, ascending, appended to `out`.
  void Read(uint32_t id, int64_t min_t, int64_t max_t, std::vector<Exemplar>& out) const;
  /// How many series have any, and the time of the oldest one.
  struct Summary {
    size_t n_series = 0;
    int64_t oldest_t = 0;
  };
  Summary Summarize() const;
  /// All of them; those of a series ascend.
  std::vector<Exemplar> All() const;
  /// Drops those of a series that is no more.
  void Remove(uint32_t id, ExemplarBudget& budget);

 private:
  void DropOldest() KVS_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_map<uint32_t, std::deque<Exemplar>> of_series_ KVS_GUARDED_BY(mutex_);
  int64_t size_ KVS_GUARDED_BY(mutex_) = 0;
  std::deque<uint32_t> order_
      KVS_GUARDED_BY(mutex_);  // Series of each exemplar, oldest first; some are gone already.
};

}  // namespace kvs::head

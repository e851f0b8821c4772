// SPDX-License-Identifier: Apache-2.0
// Generations: which samples stand in which generation of the log, as far as it takes to know when
// one is not needed any more.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>

#include "kvs/base/mutex.h"

#include "tenant.h"

namespace kvs::head {

/// What a generation has of a tenant.
struct LoggedSamples {
  int64_t max_t = std::numeric_limits<int64_t>::min();  ///< The newest one in order.
  bool has_late = false;

  void Add(const LoggedSamples& more) {
    max_t = std::max(max_t, more.max_t);
    has_late = has_late || more.has_late;
  }
};

/// [any]
class Generations {
 public:
  void Note(uint32_t generation, const Tenant& tenant, const LoggedSamples& samples) {
    MutexLock lock(mutex_);
    of_[generation][&tenant].Add(samples);
  }

  /// Whether all its samples are in blocks; then it is forgotten.
  bool ForgetIfInBlocks(uint32_t generation) {
    MutexLock lock(mutex_);
    const auto found = of_.find(generation);
    if (found == of_.end()) return true;  // Nothing was appended in it.
    for (const auto& [tenant, samples] : found->second) {
      const auto view = tenant->views.current();
      if (samples.max_t >= view->memory_from) return false;
      if (samples.has_late && generation >= view->late_generation) return false;
    }
    of_.erase(found);
    return true;
  }
  bool Knows(uint32_t generation) {
    MutexLock lock(mutex_);
    return of_.contains(generation);
  }
  void Forget(uint32_t generation) {
    MutexLock lock(mutex_);
    of_.erase(generation);
  }

 private:
  Mutex mutex_;
  std::map<uint32_t, std::map<const Tenant*, LoggedSamples>> of_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::head

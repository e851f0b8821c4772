// SPDX-License-Identifier: Apache-2.0
// SparePool: objects whose memory is kept from one use to the next.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"

namespace kvs::head {

/// Gives out each T to one user at a time. [any]
template <typename T>
class SparePool {
 public:
  /// One that was used before, as it was left, or a new one.
  std::unique_ptr<T> Take() {
    MutexLock lock(mutex_);
    if (free_.empty()) return std::make_unique<T>();
    auto spare = std::move(free_.back());
    free_.pop_back();
    return spare;
  }
  void Give(std::unique_ptr<T> spare) {
    MutexLock lock(mutex_);
    if (free_.size() < kKept) free_.push_back(std::move(spare));
  }

 private:
  static constexpr size_t kKept = 16;
  Mutex mutex_;
  std::vector<std::unique_ptr<T>> free_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::head

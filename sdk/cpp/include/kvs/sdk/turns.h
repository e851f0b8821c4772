// SPDX-License-Identifier: Apache-2.0
// Turns: a bounded number of things run at once; further ones wait, and tenants take turns, so that
// none waits because another has many.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "kvs/base/mutex.h"
#include "kvs/sdk/fair_lines.h"

namespace kvs::sdk {

/// What becomes of one that asks for a turn.
enum class TurnAnswer { kRun, kWait, kFull };

/// Of things of type T, which are only kept here. Safe for concurrent use. [any]
template <typename T>
class Turns {
 public:
  /// At most `running` at once, and `waiting` of one tenant and priority in line.
  Turns(int64_t running, int64_t waiting) : max_running_(running), lines_(waiting) {}

  /// True: the caller has a turn, and calls Next() when it ends.
  bool TryRun() {
    const MutexLock lock(mutex_);
    if (running_ >= max_running_) return false;
    ++running_;
    return true;
  }

  /// kRun: as TryRun(). kWait: `item` is kept until Next() gives it or Leave() takes it; keep() is
  /// called before anybody can. kFull: neither.
  template <typename Keep>
  TurnAnswer Ask(std::string_view tenant, const std::shared_ptr<T>& item, Keep&& keep,
                 int32_t priority = 0) {
    const MutexLock lock(mutex_);
    if (running_ < max_running_) {
      ++running_;
      return TurnAnswer::kRun;
    }
    if (lines_.IsFull(tenant, priority)) return TurnAnswer::kFull;
    keep();
    lines_.Push(tenant, item, priority);
    return TurnAnswer::kWait;
  }

  /// A turn has ended: gives it to one of the tenant that has waited longest for one, as FairLines
  /// chooses. Null: nobody waits.
  std::shared_ptr<T> Next() {
    const MutexLock lock(mutex_);
    std::shared_ptr<T> item = lines_.Pop();
    if (item == nullptr) --running_;
    return item;
  }

  /// Takes `item` out of the line; false when it does not wait.
  bool Leave(std::string_view tenant, const T* item) {
    const MutexLock lock(mutex_);
    return lines_.Leave(tenant, item);
  }

  int64_t running() const {
    const MutexLock lock(mutex_);
    return running_;
  }
  int64_t waiting() const {
    const MutexLock lock(mutex_);
    return lines_.size();
  }

 private:
  const int64_t max_running_;
  mutable Mutex mutex_;
  int64_t running_ KVS_GUARDED_BY(mutex_) = 0;
  FairLines<T> lines_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
// Turns: a bounded number of things run at once; further ones wait, and tenants take turns, so that
// none waits because another has many.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"

namespace kvs::sdk {

/// What becomes of one that asks for a turn.
enum class TurnAnswer { kRun, kWait, kFull };

/// Of things of type T, which are only kept here. Safe for concurrent use. [any]
template <typename T>
class Turns {
 public:
  /// At most `running` at once, and `waiting` of one tenant in line.
  Turns(int64_t running, int64_t waiting) : max_running_(running), max_waiting_(waiting) {}

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
  TurnAnswer Ask(std::string_view tenant, const std::shared_ptr<T>& item, Keep&& keep) {
    const MutexLock lock(mutex_);
    if (running_ < max_running_) {
      ++running_;
      return TurnAnswer::kRun;
    }
    auto line = lines_.find(std::string(tenant));
    const size_t before = line == lines_.end() ? 0 : line->second.size();
    if (static_cast<int64_t>(before) >= max_waiting_) return TurnAnswer::kFull;
    if (before == 0) {
      line = lines_.try_emplace(std::string(tenant)).first;
      order_.push_back(line->first);
    }
    keep();
    line->second.push_back(item);
    ++waiting_;
    return TurnAnswer::kWait;
  }

  /// A turn has ended: gives it to the first of the tenant that has waited longest for one. Null:
  /// nobody waits.
  std::shared_ptr<T> Next() {
    const MutexLock lock(mutex_);
    if (order_.empty()) {
      --running_;
      return nullptr;
    }
    const auto line = lines_.find(order_.front());
    order_.pop_front();
    std::shared_ptr<T> item = std::move(line->second.front());
    line->second.pop_front();
    --waiting_;
    if (line->second.empty()) {
      lines_.erase(line);
    } else {
      order_.push_back(line->first);
    }
    return item;
  }

  /// Takes `item` out of the line; false when it does not wait.
  bool Leave(std::string_view tenant, const T* item) {
    const MutexLock lock(mutex_);
    const auto line = lines_.find(std::string(tenant));
    if (line == lines_.end()) return false;
    for (auto it = line->second.begin(); it != line->second.end(); ++it) {
      if (it->get() != item) continue;
      line->second.erase(it);
      --waiting_;
      if (line->second.empty()) {
        std::erase(order_, line->first);
        lines_.erase(line);
      }
      return true;
    }
    return false;
  }

  int64_t running() const {
    const MutexLock lock(mutex_);
    return running_;
  }
  int64_t waiting() const {
    const MutexLock lock(mutex_);
    return waiting_;
  }

 private:
  const int64_t max_running_;
  const int64_t max_waiting_;
  mutable Mutex mutex_;
  int64_t running_ KVS_GUARDED_BY(mutex_) = 0;
  int64_t waiting_ KVS_GUARDED_BY(mutex_) = 0;
  std::map<std::string, std::deque<std::shared_ptr<T>>> lines_ KVS_GUARDED_BY(mutex_);
  std::deque<std::string> order_ KVS_GUARDED_BY(mutex_);  ///< Tenants that wait, next first.
};

}  // namespace kvs::sdk

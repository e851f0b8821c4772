// SPDX-License-Identifier: Apache-2.0
// RefusalPace: how fast refusals of one tenant are told. Who is refused and asks again at once
// costs as much as who is served, and no limit of rates or series ends that; who has to wait for
// each refusal asks no faster than they are told.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "kvs/base/mutex.h"

namespace kvs::sdk {

/// A bucket for each tenant that is refused (GCRA, ITU-T I.371): a second's worth may be told at
/// once, then so many a second. None waits longer than kLongestMs, and a tenant whose waiting
/// requests are larger than kHeldBytes together is told at once: waiting must not cost more memory
/// than it saves time. Safe for concurrent use. [any]
class RefusalPace {
 public:
  static constexpr int64_t kLongestMs = 1000;
  static constexpr uint64_t kHeldBytes = uint64_t{64} << 20;

  /// 0: all are told at once.
  explicit RefusalPace(int64_t per_second)
      : interval_ns_(per_second > 0 ? kSecondNs / per_second : 0) {}

  /// After how many milliseconds this refusal of a request of so many bytes is told. Not 0: Told()
  /// is called once it is.
  int64_t WaitMs(std::string_view tenant, uint64_t bytes, int64_t now_ns) {
    if (interval_ns_ == 0) return 0;
    const MutexLock lock(mutex_);
    if (tenants_.size() >= next_sweep_) Sweep(now_ns);
    auto found = tenants_.find(tenant);
    if (found == tenants_.end()) found = tenants_.emplace(std::string(tenant), Tenant()).first;
    Tenant& t = found->second;
    t.next_ns = std::max(t.next_ns, now_ns);
    const int64_t wait_ns = t.next_ns - now_ns - kSecondNs;
    if (wait_ns < kLongestMs * 1'000'000) t.next_ns += interval_ns_;
    if (wait_ns + interval_ns_ <= 0 || t.held_bytes + bytes > kHeldBytes) return 0;
    t.held_bytes += bytes;
    return std::clamp<int64_t>((wait_ns + interval_ns_) / 1'000'000, 1, kLongestMs);
  }

  void Told(std::string_view tenant, uint64_t bytes) {
    const MutexLock lock(mutex_);
    if (const auto it = tenants_.find(tenant); it != tenants_.end()) it->second.held_bytes -= bytes;
  }

  size_t tenants() const {
    const MutexLock lock(mutex_);
    return tenants_.size();
  }

 private:
  static constexpr int64_t kSecondNs = 1'000'000'000;

  struct Tenant {
    int64_t next_ns = 0;  // When its bucket is full again.
    uint64_t held_bytes = 0;
  };

  void Sweep(int64_t now_ns) KVS_REQUIRES(mutex_) {
    std::erase_if(tenants_, [now_ns](const auto& entry) {
      return entry.second.next_ns <= now_ns && entry.second.held_bytes == 0;
    });
    next_sweep_ = std::max<size_t>(2 * tenants_.size(), 1024);
  }

  const int64_t interval_ns_;
  mutable Mutex mutex_;
  size_t next_sweep_ KVS_GUARDED_BY(mutex_) = 1024;
  std::map<std::string, Tenant, std::less<>> tenants_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sdk

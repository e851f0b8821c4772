// SPDX-License-Identifier: Apache-2.0
// Leases that end on time. etcd counts leases in seconds, and none is shorter than its elections
// (two seconds, by default), so the lease is only the safety net for a process that dies: while it
// lives, it revokes each of its leases on the millisecond.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <utility>

#include "kvs/base/mutex.h"
#include "kvs/sdk/host.h"

#include "cluster.h"

namespace kvs::kv::etcd {

/// [any]
class Leases {
 public:
  Leases(Cluster* cluster, std::shared_ptr<sdk::Users> users, sdk::Host host);
  ~Leases() { Stop(); }
  void Start();
  /// What has not ended is left to etcd. Waits for what is under way, which is told to stop.
  /// [worker]
  void Stop();

  /// Seconds that a lease of this entry is granted for.
  static int64_t SecondsOf(uint32_t ttl_ms) { return (int64_t{ttl_ms} + 999) / 1000; }
  /// The entry was written with a lease: it ends in so long.
  void Add(int64_t lease, uint32_t ttl_ms);

 private:
  struct Revocation;
  void Tick();

  Cluster* const cluster_;
  const sdk::Host host_;
  std::function<void()> tick_;
  uint64_t ticker_ = 0;
  const std::shared_ptr<sdk::Users> users_;
  const std::shared_ptr<sdk::CancelSource> stop_ = std::make_shared<sdk::CancelSource>();
  Mutex mutex_;
  std::set<std::pair<int64_t, int64_t>> ends_ KVS_GUARDED_BY(mutex_);  // Monotonic ns, lease.
};

}  // namespace kvs::kv::etcd

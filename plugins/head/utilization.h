// SPDX-License-Identifier: Apache-2.0
// Utilization: how busy the process is, and whether it is too busy for reads, so that writes go on
// (reference: -ingester.read-path-cpu-utilization-limit and -memory-utilization-limit).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

#include "config.h"

namespace kvs::head {

/// What a process has used: processor seconds since it began, and resident bytes.
struct Usage {
  double cpu_seconds = 0;
  uint64_t resident_bytes = 0;
};
/// Of this process.
Usage UsageOfThisProcess();

/// Looks once a second, and not at all where nothing is limited.
class Utilization {
 public:
  /// Borrows `config`. `look` says what is used, in tests.
  Utilization(const Config& config, const sdk::Host& host,
              std::function<Usage()> look = &UsageOfThisProcess);
  ~Utilization() { Stop(); }

  /// [main]
  void Start();
  /// [main or worker]
  void Stop();
  /// UNAVAILABLE, retryable, while the process is above a limit. [any]
  Status MayRead() const;

 private:
  void Look();

  const Config& config_;
  const sdk::Host host_;
  const sdk::Clock clock_;
  const std::function<Usage()> look_;
  const sdk::Family refused_;  // cortex_ingester_utilization_limited_read_requests_total{reason}
  const sdk::Cell cpu_;
  const sdk::Cell memory_;
  std::function<void()> tick_;
  uint64_t ticket_ = 0;

  std::atomic<bool> cpu_above_{false}, memory_above_{false};
  Mutex mutex_;  // Of who looks.
  int64_t looked_ns_ KVS_GUARDED_BY(mutex_) = 0;
  int64_t began_ns_ KVS_GUARDED_BY(mutex_) = 0;
  double cpu_seconds_ KVS_GUARDED_BY(mutex_) = 0;
  double load_ KVS_GUARDED_BY(mutex_) = 0;  // A mean that forgets with a time constant of a minute.
};

}  // namespace kvs::head

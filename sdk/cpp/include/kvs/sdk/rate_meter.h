// SPDX-License-Identifier: Apache-2.0
// RateMeter: how many of something there are a second, lately: an exponentially weighted mean over
// full seconds, as Mimir's limits of an instance's ingestion rate see it.
#pragma once

#include <cstdint>

#include "kvs/base/mutex.h"

namespace kvs::sdk {

/// Safe for concurrent use. [any]
class RateMeter {
 public:
  void Add(uint64_t n, int64_t now_ns) {
    const MutexLock lock(mutex_);
    Tick(now_ns);
    count_ += static_cast<double>(n);
  }
  double PerSecond(int64_t now_ns) {
    const MutexLock lock(mutex_);
    Tick(now_ns);
    return rate_;
  }

 private:
  static constexpr double kWeight = 0.2;  // Of the newest second.
  static constexpr int64_t kSecondNs = 1'000'000'000;
  // After so many seconds without any, nothing is left of what was before.
  static constexpr int64_t kForgottenAfter = 200;

  void Tick(int64_t now_ns) KVS_REQUIRES(mutex_) {
    if (second_ns_ == 0) second_ns_ = now_ns;
    int64_t seconds = (now_ns - second_ns_) / kSecondNs;
    if (seconds <= 0) return;
    second_ns_ += seconds * kSecondNs;
    rate_ = begun_ ? rate_ + kWeight * (count_ - rate_) : count_;
    begun_ = true;
    count_ = 0;
    if (seconds > kForgottenAfter) rate_ = 0;
    for (; --seconds > 0 && rate_ != 0;) rate_ -= kWeight * rate_;
  }

  Mutex mutex_;
  int64_t second_ns_ KVS_GUARDED_BY(mutex_) = 0;  // When the second that is counted began.
  double count_ KVS_GUARDED_BY(mutex_) = 0;
  double rate_ KVS_GUARDED_BY(mutex_) = 0;
  bool begun_ KVS_GUARDED_BY(mutex_) = false;
};

}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
// Countdown: waits until so many things have ended, on whatever threads they end.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace kvs {

/// May be destroyed as soon as Wait() has returned. [any]
class Countdown {
 public:
  explicit Countdown(size_t n) : left_(n) {}
  void Count() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) ended_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    ended_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  size_t left_;
};

}  // namespace kvs

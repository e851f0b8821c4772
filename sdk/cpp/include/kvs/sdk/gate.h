// SPDX-License-Identifier: Apache-2.0
// Gate: who is inside, so that Stop() can wait until nobody is. [any]
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "kvs/base/mutex.h"

namespace kvs::sdk {

class Gate {
 public:
  /// Held by what is inside; false when the gate is closed.
  class Hold {
   public:
    explicit Hold(Gate* gate) : gate_(gate->Enter() ? gate : nullptr) {}
    Hold(Hold&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Hold& operator=(Hold&&) = delete;
    ~Hold() {
      if (gate_ != nullptr) gate_->Leave();
    }
    explicit operator bool() const { return gate_ != nullptr; }

   private:
    Gate* gate_;
  };

  /// Lets nobody in any more, and calls `when_empty` once, here or when the last one has left.
  void Close(std::function<void()> when_empty) {
    {
      const MutexLock lock(mutex_);
      closed_ = true;
      if (inside_ != 0) {
        when_empty_ = std::move(when_empty);
        return;
      }
    }
    when_empty();
  }
  bool closed() const {
    const MutexLock lock(mutex_);
    return closed_;
  }

 private:
  bool Enter() {
    const MutexLock lock(mutex_);
    if (closed_) return false;
    ++inside_;
    return true;
  }
  void Leave() {
    std::function<void()> when_empty;
    {
      const MutexLock lock(mutex_);
      if (--inside_ != 0) return;
      when_empty.swap(when_empty_);
    }
    if (when_empty) when_empty();
  }

  mutable Mutex mutex_;
  bool closed_ KVS_GUARDED_BY(mutex_) = false;
  int64_t inside_ KVS_GUARDED_BY(mutex_) = 0;
  std::function<void()> when_empty_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::sdk

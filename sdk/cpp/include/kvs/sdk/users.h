// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "kvs/base/mutex.h"

namespace kvs::sdk {

/// What is under way. A call tells its end before the last of what it used is freed, so who takes
/// everything down waits for that: a channel must not be freed by the thread of gRPC that it would
/// wait for. [any]
class Users {
 public:
  /// Counts as long as it lives.
  class Use {
   public:
    explicit Use(std::shared_ptr<Users> users) : users_(std::move(users)) {
      const MutexLock lock(users_->mutex_);
      ++users_->n_;
    }
    Use(Use&& other) noexcept = default;
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() {
      if (users_ == nullptr) return;
      const MutexLock lock(users_->mutex_);
      if (--users_->n_ == 0) users_->ended_.notify_all();
    }

   private:
    std::shared_ptr<Users> users_;
  };
  /// [worker]
  void WaitForNone() {
    const MutexLock lock(mutex_);
    while (n_ != 0) ended_.wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar ended_;
  size_t n_ KVS_GUARDED_BY(mutex_) = 0;
};

}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
// ShardLock: for rows of a log, which name series of any shard.
#pragma once

#include <cstdint>

#include "tenant.h"

namespace kvs::head {

/// Holds the lock of one shard at a time, and changes it as rarely as the order of rows allows.
class ShardLock {
 public:
  explicit ShardLock(Tenant& tenant) : tenant_(tenant) {}
  ~ShardLock() { Unlock(); }
  ShardLock(const ShardLock&) = delete;
  ShardLock& operator=(const ShardLock&) = delete;

  Shard& Lock(uint32_t shard) KVS_THREAD_ANNOTATION(no_thread_safety_analysis) {
    if (held_ != shard) {
      Unlock();
      tenant_.shards[shard].mutex().Lock();
      held_ = shard;
    }
    return tenant_.shards[shard];
  }

 private:
  static constexpr uint32_t kNone = SeriesPlace::kShards;
  void Unlock() KVS_THREAD_ANNOTATION(no_thread_safety_analysis) {
    if (held_ != kNone) tenant_.shards[held_].mutex().Unlock();
    held_ = kNone;
  }
  Tenant& tenant_;
  uint32_t held_ = kNone;
};

}  // namespace kvs::head

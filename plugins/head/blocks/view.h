// SPDX-License-Identifier: Apache-2.0
// View: what of a tenant is read from blocks, and what from memory. Every sample is in exactly one
// of the two places for whoever holds a view. What has become a block is published as a new view;
// memory keeps it until nobody holds an older one, so no reader finds a sample in neither place.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"

#include "chunk_log.h"
#include "series.h"

namespace kvs::head {

class LocalBlock;

struct View {
  /// Samples in order before it are in blocks; it never goes back.
  int64_t memory_from = std::numeric_limits<int64_t>::min();
  /// Chunks of late samples up to it are in blocks, for each shard.
  std::array<ChunkHandle, SeriesPlace::kShards> late_upto{};
  /// Late samples of earlier generations of the log are in blocks.
  uint32_t late_generation = 0;
  /// In the order of their first times.
  std::vector<std::shared_ptr<const LocalBlock>> blocks;
};

/// The views of a tenant. [any]
class Views {
 public:
  std::shared_ptr<const View> current() const {
    MutexLock lock(mutex_);
    return current_;
  }

  void Publish(View view) {
    auto next = std::make_shared<const View>(std::move(view));
    MutexLock lock(mutex_);
    older_.push_back(std::exchange(current_, std::move(next)));
  }

  /// The oldest view that anybody holds: memory keeps what it does not have in blocks.
  std::shared_ptr<const View> OldestInUse() {
    MutexLock lock(mutex_);
    for (auto it = older_.begin(); it != older_.end(); it = older_.erase(it)) {
      if (auto held = it->lock(); held != nullptr) return held;
    }
    return current_;
  }

 private:
  mutable Mutex mutex_;
  std::shared_ptr<const View> current_ KVS_GUARDED_BY(mutex_) = std::make_shared<const View>();
  std::vector<std::weak_ptr<const View>> older_ KVS_GUARDED_BY(mutex_);  // The oldest first.
};

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
// Backoff: how long to wait before a call to a store is tried again, and when to give up. Waits
// double, half of each is chosen at random so that clients which failed together do not come back
// together, and none reaches past the deadline.
#pragma once

#include <cstdint>
#include <optional>

#include "kvs/base/status.h"

namespace kvs::objstore {

struct BackoffPolicy {
  int64_t min_ms = 100;      ///< about the first wait
  int64_t max_ms = 10'000;   ///< no wait is longer, unless the store asks for one
  int64_t max_attempts = 5;  ///< the first one counts
};

class Backoff {
 public:
  /// `seed` makes the jitter; each call wants another one.
  Backoff(const BackoffPolicy& policy, uint64_t seed) : policy_(policy), random_(seed) {}

  /// Milliseconds to wait before the next attempt; nothing when `failed` is not worth one, when all
  /// attempts are made, or when the wait would not end before `left_ms` have passed (negative:
  /// there is no deadline).
  std::optional<int64_t> Next(const Status& failed, int64_t left_ms);

  /// Attempts that Next() has granted, and the first.
  int64_t attempts() const { return attempts_; }

 private:
  const BackoffPolicy policy_;
  uint64_t random_;
  int64_t attempts_ = 1;
};

/// Whether the same call may succeed when it is repeated: the store says so, or is not available.
bool IsRetryable(const Status& status);

}  // namespace kvs::objstore

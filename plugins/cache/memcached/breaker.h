// SPDX-License-Identifier: Apache-2.0
// Breaker: leaves alone for a while what keeps failing, so that nobody waits for it, and lets one
// try whether it is back.
#pragma once

#include <cstdint>

namespace kvs::cache::memcached {

/// Not synchronised.
class Breaker {
 public:
  Breaker(int64_t max_failures, int64_t pause_ms)
      : max_failures_(max_failures), pause_ms_(pause_ms) {}

  /// Whether to try now; if so, Succeeded() or Failed() follows.
  bool Allows(int64_t now_ms);
  void Succeeded();
  /// True: it has just begun to leave alone.
  bool Failed(int64_t now_ms);
  bool paused() const { return failures_ >= max_failures_; }

 private:
  const int64_t max_failures_, pause_ms_;
  int64_t failures_ = 0;  ///< In a row.
  int64_t until_ms_ = 0;
  bool probing_ = false;
};

}  // namespace kvs::cache::memcached

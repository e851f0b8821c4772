// SPDX-License-Identifier: Apache-2.0
#include "breaker.h"

namespace kvs::cache::memcached {

bool Breaker::Allows(int64_t now_ms) {
  if (!paused()) return true;
  if (probing_ || now_ms < until_ms_) return false;
  probing_ = true;
  return true;
}

void Breaker::Succeeded() {
  failures_ = 0;
  probing_ = false;
}

bool Breaker::Failed(int64_t now_ms) {
  const bool was_paused = paused();
  ++failures_;
  probing_ = false;
  if (!paused()) return false;
  until_ms_ = now_ms + pause_ms_;
  return !was_paused;
}

}  // namespace kvs::cache::memcached

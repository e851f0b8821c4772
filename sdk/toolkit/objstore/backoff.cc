// SPDX-License-Identifier: Apache-2.0
#include "kvs/objstore/backoff.h"

#include <algorithm>

namespace kvs::objstore {
namespace {

// SplitMix64: a good step of a generator whose state is one word.
uint64_t NextRandom(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

bool IsRetryable(const Status& status) {
  return status.retryable() || status.code() == StatusCode::kUnavailable;
}

std::optional<int64_t> Backoff::Next(const Status& failed, int64_t left_ms) {
  if (!IsRetryable(failed) || attempts_ >= policy_.max_attempts) return std::nullopt;
  const int64_t doublings = std::min<int64_t>(attempts_ - 1, 32);
  const int64_t cap =
      std::max<int64_t>(std::min(policy_.max_ms >> doublings, policy_.min_ms) << doublings, 1);
  int64_t wait = cap / 2 + static_cast<int64_t>(NextRandom(&random_) % (cap / 2 + 1));
  wait = std::max<int64_t>(wait, failed.retry_after_ms());
  if (left_ms >= 0 && wait >= left_ms) return std::nullopt;
  ++attempts_;
  return wait;
}

}  // namespace kvs::objstore

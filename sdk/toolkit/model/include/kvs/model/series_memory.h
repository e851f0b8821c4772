// SPDX-License-Identifier: Apache-2.0
// SeriesMemory: what was found out about a series, by its key, as a small number; so that labels
// are looked at once for each series and not once for each sample. A table of 64-bit words, each 44
// bits of tag and 20 of number. Lossy both ways of the trade: a full bucket loses an old entry
// (that series is looked at again), and two series with one tag and bucket cannot be told apart, at
// some 2^-60 under a seed nobody outside knows. What numbers depend on, such as a tenant's
// settings, is mixed into the tag, so that a change of it forgets everything at once.
//
//   const uint64_t tag = SeriesMemory::TagOf(key, settings.hash);
//   uint32_t number = memory.Find(tag);
//   if (number == 0) memory.Remember(tag, number = LookAt(labels));
//
// Readers and writers never wait for each other. [any]
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kvs/model/elements.h"

namespace kvs::model {

class SeriesMemory {
 public:
  static constexpr uint32_t kMaxNumber = (uint32_t{1} << 20) - 1;

  /// For about so many series, of 8 bytes each, all of which are taken at once.
  explicit SeriesMemory(size_t max_series)
      : mask_(std::bit_ceil(std::max<size_t>(max_series / kSlots, 128)) - 1),
        buckets_(std::make_unique<Bucket[]>(mask_ + 1)) {}

  static uint64_t TagOf(Key128 key, uint64_t settings) {
    uint64_t tag = key.lo ^ std::rotl(key.hi, 32) ^ (settings * 0x9e3779b97f4a7c15);
    tag = (tag ^ (tag >> 29)) * 0xbf58476d1ce4e5b9;
    return (tag ^ (tag >> 32)) & ~uint64_t{kMaxNumber};
  }
  void Prefetch(uint64_t tag) const { __builtin_prefetch(&BucketOf(tag)); }

  /// 0: not known, or forgotten.
  uint32_t Find(uint64_t tag) const {
    for (const std::atomic<uint64_t>& slot : BucketOf(tag).words) {
      const uint64_t word = slot.load(std::memory_order_relaxed);
      if ((word & ~uint64_t{kMaxNumber}) == tag && (word & kMaxNumber) != 0)
        return static_cast<uint32_t>(word & kMaxNumber);
    }
    return 0;
  }
  /// `number`: 1 to kMaxNumber.
  void Remember(uint64_t tag, uint32_t number) {
    Bucket& bucket = BucketOf(tag);
    const uint64_t word = tag | number;
    for (std::atomic<uint64_t>& slot : bucket.words) {
      uint64_t seen = slot.load(std::memory_order_relaxed);
      if (seen == word) return;
      if (seen == 0 && slot.compare_exchange_strong(seen, word, std::memory_order_relaxed)) return;
    }
    // High bits choose the victim: lower ones chose the bucket.
    bucket.words[(tag >> 61) % kSlots].store(word, std::memory_order_relaxed);
  }

 private:
  static constexpr size_t kSlots = 8;
  struct alignas(64) Bucket {
    std::atomic<uint64_t> words[kSlots];
  };
  Bucket& BucketOf(uint64_t tag) const { return buckets_[(tag >> 20) & mask_]; }

  const size_t mask_;
  const std::unique_ptr<Bucket[]> buckets_;
};

}  // namespace kvs::model

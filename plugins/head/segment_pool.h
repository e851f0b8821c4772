// SPDX-License-Identifier: Apache-2.0
// SegmentPool: the memory of open chunks. A chunk that is still written to is a chain of 64-byte
// segments, so it grows without being moved, wastes half a segment on average, and what it leaves
// behind fits every other chunk. Size classes were rejected: all series of a scrape outgrow a class
// at the same time, and the memory of every class stays behind.
//
// Not synchronised: each shard has its own, under its lock.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

namespace kvs::head {

/// One link of a chain. While it is the last, `next` is scratch: bit writers store eight bytes at a
/// time.
struct alignas(64) Segment {
  static constexpr uint32_t kBytes = 60;

  uint8_t bytes[kBytes];
  uint32_t next;
};
static_assert(sizeof(Segment) == 64);

class SegmentPool {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  Segment& at(uint32_t index) { return slabs_[index / kPerSlab][index % kPerSlab]; }
  const Segment& at(uint32_t index) const { return slabs_[index / kPerSlab][index % kPerSlab]; }

  /// A segment with undefined contents.
  uint32_t Allocate() {
    if (free_ != kNone) {
      const uint32_t index = free_;
      free_ = at(index).next;
      return index;
    }
    if (fresh_ == n_segments_) [[unlikely]]
      Grow();
    return fresh_++;
  }

  /// Takes back a chain of `n` segments.
  void Free(uint32_t first, uint32_t last) {
    at(last).next = free_;
    free_ = first;
  }

  size_t bytes() const { return n_segments_ * sizeof(Segment); }

 private:
  static constexpr uint32_t kPerSlab = 128;
  static constexpr uint32_t kFirst = 8;  // 512 bytes: what the first series of a tenant costs.
  // Slabs are added so many at a time that no more than one in kGrowth lies idle, and up to 256
  // KiB.
  static constexpr uint32_t kGrowth = 16;
  static constexpr uint32_t kMostSlabs = 32;

  /// Adds segments: more slabs, or while there is but one and it is small, a larger one in its
  /// place. Segments are named by number, so they may move.
  void Grow();

  std::vector<Segment*> slabs_;
  std::vector<std::unique_ptr<Segment[]>> blocks_;  ///< What the slabs are parts of.
  uint32_t free_ = kNone;                           ///< The first of those that came back.
  uint32_t fresh_ = 0;                              ///< Those from here on were never given out.
  uint32_t n_segments_ = 0;
};

/// An open chunk of floats in segments: XOR, or XOR2 where samples have start timestamps.
struct OpenChunk {
  uint32_t first = SegmentPool::kNone;
  uint32_t last = SegmentPool::kNone;
  uint16_t n_segments = 0;
  uint16_t last_bits = 0;  ///< Bits used in the last segment.

  bool empty() const { return n_segments == 0; }
  uint32_t size_bytes() const {
    return (n_segments - 1u) * Segment::kBytes + (last_bits + 7u) / 8u;
  }

  /// Appends to the chunk that `state` belongs to; an empty chunk and a fresh state go together.
  /// Returns how many bits the sample takes; 0: it does not lie in the last segment alone.
  uint8_t Append(SegmentPool& pool, chunk::XorState& state, int64_t t, double v) {
    // The fast way needs room for the longest sample, and for the eight bytes that a bit writer
    // stores, `next` included.
    constexpr uint32_t kRoomy = sizeof(Segment) - chunk::kXorMaxSampleBytes;
    static_assert(kRoomy + chunk::kXorMaxSampleBytes - chunk::BitBuffer::kSlackBytes <=
                  Segment::kBytes);
    if (n_segments != 0 && last_bits <= 8 * kRoomy) [[likely]] {
      chunk::BitBuffer out{pool.at(last).bytes, last_bits, sizeof(Segment)};
      chunk::XorAppend(state, out, t, v);
      const auto size = static_cast<uint8_t>(out.bits - last_bits);
      last_bits = static_cast<uint16_t>(out.bits);
      return size;
    }
    return AppendAcross(pool, state, t, v);
  }

  /// The same for an XOR2 chunk, whose header in front is kept up to date.
  void Append(SegmentPool& pool, chunk::Xor2State& state, int64_t start, int64_t t, double v);

  /// The chunk that these bytes are, `bits` of them used.
  static OpenChunk Restore(SegmentPool& pool, std::span<const uint8_t> bytes, uint32_t bits);

  /// Copies the whole chunk, its count in front, to size_bytes() at `out`.
  void CopyTo(const SegmentPool& pool, unsigned count, uint8_t* out) const;

  /// The same, to be done together with others by CopyAll().
  struct Copy {
    uint32_t segment;
    uint32_t left;   ///< Bytes.
    uint16_t count;  ///< To stand in front; 0: the bytes are not a chunk from its beginning on.
    uint8_t* out;
  };
  Copy CopyLater(const SegmentPool& pool, unsigned count, uint8_t* out) const {
    __builtin_prefetch(&pool.at(first));
    return {first, size_bytes(), static_cast<uint16_t>(count), out};
  }
  /// `left` bytes from the beginning of `segment` on.
  static Copy CopyFrom(const SegmentPool& pool, uint32_t segment, uint32_t left, uint8_t* out) {
    __builtin_prefetch(&pool.at(segment));
    return {segment, left, 0, out};
  }
  /// Does them side by side: a chain is read one link after the other, each somewhere else, so one
  /// chain alone would wait for memory at every link. `copies` is used up.
  static void CopyAll(const SegmentPool& pool, std::vector<Copy>& copies);

  void Free(SegmentPool& pool) {
    if (n_segments != 0) pool.Free(first, last);
    *this = {};
  }

 private:
  uint8_t AppendAcross(SegmentPool& pool, chunk::XorState& state, int64_t t, double v);
  // Has `write` write a sample, of at most so many bytes with a bit writer's slack, to wherever
  // there is room for it. Returns what Append() does.
  template <uint32_t kMaxSampleBytes, typename Write>
  uint8_t Across(SegmentPool& pool, Write write);
};
static_assert(sizeof(OpenChunk) == 12);

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "open_tail.h"

#include <cstring>

#include "kvs/base/check.h"

namespace kvs::head {
namespace {

constexpr unsigned kSegmentBits = 8 * Segment::kBytes;
// A mark is moved on when it is so many samples behind: readers of several ranges take turns, and
// the one that looks back farthest should find it before its range.
constexpr unsigned kMostSkipped = 16;

bool IsSet(const ReadMark& mark) {
  return mark.state.count != 0;
}

}  // namespace

bool WorthATail(const ReadMark* mark, int64_t begin, int64_t end, int64_t min_t) {
  if (min_t <= begin) return false;
  if (mark != nullptr && IsSet(*mark) && mark->state.t < min_t) return true;
  return static_cast<uint64_t>(min_t) - static_cast<uint64_t>(begin) >
         static_cast<uint64_t>(end) - static_cast<uint64_t>(min_t);
}

CutTail Cut(const SegmentPool& pool, const PendingReads::Tail& tail) {
  // In front of the bytes are as many as a BitSource wants at least; they are never looked at.
  constexpr uint32_t kFront = chunk::BitSource::kMinBytes;
  uint8_t* const bytes = tail.room + chunk::kXorCutRoom;
  std::memset(bytes, 0, kFront);
  const std::span<const uint8_t> span(bytes, kFront + tail.size);

  ReadMark& mark = *tail.mark;
  const bool from_mark = IsSet(mark) && mark.state.t < tail.min_t;
  chunk::ReopenedXor at;
  at.bits = 8 * kFront;
  if (from_mark) {
    at.state = mark.state;
    at.bits += mark.bit;
  }
  const unsigned begun = at.state.count;
  // These are our own bytes, copied under the lock they were written under.
  KVS_CHECK(chunk::XorSkipBefore(span, tail.count, tail.min_t, &at).ok());
  const StatusOr<uint32_t> size = chunk::XorCutFront(span, tail.count, at, tail.room);
  KVS_CHECK(size.ok());

  if (!from_mark || at.state.count - begun > kMostSkipped) {
    mark.state = at.state;
    mark.segment = tail.segment;
    mark.before = tail.before;
    uint32_t bit = at.bits - 8 * kFront;
    // Where the chunk ends with its last segment there is no next one to stand in.
    for (; bit > kSegmentBits || (bit == kSegmentBits && at.state.count < tail.count);
         bit -= kSegmentBits) {
      mark.segment = pool.at(mark.segment).next;
      ++mark.before;
    }
    mark.bit = static_cast<uint16_t>(bit);
  }
  return {at.state.t, tail.room, *size, static_cast<uint16_t>(tail.count - at.state.count + 1)};
}

}  // namespace kvs::head

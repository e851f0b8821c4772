// SPDX-License-Identifier: Apache-2.0
// Reading the end of an open chunk. An XOR chunk can only be decoded from its beginning, so a rule
// that looks at the last five minutes would decode two hours each time. A read therefore leaves a
// mark behind: the place in the chunk at which what it wanted began. The next one goes on from
// there, and gives out the samples behind it as a chunk of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "kvs/chunk/xor.h"

#include "segment_pool.h"

namespace kvs::head {

/// A place between two samples of an open chunk.
struct ReadMark {
  chunk::XorState state;  ///< Of a chunk that ended here; without samples: there is no mark.
  uint32_t segment = 0;   ///< In which the next sample begins.
  uint16_t bit = 0;       ///< At which, in that segment.
  uint16_t before = 0;    ///< Segments before that one.
};

/// Reads of open chunks whose bytes are still to be copied, see OpenChunk::CopyAll(): all of a
/// visit to a shard together.
struct PendingReads {
  /// A chunk of which only the end is wanted.
  struct Tail {
    ReadMark* mark;  ///< Where the read begins, and the next one may.
    int64_t min_t;
    uint8_t* room;  ///< kTailRoom bytes, then those of the chunk from the mark's segment on.
    uint32_t size;  ///< Of those bytes.
    uint32_t segment;
    uint16_t before;
    uint16_t count;  ///< Samples of the whole chunk.
    size_t ticket;   ///< What the receiver calls it.
  };
  static constexpr uint32_t kTailRoom = chunk::kXorCutRoom + chunk::BitSource::kMinBytes;

  std::vector<OpenChunk::Copy> copies;
  std::vector<Tail> tails;
};

/// The end of a chunk, cut off.
struct CutTail {
  int64_t min_t;
  const uint8_t* data;  ///< In the tail's room.
  uint32_t size;
  uint16_t n_samples;
};

/// Whether samples from `min_t` on are to be read from a mark, or by setting one: not when they are
/// most of the chunk, which begins at `begin` and ends at `end`, not before `min_t`.
bool WorthATail(const ReadMark* mark, int64_t begin, int64_t end, int64_t min_t);

/// Cuts a tail whose bytes have been copied: from the last sample before `min_t` on. Sets or moves
/// the mark.
CutTail Cut(const SegmentPool& pool, const PendingReads::Tail& tail);

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
// What the head keeps of a series: one cache line that holds all an append needs, and a handle of
// its closed chunks. Labels live in the indexer.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

#include "chunk_log.h"
#include "open_tail.h"
#include "segment_pool.h"

namespace kvs::head {

/// The line. A series that never had a sample is all defaults.
struct alignas(64) Series {
  static constexpr uint8_t kSampled = 1;  ///< It has, or had, a sample, the last at state.t.
  static constexpr uint8_t kSide = 2;     ///< The shard has a SideState for it.
  static constexpr uint8_t kHistogram =
      4;  ///< Its last sample is a histogram, and so is its open chunk.
  static constexpr uint8_t kStarted = 8;  ///< Its open chunk is XOR2, see SeriesPage::started.

  /// Of the open chunk, if that is XOR. `t` is the last sample's time whatever it was, also between
  /// chunks, and `v_bits` its value if it was a float.
  chunk::XorState state;
  int64_t min_t = 0;  ///< Of the open chunk.
  int64_t cut_t = 0;  ///< Samples from here on belong to a later block than the open chunk.
  OpenChunk open;
  uint16_t logged = 0;  ///< Generation of the log that has its labels; 0: none.
  uint8_t flags = 0;
  uint8_t last_size = 0;  ///< Bits of the open chunk's last sample; 0: see OpenChunk::Append().

  bool sampled() const { return (flags & kSampled) != 0; }
};
static_assert(sizeof(Series) == 64);

/// A page is what a shard grows by; neighbours in time of creation share one, so a scrape walks
/// through it in order. Small enough that a tenant of few series is cheap.
struct SeriesPage {
  static constexpr uint32_t kSeries = 32;

  Series series[kSeries];
  ChunkHandle newest[kSeries] = {};  ///< Its last closed chunk.
  /// Of open chunks; null until one of the page is read from its middle.
  std::unique_ptr<ReadMark[]> marks;
  /// Of open chunks with start timestamps; null until one of the page is.
  std::unique_ptr<chunk::Xor2State[]> started;
};

/// Where a series id of a tenant lives: pages are dealt out to the shards in turn.
struct SeriesPlace {
  static constexpr uint32_t kShards = 16;

  explicit SeriesPlace(uint32_t id)
      : shard(id / SeriesPage::kSeries % kShards),
        page(id / SeriesPage::kSeries / kShards),
        slot(id % SeriesPage::kSeries) {}
  uint32_t shard;
  uint32_t page;
  uint32_t slot;
};

/// Width of a block: no chunk spans its border, so blocks can be written without decoding.
inline constexpr int64_t kBlockMs = 2 * 60 * 60 * 1000;
/// Samples after which a chunk is closed.
inline constexpr unsigned kSamplesPerChunk = 120;

/// a + b, but no further than the ends of the type.
inline int64_t SaturatingAdd(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

/// The beginning of the block after that of `t`.
inline int64_t NextBlock(int64_t t) {
  const int64_t into = t % kBlockMs;
  return SaturatingAdd(t, kBlockMs - (into < 0 ? into + kBlockMs : into));
}

}  // namespace kvs::head

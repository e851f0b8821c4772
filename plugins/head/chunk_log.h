// SPDX-License-Identifier: Apache-2.0
// ChunkLog: the closed chunks of a shard, packed one behind the other in the order in which they
// were closed, oldest blocks dropped first. The chunks of a series are a list that begins at its
// newest and leads back in time through the log, so a series needs one handle however many chunks
// it has, and dropping a block shortens all lists without touching them.
//
// Not synchronised, except that bytes of a block never change once written and a reader who holds a
// pin may read them without any lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>

namespace kvs::head {

/// A place in the log. 0: none.
using ChunkHandle = uint64_t;

/// What stands in front of the bytes of a chunk.
struct ClosedChunk {
  ChunkHandle previous;  ///< The next older chunk of the series.
  int64_t min_t;
  int64_t max_t;
  uint32_t size;
  uint16_t n_samples;
  uint8_t encoding;
  uint8_t reserved;

  const uint8_t* data() const { return reinterpret_cast<const uint8_t*>(this + 1); }
  uint8_t* data() { return reinterpret_cast<uint8_t*>(this + 1); }
};
static_assert(sizeof(ClosedChunk) == 32);

class ChunkLog {
 public:
  /// A block, while somebody reads it.
  using Pin = std::shared_ptr<const uint64_t[]>;

  /// Room for a chunk of `size` bytes; the caller fills in header (size is set) and bytes. `handle`
  /// is set, above all before. `late`: of out-of-order samples.
  ClosedChunk* Append(uint32_t size, int64_t max_t, bool late, ChunkHandle* handle);

  /// The chunk, or null when there is none or it has been dropped.
  const ClosedChunk* Find(ChunkHandle handle) const {
    const auto block = static_cast<uint32_t>(handle >> 32);
    if (block < first_ || handle == 0) return nullptr;
    return reinterpret_cast<const ClosedChunk*>(blocks_[block - first_].words.get() +
                                                static_cast<uint32_t>(handle));
  }

  /// Keeps the block of `handle`, which Find() finds.
  Pin PinOf(ChunkHandle handle) const { return blocks_[BlockOf(handle)].words; }
  /// Its number among the blocks that are there, below n_blocks().
  size_t BlockOf(ChunkHandle handle) const { return static_cast<uint32_t>(handle >> 32) - first_; }
  size_t n_blocks() const { return blocks_.size(); }

  /// Drops the oldest blocks as long as all their chunks end before `t`, or are late ones up to
  /// `late_upto`.
  void DropBefore(int64_t t, ChunkHandle late_upto);
  /// The newest chunk; 0: there never was one.
  ChunkHandle newest() const { return newest_; }

  size_t bytes() const { return bytes_; }

 private:
  struct Block {
    std::shared_ptr<uint64_t[]> words;
    uint32_t capacity;
    uint32_t used;
    int64_t max_t;            // Of the chunks that are not late.
    ChunkHandle newest_late;  // 0: none.
  };
  static constexpr uint32_t kMinWords = 4096 / 8;
  static constexpr uint32_t kMaxWords = (256 << 10) / 8;

  std::deque<Block> blocks_;
  uint32_t first_ = 1;  // Number of blocks_.front(), so that no handle is 0.
  uint32_t next_words_ = kMinWords;
  ChunkHandle newest_ = 0;
  size_t bytes_ = 0;
};

}  // namespace kvs::head

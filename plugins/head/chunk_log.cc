// SPDX-License-Identifier: Apache-2.0
#include "chunk_log.h"

#include <algorithm>
#include <limits>

#include "prefault.h"

namespace kvs::head {

ClosedChunk* ChunkLog::Append(uint32_t size, int64_t max_t, bool late, ChunkHandle* handle) {
  const auto words = static_cast<uint32_t>((sizeof(ClosedChunk) + size + 7) / 8);
  if (blocks_.empty() || blocks_.back().capacity - blocks_.back().used < words) {
    const uint32_t capacity = std::max(next_words_, words);
    next_words_ = std::min(2 * next_words_, kMaxWords);
    std::shared_ptr<uint64_t[]> fresh(new uint64_t[capacity]);
    // A log that has come to full blocks fills this one, too.
    if (capacity == kMaxWords) PrefaultForWriting(fresh.get(), capacity * sizeof(uint64_t));
    blocks_.push_back({std::move(fresh), capacity, 0, std::numeric_limits<int64_t>::min(), 0});
    bytes_ += capacity * sizeof(uint64_t);
  }
  Block& block = blocks_.back();
  *handle = uint64_t{first_ + static_cast<uint32_t>(blocks_.size() - 1)} << 32 | block.used;
  auto* chunk = reinterpret_cast<ClosedChunk*>(block.words.get() + block.used);
  block.used += words;
  if (late) {
    block.newest_late = *handle;
  } else {
    block.max_t = std::max(block.max_t, max_t);
  }
  newest_ = *handle;
  chunk->size = size;
  chunk->reserved = 0;
  return chunk;
}

void ChunkLog::DropBefore(int64_t t, ChunkHandle late_upto) {
  while (!blocks_.empty() && blocks_.front().max_t < t &&
         blocks_.front().newest_late <= late_upto) {
    bytes_ -= blocks_.front().capacity * sizeof(uint64_t);
    blocks_.pop_front();
    ++first_;
  }
}

}  // namespace kvs::head

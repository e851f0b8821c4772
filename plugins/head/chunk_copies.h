// SPDX-License-Identifier: Apache-2.0
// ChunkCopies: the chunks of a series, copied while its shard is locked, for who goes on with them
// afterwards. Memory is kept from one series to the next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/chunk/encoding.h"

#include "shard.h"

namespace kvs::head {

class ChunkCopies final : public ChunkReceiver {
 public:
  struct Chunk {
    int64_t min_t;
    int64_t max_t;
    uint32_t size;
    unsigned n_samples;
    chunk::Encoding encoding;
    bool late;
    bool open;  ///< It may still grow, or is made of samples that are in no chunk yet.

    size_t at;  ///< In the memory of the copies.
  };

  void Clear() {
    chunks_.clear();
    bytes_.clear();
    n_opened_ = 0;
  }
  const std::vector<Chunk>& chunks() const { return chunks_; }
  /// Borrowed until the next change.
  std::span<const uint8_t> BytesOf(const Chunk& chunk) const {
    return {chunk.open ? opened_[chunk.at].data() : bytes_.data() + chunk.at, chunk.size};
  }

  void Closed(const ClosedChunk& chunk, const ChunkLog&, ChunkHandle, bool late) override {
    chunks_.push_back({chunk.min_t, chunk.max_t, chunk.size, chunk.n_samples,
                       static_cast<chunk::Encoding>(chunk.encoding), late, false, bytes_.size()});
    bytes_.insert(bytes_.end(), chunk.data(), chunk.data() + chunk.size);
  }
  uint8_t* Open(int64_t min_t, int64_t max_t, uint32_t size, unsigned n_samples, uint8_t encoding,
                bool late) override {
    chunks_.push_back({min_t, max_t, size, n_samples, static_cast<chunk::Encoding>(encoding), late,
                       true, n_opened_});
    return Room(size);
  }
  uint8_t* OpenTail(int64_t max_t, uint32_t size, uint8_t encoding, size_t* ticket) override {
    *ticket = chunks_.size();
    return Open(max_t, max_t, size, 0, encoding, false);
  }
  void PutTail(size_t ticket, const CutTail& tail) override {
    Chunk& chunk = chunks_[ticket];
    chunk.min_t = tail.min_t;
    chunk.size = tail.size;
    chunk.n_samples = tail.n_samples;
    // The tail stands somewhere in its room.
    std::vector<uint8_t>& room = opened_[chunk.at];
    room.erase(room.begin(), room.begin() + (tail.data - room.data()));
  }

 private:
  uint8_t* Room(uint32_t size) {
    if (n_opened_ == opened_.size()) opened_.emplace_back();
    std::vector<uint8_t>& room = opened_[n_opened_++];
    room.resize(size);
    return room.data();
  }

  std::vector<Chunk> chunks_;
  std::vector<uint8_t> bytes_;
  std::vector<std::vector<uint8_t>> opened_;
  size_t n_opened_ = 0;
};

}  // namespace kvs::head

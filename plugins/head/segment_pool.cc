// SPDX-License-Identifier: Apache-2.0
#include "segment_pool.h"

#include <algorithm>
#include <cstring>

#include "prefault.h"

namespace kvs::head {

void SegmentPool::Grow() {
  const uint32_t begin = n_segments_;
  uint32_t end;
  if (begin < kPerSlab) {
    end = begin == 0 ? kFirst : std::min(4 * begin, kPerSlab);
    std::unique_ptr<Segment[]> slab(new Segment[end]);
    if (begin == 0) {
      slabs_.resize(1);
      blocks_.resize(1);
    } else {
      std::copy_n(slabs_[0], begin, slab.get());
    }
    slabs_[0] = slab.get();
    blocks_[0] = std::move(slab);
  } else {
    const uint32_t n_slabs = std::clamp(begin / kPerSlab / kGrowth, 1u, kMostSlabs);
    const size_t n = size_t{n_slabs} * kPerSlab;
    std::unique_ptr<Segment[]> block(new Segment[n]);
    PrefaultForWriting(block.get(), n * sizeof(Segment));
    for (uint32_t i = 0; i < n_slabs; ++i) slabs_.push_back(block.get() + i * kPerSlab);
    blocks_.push_back(std::move(block));
    end = begin + static_cast<uint32_t>(n);
  }
  n_segments_ = end;
}

uint8_t OpenChunk::AppendAcross(SegmentPool& pool, chunk::XorState& state, int64_t t, double v) {
  return Across<chunk::kXorMaxSampleBytes>(
      pool, [&](chunk::BitBuffer& out) { chunk::XorAppend(state, out, t, v); });
}

void OpenChunk::Append(SegmentPool& pool, chunk::Xor2State& state, int64_t start, int64_t t,
                       double v) {
  constexpr uint32_t kRoomy = sizeof(Segment) - chunk::kXor2MaxSampleBytes;
  const uint8_t header = state.starts.header;
  if (n_segments != 0 && last_bits <= 8 * kRoomy) {
    chunk::BitBuffer out{pool.at(last).bytes, last_bits, sizeof(Segment)};
    chunk::Xor2Append(state, out, start, t, v);
    last_bits = static_cast<uint16_t>(out.bits);
  } else {
    Across<chunk::kXor2MaxSampleBytes>(
        pool, [&](chunk::BitBuffer& out) { chunk::Xor2Append(state, out, start, t, v); });
  }
  // At most twice in a chunk, so that only then its beginning is looked at.
  if (state.starts.header != header) pool.at(first).bytes[chunk::kCountBytes] = state.starts.header;
}

// Encodes beside the chain, behind a copy of the last, partly used byte, and deals the bytes out.
template <uint32_t kMaxSampleBytes, typename Write>
uint8_t OpenChunk::Across(SegmentPool& pool, Write write) {
  uint8_t scratch[1 + kMaxSampleBytes];
  const uint32_t at = last_bits / 8u;
  const uint32_t kept_bits = last_bits % 8u;
  scratch[0] = kept_bits != 0 ? pool.at(last).bytes[at] : 0;
  chunk::BitBuffer out{scratch, kept_bits, sizeof(scratch)};
  write(out);

  const uint32_t size = out.size_bytes();
  const uint32_t room = n_segments == 0 ? 0 : std::min(size, Segment::kBytes - at);
  if (room != 0) std::memcpy(pool.at(last).bytes + at, scratch, room);
  if (room == size) {
    last_bits = static_cast<uint16_t>(8 * at + out.bits);
    return static_cast<uint8_t>(out.bits - kept_bits);
  }
  const uint32_t fresh = pool.Allocate();
  std::memcpy(pool.at(fresh).bytes, scratch + room, size - room);
  if (n_segments == 0) {
    first = fresh;
  } else {
    pool.at(last).next = fresh;
  }
  last = fresh;
  ++n_segments;
  last_bits = static_cast<uint16_t>(out.bits - 8 * room);
  return 0;
}

OpenChunk OpenChunk::Restore(SegmentPool& pool, std::span<const uint8_t> bytes, uint32_t bits) {
  OpenChunk open;
  bytes = bytes.first((bits + 7) / 8);
  while (!bytes.empty()) {
    const size_t n = std::min<size_t>(bytes.size(), Segment::kBytes);
    const uint32_t fresh = pool.Allocate();
    std::memcpy(pool.at(fresh).bytes, bytes.data(), n);
    if (open.n_segments == 0) {
      open.first = fresh;
    } else {
      pool.at(open.last).next = fresh;
    }
    open.last = fresh;
    ++open.n_segments;
    bytes = bytes.subspan(n);
  }
  open.last_bits = static_cast<uint16_t>(bits - 8 * Segment::kBytes * (open.n_segments - 1u));
  return open;
}

void OpenChunk::CopyTo(const SegmentPool& pool, unsigned count, uint8_t* out) const {
  uint8_t* at = out;
  uint32_t index = first;
  for (uint32_t i = 1; i < n_segments; ++i) {
    const Segment& segment = pool.at(index);
    std::memcpy(at, segment.bytes, Segment::kBytes);
    at += Segment::kBytes;
    index = segment.next;
  }
  std::memcpy(at, pool.at(index).bytes, (last_bits + 7u) / 8u);
  chunk::StoreSampleCount(out, count);
}

void OpenChunk::CopyAll(const SegmentPool& pool, std::vector<Copy>& copies) {
  for (bool is_first = true; !copies.empty(); is_first = false) {
    for (size_t i = copies.size(); i-- > 0;) {
      Copy& copy = copies[i];
      const Segment& segment = pool.at(copy.segment);
      uint8_t* const out = copy.out;
      if (copy.left > Segment::kBytes) [[likely]] {
        copy.segment = segment.next;
        __builtin_prefetch(&pool.at(copy.segment));
        std::memcpy(out, segment.bytes, Segment::kBytes);  // Of a known size, so without a call.
        copy.out = out + Segment::kBytes;
        copy.left -= Segment::kBytes;
        if (is_first && copy.count != 0) chunk::StoreSampleCount(out, copy.count);
        continue;
      }
      std::memcpy(out, segment.bytes, copy.left);
      if (is_first && copy.count != 0) chunk::StoreSampleCount(out, copy.count);
      copy = copies.back();
      copies.pop_back();
    }
  }
}

}  // namespace kvs::head

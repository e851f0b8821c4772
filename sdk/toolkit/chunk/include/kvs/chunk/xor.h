// SPDX-License-Identifier: Apache-2.0
// The XOR chunk (encoding 1), Prometheus' Gorilla variant for float samples;
// docs/formats/chunk_xor.md has the bits.
//
// Writing is split for the head: the state of a series' open chunk is a small plain struct and the
// bytes live wherever the head put them, so an append is inline code on two cache lines, without
// allocation.
//
//   XorState state;
//   BitBuffer out{slab, 0, slab_bytes};
//   if (!XorTryAppend(state, out, t, v)) { /* a bigger slab or a new chunk */ }
//   Ship(XorFinish(state, out));
//
//   XorDecoder samples(chunk);
//   while (samples.Next(&t, &v)) Use(t, v);
//   KVS_RETURN_IF_ERROR(samples.status());
//
// Nothing here is synchronised. [any]
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/bit_buffer.h"
#include "kvs/chunk/bit_reader.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/xor_value.h"

namespace kvs::chunk {

/// All that an append needs to know of the samples before it. Trivially copyable, 32 bytes.
struct XorState {
  int64_t t = 0;        ///< Of the last sample, in milliseconds.
  uint64_t v_bits = 0;  ///< The last value's bits.
  uint64_t delta = 0;   ///< Between the last two timestamps, modulo 2^64.
  uint16_t count = 0;   ///< Samples in the chunk.
  XorWindow window;

  double value() const { return std::bit_cast<double>(v_bits); }
};

/// A sample takes at most 20 bytes (the first with the count, or the second), and BitBuffer wants
/// its slack behind them.
inline constexpr uint32_t kXorMaxSampleBytes = 20 + BitBuffer::kSlackBytes;

namespace internal {

void XorAppendFirstTwo(XorState& state, BitBuffer& out, int64_t t, uint64_t v_bits);
bool XorTryAppendNearEnd(XorState& state, BitBuffer& out, int64_t t, double v);

}  // namespace internal

/// Appends a sample. `out` has at least kXorMaxSampleBytes free, `state` belongs to it (a fresh
/// state to an empty buffer) and has count < kMaxSamples. The count at the front of the chunk is
/// not touched: that line may be cold, see XorFinish(). Order is the caller's affair: any
/// timestamps survive a round trip.
inline void XorAppend(XorState& state, BitBuffer& out, int64_t t, double v) {
  KVS_DCHECK(state.count < kMaxSamples && out.free_bytes() >= kXorMaxSampleBytes);
  const uint64_t v_bits = std::bit_cast<uint64_t>(v);
  if (state.count < 2) [[unlikely]] {
    internal::XorAppendFirstTwo(state, out, t, v_bits);
    return;
  }
  const uint64_t delta = static_cast<uint64_t>(t) - static_cast<uint64_t>(state.t);
  const uint64_t dod = delta - state.delta;
  state.t = t;
  state.delta = delta;
  ++state.count;
  // An n-bit field holds -(2^(n-1) - 1) ... 2^(n-1).
  uint64_t code = 0;
  unsigned n = 1;
  if (dod == 0) {
  } else if (dod + 0x1fff <= 0x3fff) {
    code = 0b10u << 14 | (dod & 0x3fff);
    n = 16;
  } else if (dod + 0xffff <= 0x1ffff) {
    code = 0b110u << 17 | (dod & 0x1ffff);
    n = 20;
  } else if (dod + 0x7ffff <= 0xfffff) {
    code = 0b1110u << 20 | (dod & 0xfffff);
    n = 24;
  } else {
    out.Write(0b1111u << 16 | dod >> 48, 20);
    out.Write(dod >> 16 & 0xffffffff, 32);
    code = dod & 0xffff;
    n = 16;
  }
  WriteXored(out, v_bits ^ state.v_bits, state.window, code, n);
  state.v_bits = v_bits;
}

/// Appends a sample if its very bytes fit, without wanting slack; false and no change if they do
/// not.
[[nodiscard]] inline bool XorTryAppend(XorState& state, BitBuffer& out, int64_t t, double v) {
  if (out.free_bytes() < kXorMaxSampleBytes || state.count == kMaxSamples) [[unlikely]] {
    return internal::XorTryAppendNearEnd(state, out, t, v);
  }
  XorAppend(state, out, t, v);
  return true;
}

/// The whole chunk, with the count of `state` written in front; borrowed from `out.data`. Appending
/// may go on afterwards. Needed before anybody reads the count from the bytes; an open chunk can be
/// decoded without, see XorDecoder. `out.data` has at least kCountBytes.
inline std::span<const uint8_t> XorFinish(const XorState& state, BitBuffer& out) {
  StoreSampleCount(out.data, state.count);
  return {out.data, state.count == 0 ? kCountBytes : out.size_bytes()};
}

/// An open chunk, read back so that appending can go on.
struct ReopenedXor {
  XorState state;
  uint32_t bits = 0;  ///< For BitBuffer::bits.
};

/// Moves `at`, a place in the chunk that `bytes` is or is a later part of, on to behind the last of
/// its `count` samples before `mint`. A place behind no sample, the default, moves to behind the
/// first sample in any case; one whose next sample is not before `mint` stays. `at->bits` counts
/// from the beginning of `bytes`, which are at least BitSource::kMinBytes.
Status XorSkipBefore(std::span<const uint8_t> bytes, unsigned count, int64_t mint, ReopenedXor* at);

/// Room that XorCutFront() needs before the bytes it cuts.
inline constexpr uint32_t kXorCutRoom = 48;

/// Writes the samples from the one before `at` on, `count` less at.state.count - 1 of them, as a
/// chunk of their own to `out` and returns its size. The bits behind the second of them stay as
/// they are, so this costs about as much as copying. `out` may be kXorCutRoom bytes before `bytes`,
/// for cutting in place, and has bytes.size() + kXorCutRoom bytes.
StatusOr<uint32_t> XorCutFront(std::span<const uint8_t> bytes, unsigned count,
                               const ReopenedXor& at, uint8_t* out);

/// Reads a chunk sample by sample or in batches. Never reads outside the chunk, never allocates.
/// When the bytes are damaged, the samples before the damage have been delivered and stay valid.
class XorDecoder {
 public:
  /// `chunk` is borrowed until the decoder is gone.
  explicit XorDecoder(std::span<const uint8_t> chunk) : XorDecoder(chunk, SampleCount(chunk)) {}

  /// For an open chunk, whose first two bytes are not up to date: decodes `count` samples.
  XorDecoder(std::span<const uint8_t> chunk, unsigned count);

  /// The next sample; false at the end or on damage, and status() tells which.
  bool Next(int64_t* t, double* v);

  /// Up to `capacity` samples into `t` and `v`; fewer only at the end or on damage.
  size_t NextBatch(int64_t* t, double* v, size_t capacity);

  /// As NextBatch(), but stores only samples with mint < t <= maxt and ends at the first one past
  /// maxt, for chunks in time order. A second call goes on behind the last sample looked at.
  size_t NextBatchInRange(int64_t mint, int64_t maxt, int64_t* t, double* v, size_t capacity);

  /// Samples not yet decoded; 0 after damage.
  unsigned remaining() const { return damage_ == Damage::kNone ? count_ - cursor_.index : 0; }

  /// OK, or DataLoss with the number of the sample that could not be read.
  Status status() const;

 private:
  friend StatusOr<ReopenedXor> ReopenXor(std::span<const uint8_t> chunk, unsigned count);
  friend Status XorSkipBefore(std::span<const uint8_t> bytes, unsigned count, int64_t mint,
                              ReopenedXor* at);
  friend StatusOr<uint32_t> XorCutFront(std::span<const uint8_t> bytes, unsigned count,
                                        const ReopenedXor& at, uint8_t* out);

  enum class Damage : uint8_t { kNone, kTruncated, kBadVarint, kBadWindow };

  static Status StatusOf(Damage damage, unsigned index, unsigned count);

  // Copied into locals by the loops, so that the stores to the caller's arrays do not spill it.
  struct Cursor {
    BitSource in;
    uint64_t bit = 8 * kCountBytes;
    uint64_t t = 0;
    uint64_t delta = 0;
    uint64_t v_bits = 0;
    unsigned index = 0;  // Samples decoded.
    unsigned leading = XorWindow::kNone;
    unsigned trailing = 0;
    unsigned width = 64;  // Of the window; a reader begins with all 64 bits.

    Cursor() = default;
    Cursor(BitSource source, const ReopenedXor& at);
    ReopenedXor place() const;
    Damage Next();  // One sample on, and `index` with it.

    Damage Step(uint64_t w);
    template <typename Emit>
    bool StepRun(uint64_t w, unsigned count, Emit& emit);
    Damage StepValue(uint64_t w, unsigned used);
    Damage StepFirstTwo();
    Damage ReadVarint(uint64_t* value);
  };

  template <typename Emit>
  void Run(Emit emit);

  Cursor cursor_;
  unsigned count_;
  Damage damage_ = Damage::kNone;
};

/// Decodes all of `chunk` into `t` and `v` and returns the number of samples. InvalidArgument when
/// they are more than `capacity` (SampleCount(chunk) tells beforehand). On DataLoss the samples
/// before the damage are in the arrays; use XorDecoder to learn how many.
StatusOr<size_t> DecodeXor(std::span<const uint8_t> chunk, int64_t* t, double* v, size_t capacity);

/// As DecodeXor(), but only samples with mint < t <= maxt, of which there may be no more than
/// `capacity`; `chunk` is in time order.
StatusOr<size_t> DecodeXorInRange(std::span<const uint8_t> chunk, int64_t mint, int64_t maxt,
                                  int64_t* t, double* v, size_t capacity);

/// Reads `chunk` for its state, `count` samples of it. Appending goes on with the very bits that an
/// uninterrupted appender would have written.
StatusOr<ReopenedXor> ReopenXor(std::span<const uint8_t> chunk, unsigned count);
inline StatusOr<ReopenedXor> ReopenXor(std::span<const uint8_t> chunk) {
  return ReopenXor(chunk, SampleCount(chunk));
}

/// An XOR chunk that owns its bytes; for block writers and tests, the head has its own slabs.
class XorChunkBuilder {
 public:
  /// False, and no change, when the chunk has kMaxSamples.
  bool Append(int64_t t, double v);

  unsigned count() const { return state_.count; }
  bool empty() const { return state_.count == 0; }
  const XorState& state() const { return state_; }
  /// The finished chunk with its count; borrowed until the next non-const call. An empty chunk is
  /// two zero bytes.
  std::span<const uint8_t> bytes() const { return {buffer_.data(), size_bytes_}; }
  /// Starts a new chunk and keeps the memory.
  void Clear();

 private:
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(128);
  uint32_t bits_ = 0;
  size_t size_bytes_ = kCountBytes;
  XorState state_;
};

}  // namespace kvs::chunk

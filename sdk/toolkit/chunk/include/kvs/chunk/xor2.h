// SPDX-License-Identifier: Apache-2.0
// The XOR2 chunk (encoding 4): float samples, with start timestamps where there are any. It says
// time and value of a steady sample in one bit, and a stale marker in five;
// docs/formats/chunk_xor2.md has the bits.
//
//   Xor2ChunkBuilder builder;
//   builder.Append(start, t, v);
//   Ship(builder.bytes());
//
//   Xor2Decoder samples(chunk);
//   while (samples.Next(&t, &v, &start)) Use(t, v, start);
//   KVS_RETURN_IF_ERROR(samples.status());
//
// Nothing here is synchronised. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/bit_buffer.h"
#include "kvs/chunk/bit_reader.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/start_times.h"
#include "kvs/chunk/xor_value.h"

namespace kvs::chunk {

/// Count, and the header of the start timestamps.
inline constexpr size_t kXor2HeaderBytes = kCountBytes + 1;

/// All that an append needs to know of the samples before it. Trivially copyable.
struct Xor2State {
  int64_t t = 0;        ///< Of the last sample, in milliseconds.
  uint64_t v_bits = 0;  ///< Of the last value that was no stale marker.
  uint64_t delta = 0;   ///< Between the last two timestamps, modulo 2^64.
  StartTimes starts;
  uint16_t count = 0;  ///< Samples in the chunk.
  XorWindow window;
};

/// A sample takes at most 31 bytes (the first, with the header), and BitBuffer wants its slack
/// behind them.
inline constexpr uint32_t kXor2MaxSampleBytes = 31 + BitBuffer::kSlackBytes;

/// Appends a sample; `start` is 0 when it is unknown. `out` has at least kXor2MaxSampleBytes free,
/// `state` belongs to it (a fresh state to an empty buffer) and has count < kMaxSamples. Count and
/// header at the front are not touched, see Xor2Finish(). Any timestamps survive a round trip.
void Xor2Append(Xor2State& state, BitBuffer& out, int64_t start, int64_t t, double v);

/// The whole chunk, with count and header written in front; borrowed from `out.data`, which has at
/// least kXor2HeaderBytes. Appending may go on afterwards.
std::span<const uint8_t> Xor2Finish(const Xor2State& state, BitBuffer& out);

/// An open chunk, read back so that appending can go on.
struct ReopenedXor2 {
  Xor2State state;
  uint32_t bits;  ///< For BitBuffer::bits.
};

/// Reads a chunk sample by sample or in batches. Never reads outside the chunk, never allocates.
/// When the bytes are damaged, the samples before the damage have been delivered and stay valid.
class Xor2Decoder {
 public:
  /// `chunk` is borrowed until the decoder is gone.
  explicit Xor2Decoder(std::span<const uint8_t> chunk);

  /// The next sample; false at the end or on damage, and status() tells which. `start` may be null.
  bool Next(int64_t* t, double* v, int64_t* start);

  /// Up to `capacity` samples into `t`, `v` and `start`, which may be null; fewer only at the end
  /// or on damage.
  size_t NextBatch(int64_t* t, double* v, int64_t* start, size_t capacity);

  /// As NextBatch(), but stores only samples with mint < t <= maxt and ends at the first one past
  /// maxt, for chunks in time order. A second call goes on behind the last sample looked at.
  size_t NextBatchInRange(int64_t mint, int64_t maxt, int64_t* t, double* v, int64_t* start,
                          size_t capacity);

  /// Whether any sample has a start timestamp.
  bool has_starts() const { return cursor_.starts.header != 0; }
  /// Samples not yet decoded; 0 after damage.
  unsigned remaining() const { return damage_ == Damage::kNone ? count_ - cursor_.index : 0; }
  /// OK, or DataLoss with the number of the sample that could not be read.
  Status status() const;

 private:
  friend StatusOr<ReopenedXor2> ReopenXor2(std::span<const uint8_t> chunk);

  enum class Damage : uint8_t { kNone, kTruncated, kBadVarint, kBadWindow };

  // Copied into locals by the loops, so that the stores to the caller's arrays do not spill it.
  struct Cursor {
    BitSource in;
    uint64_t bit = 8 * kXor2HeaderBytes;
    uint64_t t = 0;
    uint64_t delta = 0;
    uint64_t v_bits = 0;     // Of the last sample.
    uint64_t base_bits = 0;  // Of the last one that was no stale marker.
    StartTimes starts;
    unsigned index = 0;  // Samples decoded.
    unsigned leading = XorWindow::kNone;
    unsigned trailing = 0;
    unsigned width = 64;  // Of the window; a reader begins with all 64 bits.

    Damage Step();
    Damage StepFirst();
    Damage StepValue(uint64_t w, unsigned used);
    Damage StepWindow(uint64_t w, unsigned used, bool opens);
    Damage StepStart(uint64_t before);
  };

  template <typename Emit>
  void Run(Emit emit);

  Cursor cursor_;
  unsigned count_;
  Damage damage_ = Damage::kNone;
};

/// Reads `chunk` for its state. Appending goes on with the very bits that an uninterrupted appender
/// would have written.
StatusOr<ReopenedXor2> ReopenXor2(std::span<const uint8_t> chunk);

/// An XOR2 chunk that owns its bytes.
class Xor2ChunkBuilder {
 public:
  /// False, and no change, when the chunk has kMaxSamples. `start` is 0 when it is unknown.
  bool Append(int64_t start, int64_t t, double v);

  unsigned count() const { return state_.count; }
  bool empty() const { return state_.count == 0; }
  const Xor2State& state() const { return state_; }
  /// The finished chunk; borrowed until the next non-const call. An empty chunk is a header.
  std::span<const uint8_t> bytes() const { return {buffer_.data(), size_bytes_}; }
  /// Starts a new chunk and keeps the memory.
  void Clear();

 private:
  std::vector<uint8_t> buffer_ = std::vector<uint8_t>(128);
  uint32_t bits_ = 0;
  size_t size_bytes_ = kXor2HeaderBytes;
  Xor2State state_;
};

}  // namespace kvs::chunk

// SPDX-License-Identifier: Apache-2.0
// XOR chunks: the rare parts of appending, and decoding.
//
// Decoding is bound by the chain "position, load, length, next position". So a sample's time code
// and the control bits of its value (at most 24 + 13 bits) come out of one eight-byte load, and the
// branches are those that real series predict well: a steady interval, an unchanged value.

#include "kvs/chunk/xor.h"

#include <algorithm>
#include <type_traits>

#include "kvs/chunk/varint.h"

namespace kvs::chunk {

static_assert(sizeof(XorState) == 32 && std::is_trivially_copyable_v<XorState>);

namespace internal {
void XorAppendFirstTwo(XorState& state, BitBuffer& out, int64_t t, uint64_t v_bits) {
  if (state.count == 0) {
    out.Write(0, 8 * kCountBytes);
    WriteVarint(out, ZigZag(static_cast<uint64_t>(t)));
    out.WriteLong(v_bits, 64);
    state.t = t;
    state.v_bits = v_bits;
    state.count = 1;
    return;
  }
  state.delta = static_cast<uint64_t>(t) - static_cast<uint64_t>(state.t);
  state.t = t;
  state.count = 2;
  WriteVarint(out, state.delta);
  WriteXored(out, v_bits ^ state.v_bits, state.window);
  state.v_bits = v_bits;
}

bool XorTryAppendNearEnd(XorState& state, BitBuffer& out, int64_t t, double v) {
  if (state.count == kMaxSamples) return false;
  // Encode elsewhere, behind a copy of the last, partly used byte, and see how much came out.
  uint8_t scratch[1 + kXorMaxSampleBytes] = {};
  const uint32_t kept_bits = out.bits & 7;
  const uint32_t at = out.bits >> 3;
  if (kept_bits != 0) scratch[0] = out.data[at];
  BitBuffer encoded{scratch, kept_bits, sizeof(scratch)};
  XorState next = state;
  XorAppend(next, encoded, t, v);
  if (at + encoded.size_bytes() > out.capacity) return false;
  std::memcpy(out.data + at, scratch, encoded.size_bytes());
  out.bits += encoded.bits - kept_bits;
  state = next;
  return true;
}

}  // namespace internal

// From so many samples without news on, decoding them together pays.
constexpr unsigned kWorthARun = 8;

XorDecoder::XorDecoder(std::span<const uint8_t> chunk, unsigned count) : count_(count) {
  constexpr size_t kLeast =
      kCountBytes + 1 + sizeof(uint64_t);  // The first sample's varint and value.
  if (chunk.size() >= kLeast) {
    cursor_.in = BitSource(chunk);
  } else if (count > 0) {
    damage_ = Damage::kTruncated;
  }
}

// The value code begins `used` bits into `w`, which was loaded from `bit`. A sample costs little
// more than a call, so the two steps are to be part of the loops.
[[gnu::always_inline]] inline XorDecoder::Damage XorDecoder::Cursor::StepValue(uint64_t w,
                                                                               unsigned used) {
  w <<= used;
  if (static_cast<int64_t>(w) >= 0) {
    bit += used + 1;
  } else {
    unsigned header = 2;
    if (w >> 62 == 0b11) {
      leading = w >> 57 & 31;
      width = w >> 51 & 63;
      if (width == 0) width = 64;
      if (leading + width > 64) return Damage::kBadWindow;
      trailing = 64 - leading - width;
      header = 13;
    }
    used += header;
    const uint64_t x =
        used + width <= 57 ? w << header >> (64 - width) : in.Take(bit + used, width);
    v_bits ^= x << trailing;
    bit += used + width;
  }
  return bit <= in.end_bit ? Damage::kNone : Damage::kTruncated;
}

// `w` is what stands at the position.
[[gnu::always_inline]] inline XorDecoder::Damage XorDecoder::Cursor::Step(uint64_t w) {
  unsigned used = 1;
  if (static_cast<int64_t>(w) < 0) {
    const auto add_field = [&](unsigned prefix, unsigned n) {
      const uint64_t field = w << prefix >> (64 - n);
      const uint64_t half = uint64_t{1} << (n - 1);
      delta += field - (field > half ? half << 1 : 0);
      used = prefix + n;
    };
    switch (std::countl_one(w)) {
      case 1:
        add_field(2, 14);
        break;
      case 2:
        add_field(3, 17);
        break;
      case 3:
        add_field(4, 20);
        break;
      default:
        delta += in.Take(bit + 4, 64);
        bit += 68;
        used = 0;
        w = in.Peek(bit);
    }
  }
  t += delta;
  return StepValue(w, used);
}

// Steady time and value take two zero bits a sample: delivers as many samples as `w` shows. The
// result is emit()'s.
template <typename Emit>
inline bool XorDecoder::Cursor::StepRun(uint64_t w, unsigned count, Emit& emit) {
  const uint64_t zeros = std::min<uint64_t>(
      {static_cast<uint64_t>(std::countl_zero(w)), BitSource::kPeekBits, in.end_bit - bit});
  const unsigned last = index + std::min(static_cast<unsigned>(zeros / 2), count - index);
  bool wanted = true;
  while (wanted && index < last) {
    t += delta;
    bit += 2;
    ++index;
    wanted = emit(static_cast<int64_t>(t), v_bits);
  }
  return wanted;
}

XorDecoder::Damage XorDecoder::Cursor::ReadVarint(uint64_t* value) {
  // Both varints of a chunk stand on byte boundaries.
  *value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (bit >= in.end_bit) return Damage::kTruncated;
    const uint64_t byte = in.data[bit >> 3];
    bit += 8;
    if (shift == 63 && byte > 1) return Damage::kBadVarint;
    *value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return Damage::kNone;
  }
  return Damage::kBadVarint;
}

XorDecoder::Damage XorDecoder::Cursor::StepFirstTwo() {
  uint64_t varint;
  if (const Damage damage = ReadVarint(&varint); damage != Damage::kNone) return damage;
  if (index == 0) {
    if (in.end_bit - bit < 64) return Damage::kTruncated;
    t = UnZigZag(varint);
    v_bits = in.Take(bit, 64);
    bit += 64;
    return Damage::kNone;
  }
  if (bit >= in.end_bit) return Damage::kTruncated;
  delta = varint;
  t += delta;
  return StepValue(in.Peek(bit), 0);
}

// Calls emit(t, v_bits) for each sample until it returns false, or all are decoded, or damage is
// met.
template <typename Emit>
void XorDecoder::Run(Emit emit) {
  if (damage_ != Damage::kNone) return;
  Cursor next = cursor_;
  bool wanted = true;
  while (wanted && damage_ == Damage::kNone && next.index < std::min(count_, 2u)) {
    damage_ = next.StepFirstTwo();
    if (damage_ != Damage::kNone) break;
    ++next.index;
    wanted = emit(static_cast<int64_t>(next.t), next.v_bits);
  }
  while (wanted && damage_ == Damage::kNone && next.index < count_) {
    const uint64_t w = next.in.Peek(next.bit);
    if (w >> (64 - 2 * kWorthARun) == 0 && next.bit + 2 * kWorthARun <= next.in.end_bit) {
      wanted = next.StepRun(w, count_, emit);
      continue;
    }
    damage_ = next.Step(w);
    if (damage_ != Damage::kNone) [[unlikely]]
      break;
    ++next.index;
    wanted = emit(static_cast<int64_t>(next.t), next.v_bits);
  }
  cursor_ = next;
}

bool XorDecoder::Next(int64_t* t, double* v) {
  if (damage_ != Damage::kNone || cursor_.index == count_) return false;
  damage_ = cursor_.index < 2 ? cursor_.StepFirstTwo() : cursor_.Step(cursor_.in.Peek(cursor_.bit));
  if (damage_ != Damage::kNone) return false;
  ++cursor_.index;
  *t = static_cast<int64_t>(cursor_.t);
  *v = std::bit_cast<double>(cursor_.v_bits);
  return true;
}

size_t XorDecoder::NextBatch(int64_t* t, double* v, size_t capacity) {
  size_t n = 0;
  if (capacity == 0) return 0;
  Run([&](int64_t sample_t, uint64_t sample_v) {
    t[n] = sample_t;
    v[n] = std::bit_cast<double>(sample_v);
    return ++n < capacity;
  });
  return n;
}

size_t XorDecoder::NextBatchInRange(int64_t mint, int64_t maxt, int64_t* t, double* v,
                                    size_t capacity) {
  size_t n = 0;
  if (capacity == 0) return 0;
  Run([&](int64_t sample_t, uint64_t sample_v) {
    if (sample_t > maxt) return false;
    t[n] = sample_t;
    v[n] = std::bit_cast<double>(sample_v);
    n += sample_t > mint;
    return n < capacity;
  });
  return n;
}

Status XorDecoder::status() const {
  return StatusOf(damage_, cursor_.index, count_);
}

Status XorDecoder::StatusOf(Damage damage, unsigned index, unsigned count) {
  const char* what = "";
  switch (damage) {
    case Damage::kNone:
      return OkStatus();
    case Damage::kTruncated:
      what = "the chunk ends inside the sample";
      break;
    case Damage::kBadVarint:
      what = "a varint has more than 64 bits";
      break;
    case Damage::kBadWindow:
      what = "leading zeros and width bits exceed 64";
      break;
  }
  return DataLoss("xor chunk: sample ", index, " of ", count, ": ", what);
}

StatusOr<size_t> DecodeXor(std::span<const uint8_t> chunk, int64_t* t, double* v, size_t capacity) {
  if (SampleCount(chunk) > capacity) {
    return InvalidArgument("xor chunk has ", SampleCount(chunk), " samples, there is room for ",
                           capacity);
  }
  XorDecoder samples(chunk);
  const size_t n = samples.NextBatch(t, v, capacity);
  KVS_RETURN_IF_ERROR(samples.status());
  return n;
}

StatusOr<size_t> DecodeXorInRange(std::span<const uint8_t> chunk, int64_t mint, int64_t maxt,
                                  int64_t* t, double* v, size_t capacity) {
  XorDecoder samples(chunk);
  const size_t n = samples.NextBatchInRange(mint, maxt, t, v, capacity);
  KVS_RETURN_IF_ERROR(samples.status());
  int64_t next_t;
  double next_v;
  if (n == capacity && samples.NextBatchInRange(mint, maxt, &next_t, &next_v, 1) == 1) {
    return InvalidArgument("xor chunk has more than ", capacity, " samples in the range");
  }
  return n;
}

StatusOr<ReopenedXor> ReopenXor(std::span<const uint8_t> chunk, unsigned count) {
  if (count == 0) return ReopenedXor{XorState(), 0};
  XorDecoder decoder(chunk, count);
  decoder.Run([](int64_t, uint64_t) { return true; });
  KVS_RETURN_IF_ERROR(decoder.status());
  return decoder.cursor_.place();
}

ReopenedXor XorDecoder::Cursor::place() const {
  return {.state = {.t = static_cast<int64_t>(t),
                    .v_bits = v_bits,
                    .delta = delta,
                    .count = static_cast<uint16_t>(index),
                    .window = {static_cast<uint8_t>(leading), static_cast<uint8_t>(trailing)}},
          .bits = static_cast<uint32_t>(bit)};
}

XorDecoder::Cursor::Cursor(BitSource source, const ReopenedXor& at)
    : in(source),
      bit(at.state.count == 0 ? at.bits + 8 * kCountBytes : at.bits),
      t(static_cast<uint64_t>(at.state.t)),
      delta(at.state.delta),
      v_bits(at.state.v_bits),
      index(at.state.count),
      leading(at.state.window.leading),
      trailing(at.state.window.trailing) {
  if (leading != XorWindow::kNone) width = 64 - leading - trailing;
}

inline XorDecoder::Damage XorDecoder::Cursor::Next() {
  const Damage damage = index < 2 ? StepFirstTwo() : Step(in.Peek(bit));
  ++index;
  return damage;
}

Status XorSkipBefore(std::span<const uint8_t> bytes, unsigned count, int64_t mint,
                     ReopenedXor* at) {
  using Damage = XorDecoder::Damage;
  XorDecoder::Cursor cursor(BitSource(bytes), *at);
  while (cursor.index < count) {
    XorDecoder::Cursor next = cursor;
    if (const Damage damage = next.Next(); damage != Damage::kNone)
      return XorDecoder::StatusOf(damage, cursor.index, count);
    if (cursor.index != 0 && static_cast<int64_t>(next.t) >= mint) break;
    cursor = next;
  }
  *at = cursor.place();
  return OkStatus();
}

StatusOr<uint32_t> XorCutFront(std::span<const uint8_t> bytes, unsigned count,
                               const ReopenedXor& at, uint8_t* out) {
  using Damage = XorDecoder::Damage;
  const unsigned left = count - at.state.count + 1;
  // The samples behind the second are copied bit by bit, and each writes eight bytes: behind what
  // is read next, also where `out` is that close.
  BitBuffer to{out, 0, static_cast<uint32_t>(bytes.size()) + kXorCutRoom};
  XorState state;
  internal::XorAppendFirstTwo(state, to, at.state.t, at.state.v_bits);
  StoreSampleCount(out, left);
  if (left == 1) return to.size_bytes();

  XorDecoder::Cursor cursor(BitSource(bytes), at);
  if (const Damage damage = cursor.Next(); damage != Damage::kNone)
    return XorDecoder::StatusOf(damage, cursor.index, count);
  WriteVarint(to, cursor.delta);
  const uint64_t x = cursor.v_bits ^ at.state.v_bits;
  if (cursor.leading != XorWindow::kNone) {
    // Always with its window, which the bits that follow may reuse.
    to.Write(0b11u << 11 | cursor.leading << 6 | (cursor.width & 63), 13);
    to.WriteLong(x >> cursor.trailing, cursor.width);
  } else if (x == 0) {
    to.Write(0, 1);
  } else {
    to.Write(0b10, 2);
    to.WriteLong(x, 64);
  }
  constexpr unsigned kAtATime = BitBuffer::kMaxWriteBits;
  for (; cursor.bit + kAtATime <= cursor.in.end_bit; cursor.bit += kAtATime)
    to.Write(cursor.in.Take(cursor.bit, kAtATime), kAtATime);
  if (cursor.bit < cursor.in.end_bit) {
    const auto rest = static_cast<unsigned>(cursor.in.end_bit - cursor.bit);
    to.Write(cursor.in.Take(cursor.bit, rest), rest);
  }
  return to.size_bytes();
}

bool XorChunkBuilder::Append(int64_t t, double v) {
  if (state_.count == kMaxSamples) return false;
  BitBuffer out{buffer_.data(), bits_, static_cast<uint32_t>(buffer_.size())};
  if (out.free_bytes() < kXorMaxSampleBytes) {
    buffer_.resize(2 * buffer_.size());
    out.data = buffer_.data();
    out.capacity = static_cast<uint32_t>(buffer_.size());
  }
  XorAppend(state_, out, t, v);
  bits_ = out.bits;
  size_bytes_ = XorFinish(state_, out).size();
  return true;
}

void XorChunkBuilder::Clear() {
  buffer_[0] = buffer_[1] = 0;
  bits_ = 0;
  size_bytes_ = kCountBytes;
  state_ = {};
}

}  // namespace kvs::chunk

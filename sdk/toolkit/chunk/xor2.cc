// SPDX-License-Identifier: Apache-2.0
// XOR2 chunks. As in xor.cc, what a sample begins with comes out of one eight-byte load.

#include "kvs/chunk/xor2.h"

#include <algorithm>
#include <bit>
#include <type_traits>

#include "kvs/chunk/nan.h"

namespace kvs::chunk {

static_assert(std::is_trivially_copyable_v<Xor2State>);

namespace {

/// Value codes behind a time that needed bits of its own, and the shorter ones behind a steady
/// time, whose two bits have said already that the value is another.
struct ValueCodes {
  unsigned reuse_bits, reuse;
  unsigned open_bits, open;
};
constexpr ValueCodes kBehindTime = {2, 0b10, 3, 0b110};
constexpr ValueCodes kBehindSteadyTime = {3, 0b100, 3, 0b101};
constexpr unsigned kStaleBehindTime = 0b111;
constexpr unsigned kStaleBehindSteadyTime = 0b11111;

/// The difference `x`, not zero.
void WriteWindowed(BitBuffer& out, uint64_t x, XorWindow& window, const ValueCodes& codes) {
  const unsigned exact_leading = static_cast<unsigned>(std::countl_zero(x));
  const unsigned leading = std::min(exact_leading, 31u);
  const unsigned trailing = static_cast<unsigned>(std::countr_zero(x));
  if (leading >= window.leading && trailing >= window.trailing) {  // False while there is none.
    out.Write(codes.reuse, codes.reuse_bits);
    out.WriteLong(x >> window.trailing, 64u - window.leading - window.trailing);
    return;
  }
  const unsigned width = 64 - leading - trailing;
  window = {static_cast<uint8_t>(leading), static_cast<uint8_t>(trailing)};
  out.Write(uint64_t{codes.open} << 11 | leading << 6 | (width & 63), codes.open_bits + 11);
  out.WriteLong(x >> trailing, width);
}

void WriteValue(BitBuffer& out, Xor2State& state, uint64_t v_bits) {
  if (v_bits == kStaleNaNBits) {
    out.Write(kStaleBehindTime, 3);
  } else if (v_bits == state.v_bits) {
    out.Write(0, 1);
  } else {
    WriteWindowed(out, v_bits ^ state.v_bits, state.window, kBehindTime);
  }
}

void WriteTimeAndValue(BitBuffer& out, Xor2State& state, uint64_t dod, uint64_t v_bits) {
  if (dod == 0) {
    if (v_bits == kStaleNaNBits) {
      out.Write(kStaleBehindSteadyTime, 5);
    } else if (v_bits == state.v_bits) {
      out.Write(0, 1);
    } else {
      WriteWindowed(out, v_bits ^ state.v_bits, state.window, kBehindSteadyTime);
    }
    return;
  }
  // Fields in two's complement, of which prefix and field fill whole bytes.
  if (dod + 0x1000 <= 0x1fff) {
    out.Write(0b110u << 13 | (dod & 0x1fff), 16);
  } else if (dod + 0x80000 <= 0xfffff) {
    out.Write(0b1110u << 20 | (dod & 0xfffff), 24);
  } else {
    out.Write(0b11110, 5);
    out.WriteLong(dod, 64);
  }
  WriteValue(out, state, v_bits);
}

}  // namespace

void Xor2Append(Xor2State& state, BitBuffer& out, int64_t start, int64_t t, double v) {
  KVS_DCHECK(state.count < kMaxSamples && out.free_bytes() >= kXor2MaxSampleBytes);
  const uint64_t v_bits = std::bit_cast<uint64_t>(v);
  const auto now = static_cast<uint64_t>(t);
  const auto before = static_cast<uint64_t>(state.t);
  if (state.count == 0) {
    out.Write(0, 8 * kXor2HeaderBytes);
    WriteVarint(out, ZigZag(now));
    out.WriteLong(v_bits, 64);
  } else {
    const uint64_t delta = now - before;
    if (state.count == 1) {
      WriteVarint(out, delta);
      WriteValue(out, state, v_bits);
    } else {
      WriteTimeAndValue(out, state, delta - state.delta, v_bits);
    }
    state.delta = delta;
  }
  state.starts.Write(out, state.count, now, before, static_cast<uint64_t>(start));
  state.t = t;
  if (v_bits != kStaleNaNBits) state.v_bits = v_bits;
  ++state.count;
}

std::span<const uint8_t> Xor2Finish(const Xor2State& state, BitBuffer& out) {
  StoreSampleCount(out.data, state.count);
  out.data[kCountBytes] = state.starts.header;
  return {out.data, state.count == 0 ? kXor2HeaderBytes : out.size_bytes()};
}

Xor2Decoder::Xor2Decoder(std::span<const uint8_t> chunk) : count_(SampleCount(chunk)) {
  constexpr size_t kLeast = kXor2HeaderBytes + 1 + sizeof(uint64_t);  // The first time and value.
  if (chunk.size() >= kLeast) {
    cursor_.in = BitSource(chunk);
    cursor_.starts.header = chunk[kCountBytes];
  } else if (count_ > 0) {
    damage_ = Damage::kTruncated;
  }
}

// The bits of a difference begin `used` bits into `w`, behind the window if one is opened.
inline Xor2Decoder::Damage Xor2Decoder::Cursor::StepWindow(uint64_t w, unsigned used, bool opens) {
  if (opens) {
    const uint64_t window = w << used >> 53;
    leading = static_cast<unsigned>(window >> 6);
    width = window & 63;
    if (width == 0) width = 64;
    if (leading + width > 64) return Damage::kBadWindow;
    trailing = 64 - leading - width;
    used += 11;
  }
  const uint64_t x =
      used + width <= BitSource::kPeekBits ? w << used >> (64 - width) : in.Take(bit + used, width);
  base_bits ^= x << trailing;
  v_bits = base_bits;
  bit += used + width;
  return Damage::kNone;
}

// The value code behind a time begins `used` bits into `w`, which was loaded from `bit`.
inline Xor2Decoder::Damage Xor2Decoder::Cursor::StepValue(uint64_t w, unsigned used) {
  switch (std::countl_one(w << used)) {
    case 0:
      v_bits = base_bits;
      bit += used + 1;
      return Damage::kNone;
    case 1:
      return StepWindow(w, used + 2, false);
    case 2:
      return StepWindow(w, used + 3, true);
    default:
      v_bits = kStaleNaNBits;
      bit += used + 3;
      return Damage::kNone;
  }
}

inline Xor2Decoder::Damage Xor2Decoder::Cursor::StepStart(uint64_t before) {
  BitReader reader(in, bit);
  if (!starts.Read(reader, index, t, before)) return Damage::kBadVarint;
  bit = reader.position();
  return bit <= in.end_bit ? Damage::kNone : Damage::kTruncated;
}

Xor2Decoder::Damage Xor2Decoder::Cursor::StepFirst() {
  BitReader reader(in, bit);
  uint64_t code;
  if (!ReadVarint(reader, &code)) return Damage::kBadVarint;
  if (reader.bits_left() < 64) return Damage::kTruncated;
  t = UnZigZag(code);
  v_bits = reader.Read(64);
  if (v_bits != kStaleNaNBits) base_bits = v_bits;
  bit = reader.position();
  return StepStart(0);
}

inline Xor2Decoder::Damage Xor2Decoder::Cursor::Step() {
  const uint64_t before = t;
  Damage damage = Damage::kNone;
  if (index == 1) {
    BitReader reader(in, bit);
    if (!ReadVarint(reader, &delta)) return Damage::kBadVarint;
    bit = reader.position();
    if (bit >= in.end_bit) return Damage::kTruncated;
    damage = StepValue(in.Peek(bit), 0);
  } else {
    const uint64_t w = in.Peek(bit);
    const auto add_field = [&](unsigned prefix, unsigned n) {
      delta += static_cast<uint64_t>(static_cast<int64_t>(w << prefix) >> (64 - n));
    };
    switch (std::countl_one(w)) {
      case 0:
        v_bits = base_bits;
        ++bit;
        break;
      case 1:
        damage = StepWindow(w, 3, (w >> 61 & 1) != 0);
        break;
      case 2:
        add_field(3, 13);
        damage = StepValue(w, 16);
        break;
      case 3:
        add_field(4, 20);
        damage = StepValue(w, 24);
        break;
      case 4:
        delta += in.Take(bit + 5, 64);
        bit += 69;
        damage = StepValue(in.Peek(bit), 0);
        break;
      default:
        v_bits = kStaleNaNBits;
        bit += 5;
        break;
    }
  }
  if (damage != Damage::kNone) return damage;
  t += delta;
  if (starts.first_change() != 0) return StepStart(before);
  return bit <= in.end_bit ? Damage::kNone : Damage::kTruncated;
}

// Calls emit(t, v_bits, start) for each sample until it returns false, or all are decoded, or
// damage is met.
template <typename Emit>
void Xor2Decoder::Run(Emit emit) {
  if (damage_ != Damage::kNone) return;
  Cursor next = cursor_;
  bool wanted = true;
  while (wanted && next.index < count_) {
    damage_ = next.index == 0 ? next.StepFirst() : next.Step();
    if (damage_ != Damage::kNone) [[unlikely]]
      break;
    ++next.index;
    wanted =
        emit(static_cast<int64_t>(next.t), next.v_bits, static_cast<int64_t>(next.starts.start));
  }
  cursor_ = next;
}

bool Xor2Decoder::Next(int64_t* t, double* v, int64_t* start) {
  return NextBatch(t, v, start, 1) == 1;
}

size_t Xor2Decoder::NextBatch(int64_t* t, double* v, int64_t* start, size_t capacity) {
  size_t n = 0;
  if (capacity == 0) return 0;
  Run([&](int64_t sample_t, uint64_t sample_v, int64_t sample_start) {
    t[n] = sample_t;
    v[n] = std::bit_cast<double>(sample_v);
    if (start != nullptr) start[n] = sample_start;
    return ++n < capacity;
  });
  return n;
}

size_t Xor2Decoder::NextBatchInRange(int64_t mint, int64_t maxt, int64_t* t, double* v,
                                     int64_t* start, size_t capacity) {
  size_t n = 0;
  if (capacity == 0) return 0;
  Run([&](int64_t sample_t, uint64_t sample_v, int64_t sample_start) {
    if (sample_t > maxt) return false;
    t[n] = sample_t;
    v[n] = std::bit_cast<double>(sample_v);
    if (start != nullptr) start[n] = sample_start;
    n += sample_t > mint;
    return n < capacity;
  });
  return n;
}

Status Xor2Decoder::status() const {
  const char* what = "";
  switch (damage_) {
    case Damage::kNone:
      return OkStatus();
    case Damage::kTruncated:
      what = "the chunk ends inside the sample";
      break;
    case Damage::kBadVarint:
      what = "a varint has more than 64 bits";
      break;
    case Damage::kBadWindow:
      what = "leading zeros and width exceed 64";
      break;
  }
  return DataLoss("xor2 chunk: sample ", cursor_.index, " of ", count_, ": ", what);
}

StatusOr<ReopenedXor2> ReopenXor2(std::span<const uint8_t> chunk) {
  Xor2Decoder decoder(chunk);
  decoder.Run([](int64_t, uint64_t, int64_t) { return true; });
  KVS_RETURN_IF_ERROR(decoder.status());
  const Xor2Decoder::Cursor& end = decoder.cursor_;
  if (end.index == 0) return ReopenedXor2{Xor2State(), 0};
  return ReopenedXor2{
      .state = {.t = static_cast<int64_t>(end.t),
                .v_bits = end.base_bits,
                .delta = end.delta,
                .starts = end.starts,
                .count = static_cast<uint16_t>(end.index),
                .window = {static_cast<uint8_t>(end.leading), static_cast<uint8_t>(end.trailing)}},
      .bits = static_cast<uint32_t>(end.bit)};
}

bool Xor2ChunkBuilder::Append(int64_t start, int64_t t, double v) {
  if (state_.count == kMaxSamples) return false;
  BitBuffer out{buffer_.data(), bits_, static_cast<uint32_t>(buffer_.size())};
  if (out.free_bytes() < kXor2MaxSampleBytes) {
    buffer_.resize(2 * buffer_.size());
    out.data = buffer_.data();
    out.capacity = static_cast<uint32_t>(buffer_.size());
  }
  Xor2Append(state_, out, start, t, v);
  bits_ = out.bits;
  size_bytes_ = Xor2Finish(state_, out).size();
  return true;
}

void Xor2ChunkBuilder::Clear() {
  std::fill_n(buffer_.begin(), kXor2HeaderBytes, 0);
  bits_ = 0;
  size_bytes_ = kXor2HeaderBytes;
  state_ = {};
}

}  // namespace kvs::chunk

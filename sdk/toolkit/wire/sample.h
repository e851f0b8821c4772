// SPDX-License-Identifier: Apache-2.0
// The Sample message of both versions of Remote Write, which is most of what there is to decode.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "kvs/base/status.h"
#include "kvs/wire/protobuf.h"

namespace kvs::wire {

/// Offsets in batches have 32 bits, and every element takes at least a byte of the body.
inline Status CheckBodySize(std::span<const uint8_t> body) {
  if (body.size() <= UINT32_MAX) return OkStatus();
  return InvalidArgument("message of ", body.size(), " bytes is larger than 4 GiB");
}

/// Whether field 2 at the front of `in` is a sample exactly as senders write it: both fields, value
/// before timestamp, lengths in one byte. Gives what is behind it; null when it is anything else,
/// and then nothing is stored.
inline const uint8_t* TakeUsualSample(std::span<const uint8_t> in, int64_t* t, double* v) {
  // 0x12 length 0x09 value[8] 0x10 varint[1..8], and the varint is loaded as eight bytes.
  const uint8_t* const p = in.data();
  if (in.size() < 12 || p[0] != 0x12 || p[2] != 0x09 || p[11] != 0x10) return nullptr;
  const unsigned n = p[1] - 10u;  // Bytes of the varint.
  if (n - 1 > 7 || in.size() < 12 + n) return nullptr;
  uint64_t x = 0;
  if (in.size() >= 20) [[likely]] {
    std::memcpy(&x, p + 12, 8);
    x &= ~uint64_t{0} >> (64 - 8 * n);
  } else {
    std::memcpy(&x, p + 12, n);
  }
  // All bytes but the last go on.
  if ((x & 0x8080808080808080) != uint64_t{0x0080808080808080} >> (64 - 8 * n)) return nullptr;
  x &= 0x7f7f7f7f7f7f7f7f;
  x = (x & 0x007f007f007f007f) | (x & 0x7f007f007f007f00) >> 1;
  x = (x & 0x00003fff00003fff) | (x & 0x3fff00003fff0000) >> 2;
  x = (x & 0x000000000fffffff) | (x & 0x0fffffff00000000) >> 4;
  *t = static_cast<int64_t>(x);
  std::memcpy(v, p + 3, sizeof *v);
  return p + 12 + n;
}

/// Any sample message. `start` null: the version has no field 3. False on damage.
inline bool ReadSample(ProtoReader& in, int64_t* t, double* v, int64_t* start) {
  *t = 0;
  *v = 0;
  if (start != nullptr) *start = 0;
  while (!in.done()) {
    ProtoTag tag;
    if (!in.ReadTag(&tag)) return false;
    bool ok = true;
    if (tag.Is(1, WireType::kFixed64)) {
      ok = in.ReadDouble(v);
    } else if (tag.Is(2, WireType::kVarint)) {
      ok = in.ReadSigned(t);
    } else if (start != nullptr && tag.Is(3, WireType::kVarint)) {
      ok = in.ReadSigned(start);
    } else if (tag.field <= 2 || (start != nullptr && tag.field == 3)) {
      ok = in.Damage(kWrongType);
    } else {
      ok = in.Skip(tag);
    }
    if (!ok) return false;
  }
  return true;
}

}  // namespace kvs::wire

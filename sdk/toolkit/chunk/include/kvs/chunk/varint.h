// SPDX-License-Identifier: Apache-2.0
// Integers of seven bits a byte, as protobuf has them, at any bit position.
#pragma once

#include <cstdint>

#include "kvs/chunk/bit_reader.h"

namespace kvs::chunk {

/// `Out` has the writing functions of BitBuffer.
template <typename Out>
void WriteVarint(Out& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.Write((value & 0x7f) | 0x80, 8);
  out.Write(value, 8);
}

/// False when it has more than 64 bits.
inline bool ReadVarint(BitReader& in, uint64_t* value) {
  *value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const uint64_t byte = in.Read(8);
    if (shift == 63 && byte > 1) return false;
    *value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// Small numbers of either sign as small unsigned ones.
constexpr uint64_t ZigZag(uint64_t value) {
  return value << 1 ^ (0 - (value >> 63));
}
constexpr uint64_t UnZigZag(uint64_t code) {
  return code >> 1 ^ (0 - (code & 1));
}

}  // namespace kvs::chunk

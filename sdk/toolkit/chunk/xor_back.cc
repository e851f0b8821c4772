// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/xor_back.h"

#include <algorithm>
#include <bit>

#include "kvs/base/check.h"

namespace kvs::chunk {

double XorValueBefore(const XorState& state, std::span<const uint8_t> bytes, uint32_t at) {
  KVS_DCHECK(state.count >= 3);
  constexpr unsigned kTimeBits[] = {1, 16, 20, 24, 68};  // By the ones that the code begins with.
  const BitSource in(bytes);
  BitReader value(in, at + kTimeBits[std::min(std::countl_one(in.Peek(at)), 4)]);
  // The state's window is the one that the last sample was written with, or has brought.
  XorWindow window = state.window;
  uint64_t x = 0;
  KVS_CHECK(ReadXored(value, &x, window));
  return std::bit_cast<double>(state.v_bits ^ x);
}

}  // namespace kvs::chunk

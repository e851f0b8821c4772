// SPDX-License-Identifier: Apache-2.0
#include "kvs/base/crc32c.h"

#include <array>
#include <cstring>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace kvs {
namespace internal {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Reflected.

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

#ifdef __SSE4_2__

// The instruction gives a result every cycle but each only after three, so three parts of a large
// input are gone through side by side. A CRC is linear over bits: what the zeros of a whole lane
// behind a part make of its CRC is a product with a matrix, looked up byte by byte.
constexpr size_t kLaneBytes = 1024;
using Matrix = std::array<uint32_t, 32>;  // The image of each bit.

constexpr uint32_t Times(const Matrix& matrix, uint32_t bits) {
  uint32_t sum = 0;
  for (size_t i = 0; i < 32; ++i) sum ^= (bits >> i & 1) != 0 ? matrix[i] : 0;
  return sum;
}

// Of `bytes` zero bytes, a power of two.
constexpr Matrix ZerosMatrix(size_t bytes) {
  Matrix matrix{};
  for (uint32_t i = 0; i < 32; ++i) {
    const uint32_t bit = uint32_t{1} << i;
    matrix[i] = bit >> 8 ^ kTable[bit & 0xff];
  }
  for (; bytes > 1; bytes /= 2) {
    Matrix square{};
    for (size_t i = 0; i < 32; ++i) square[i] = Times(matrix, matrix[i]);
    matrix = square;
  }
  return matrix;
}

using ShiftTable = std::array<std::array<uint32_t, 256>, 4>;

constexpr ShiftTable MakeShiftTable() {
  const Matrix matrix = ZerosMatrix(kLaneBytes);
  ShiftTable table{};
  for (uint32_t byte = 0; byte < 4; ++byte) {
    for (uint32_t i = 0; i < 256; ++i) table[byte][i] = Times(matrix, i << 8 * byte);
  }
  return table;
}

constexpr ShiftTable kPastLane = MakeShiftTable();

uint32_t PastLane(uint64_t crc) {
  return kPastLane[0][crc & 0xff] ^ kPastLane[1][crc >> 8 & 0xff] ^ kPastLane[2][crc >> 16 & 0xff] ^
         kPastLane[3][crc >> 24 & 0xff];
}

uint64_t WordAt(const uint8_t* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

// `sum` past the next three lanes.
uint64_t SumThreeLanes(uint64_t sum, const uint8_t* at) {
  uint64_t second = 0;
  uint64_t third = 0;
  for (size_t i = 0; i < kLaneBytes; i += sizeof(uint64_t)) {
    sum = _mm_crc32_u64(sum, WordAt(at + i));
    second = _mm_crc32_u64(second, WordAt(at + kLaneBytes + i));
    third = _mm_crc32_u64(third, WordAt(at + 2 * kLaneBytes + i));
  }
  return PastLane(PastLane(sum) ^ second) ^ third;
}

#endif

}  // namespace

uint32_t ExtendCrc32cPortable(uint32_t crc, std::span<const uint8_t> data) {
  crc = ~crc;
  for (const uint8_t byte : data) crc = crc >> 8 ^ kTable[(crc ^ byte) & 0xff];
  return ~crc;
}

}  // namespace internal

uint32_t ExtendCrc32c(uint32_t crc, std::span<const uint8_t> data) {
#ifdef __SSE4_2__
  const uint8_t* at = data.data();
  size_t left = data.size();
  uint64_t sum = ~crc;
  constexpr size_t kThreeLanes = 3 * internal::kLaneBytes;
  for (; left >= kThreeLanes; at += kThreeLanes, left -= kThreeLanes)
    sum = internal::SumThreeLanes(sum, at);
  for (; left >= sizeof(uint64_t); at += sizeof(uint64_t), left -= sizeof(uint64_t))
    sum = _mm_crc32_u64(sum, internal::WordAt(at));
  auto narrow = static_cast<uint32_t>(sum);
  for (; left > 0; ++at, --left) narrow = _mm_crc32_u8(narrow, *at);
  return ~narrow;
#else
  return internal::ExtendCrc32cPortable(crc, data);
#endif
}

}  // namespace kvs

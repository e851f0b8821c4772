// SPDX-License-Identifier: Apache-2.0
// What the encoding byte of a chunk says, and the sample count that every chunk begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace kvs::chunk {

/// Prometheus' numbers; they stand in blocks, in the head's files and in remote read. A number that
/// is not listed is legal input: such a chunk can be stored, copied and shipped by anyone, and
/// decoded by nobody here.
enum class Encoding : uint8_t {
  kNone = 0,
  kXor = 1,
  kHistogram = 2,
  kFloatHistogram = 3,
  kXor2 = 4,
  kHistogramWithStart = 5,
  kFloatHistogramWithStart = 6,
  kAggregates = 255,  ///< Thanos' number; in downsampled blocks alone, see aggregates.h.
};

/// "xor", "histogram" and so on, or "unknown".
std::string_view EncodingName(Encoding encoding);

/// True when this library decodes it into samples.
constexpr bool CanDecode(Encoding encoding) {
  return encoding >= Encoding::kXor && encoding <= Encoding::kFloatHistogramWithStart;
}

/// True when its samples may carry start timestamps.
constexpr bool CarriesStarts(Encoding encoding) {
  return encoding >= Encoding::kXor2 && encoding <= Encoding::kFloatHistogramWithStart;
}

constexpr bool IsHistogramEncoding(Encoding encoding) {
  return encoding == Encoding::kHistogram || encoding == Encoding::kFloatHistogram ||
         encoding == Encoding::kHistogramWithStart ||
         encoding == Encoding::kFloatHistogramWithStart;
}

/// Bytes of the big-endian sample count at the front of a chunk.
inline constexpr size_t kCountBytes = 2;

/// Samples a chunk may hold, by the width of its count. Writers cut long before (at about 120).
inline constexpr unsigned kMaxSamples = 0xffff;

/// The sample count in front of `chunk`; 0 when it is too short to have one. Of histogram chunks
/// with start timestamps the upper two bits are not part of it, see HistogramSampleCount(). [any]
inline unsigned SampleCount(std::span<const uint8_t> chunk) {
  return chunk.size() < kCountBytes ? 0 : static_cast<unsigned>(chunk[0]) << 8 | chunk[1];
}

/// Puts `count` in front of a chunk that has at least kCountBytes. [any]
inline void StoreSampleCount(uint8_t* chunk, unsigned count) {
  chunk[0] = static_cast<uint8_t>(count >> 8);
  chunk[1] = static_cast<uint8_t>(count);
}

}  // namespace kvs::chunk

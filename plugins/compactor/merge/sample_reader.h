// SPDX-License-Identifier: Apache-2.0
// SampleReader: the samples of one chunk, of whatever encoding, one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

namespace kvs::compactor {

enum class SampleKind : uint8_t { kFloat, kHistogram, kFloatHistogram };

/// Not synchronised. [any]
class SampleReader {
 public:
  /// `bytes` are borrowed. Of an encoding that nobody here decodes there are no samples, and
  /// status() is Unimplemented.
  SampleReader(chunk::Encoding encoding, std::span<const uint8_t> bytes);

  /// The next sample; false at the end or on damage, and status() tells which.
  bool Next();

  int64_t t() const { return t_; }
  /// 0: not known.
  int64_t start() const { return start_; }
  /// Whether the encoding has room for start timestamps.
  bool carries_starts() const { return carries_starts_; }
  SampleKind kind() const { return kind_; }
  /// Of a float.
  double value() const { return value_; }
  /// Of an integer histogram. Overwrites `h` and keeps its memory.
  void Read(chunk::Histogram* h) const { std::get<chunk::HistogramDecoder>(decoder_).Read(h); }
  /// Of a float histogram.
  void Read(chunk::FloatHistogram* h) const {
    std::get<chunk::FloatHistogramDecoder>(decoder_).Read(h);
  }
  Status status() const;

 private:
  std::variant<std::monostate, chunk::XorDecoder, chunk::Xor2Decoder, chunk::HistogramDecoder,
               chunk::FloatHistogramDecoder>
      decoder_;
  chunk::Encoding encoding_;
  bool carries_starts_;
  SampleKind kind_ = SampleKind::kFloat;
  int64_t t_ = 0;
  int64_t start_ = 0;
  double value_ = 0;
};

/// How many samples a chunk says it has.
uint64_t CountSamples(chunk::Encoding encoding, std::span<const uint8_t> bytes);

}  // namespace kvs::compactor

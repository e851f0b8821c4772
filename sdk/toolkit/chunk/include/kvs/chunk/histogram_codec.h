// SPDX-License-Identifier: Apache-2.0
// The inner part of histogram chunks, which builder and decoder share: the layout that stands once
// in front, and the state from which each sample is the difference. Use histogram_builder.h and
// histogram_decoder.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/chunk/bit_reader.h"
#include "kvs/chunk/bit_writer.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram.h"
#include "kvs/chunk/xor_value.h"

namespace kvs::chunk {

/// The third byte of a histogram chunk: what its writer knew of a counter reset right before it.
/// Only good for finding out why a chunk was cut: whoever reads the first sample cannot be sure
/// which chunk came before.
enum class ResetHeader : uint8_t {
  kUnknown = 0x00,
  kNotReset = 0x40,
  kReset = 0x80,
  kGauge = 0xc0
};

/// Count and reset header. With start timestamps the third byte is their header, and the reset
/// header has the upper two bits of the count.
inline constexpr size_t kHistogramHeaderBytes = 3;

/// Whether a chunk is of the encodings with start timestamps.
enum class Starts : bool { kNo, kYes };

/// Samples a chunk may hold.
constexpr unsigned MaxHistogramSamples(Starts starts) {
  return starts == Starts::kYes ? 0x3fff : kMaxSamples;
}

/// The sample count of `chunk`; 0 when it is too short to have one. [any]
inline unsigned HistogramSampleCount(std::span<const uint8_t> chunk, Starts starts) {
  return SampleCount(chunk) & MaxHistogramSamples(starts);
}

/// The reset header of `chunk`; kUnknown when it is too short to have one. [any]
inline ResetHeader ReadResetHeader(std::span<const uint8_t> chunk, Starts starts = Starts::kNo) {
  if (chunk.size() < kHistogramHeaderBytes) return ResetHeader::kUnknown;
  return static_cast<ResetHeader>(chunk[starts == Starts::kYes ? 0 : 2] & 0xc0);
}

namespace internal {

/// What all samples of a chunk have in common.
struct HistogramLayout {
  int32_t schema = 0;
  double zero_threshold = 0;
  std::vector<Span> positive_spans;
  std::vector<Span> negative_spans;
  std::vector<double> custom_values;
};

void WriteLayout(BitWriter& out, const HistogramLayout& layout);

/// False when it makes no sense or names more buckets than the chunk can hold at `bits_per_bucket`.
bool ReadLayout(BitReader& in, uint64_t bits_per_bucket, HistogramLayout* layout);

struct XorFloat {
  uint64_t bits = 0;
  XorWindow window;

  double value() const { return std::bit_cast<double>(bits); }
};

/// One sample to write; its buckets are those of the layout.
template <typename H>
struct HistogramSample {
  int64_t t;
  typename H::CountType count;
  typename H::CountType zero_count;
  double sum;
  std::span<const typename H::BucketType> positive;
  std::span<const typename H::BucketType> negative;
};

/// The last sample, and what the next one refers to. Buckets: the positive, then the negative ones.
template <typename H>
struct HistogramState;

template <>
struct HistogramState<Histogram> {
  struct Bucket {
    uint64_t value =
        0;  ///< The bits of the signed difference to the bucket before; modulo 2^64, as all here.
    uint64_t delta = 0;
  };
  static constexpr unsigned kLeastBucketBits = 1;

  uint64_t t = 0, t_delta = 0;
  uint64_t count = 0, count_delta = 0;
  uint64_t zero_count = 0, zero_count_delta = 0;
  XorFloat sum;
  std::vector<Bucket> buckets;

  uint64_t count_value() const { return count; }
  uint64_t zero_count_value() const { return zero_count; }
  int64_t bucket(size_t i) const { return static_cast<int64_t>(buckets[i].value); }
};

template <>
struct HistogramState<FloatHistogram> {
  static constexpr unsigned kLeastBucketBits = 64;

  uint64_t t = 0, t_delta = 0;
  XorFloat count;
  XorFloat zero_count;
  XorFloat sum;
  std::vector<XorFloat> buckets;

  double count_value() const { return count.value(); }
  double zero_count_value() const { return zero_count.value(); }
  double bucket(size_t i) const { return buckets[i].value(); }
};

/// Writes a sample and makes it the last one. A state with so many buckets as the layout, and fresh
/// otherwise, for the first.
void WriteFirstSample(BitWriter& out, const HistogramSample<Histogram>& sample,
                      HistogramState<Histogram>& state);
void WriteFirstSample(BitWriter& out, const HistogramSample<FloatHistogram>& sample,
                      HistogramState<FloatHistogram>& state);
void WriteNextSample(BitWriter& out, const HistogramSample<Histogram>& sample,
                     HistogramState<Histogram>& state);
void WriteNextSample(BitWriter& out, const HistogramSample<FloatHistogram>& sample,
                     HistogramState<FloatHistogram>& state);

/// Reads what the functions above wrote. False when the bits make no sense; running out of them is
/// for the caller to see.
bool ReadFirstSample(BitReader& in, HistogramState<Histogram>& state);
bool ReadFirstSample(BitReader& in, HistogramState<FloatHistogram>& state);
bool ReadNextSample(BitReader& in, HistogramState<Histogram>& state);
bool ReadNextSample(BitReader& in, HistogramState<FloatHistogram>& state);

}  // namespace internal
}  // namespace kvs::chunk

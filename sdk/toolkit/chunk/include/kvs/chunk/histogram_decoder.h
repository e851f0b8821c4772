// SPDX-License-Identifier: Apache-2.0
// Reading histogram chunks: encodings 2 and 5 (integer), 3 and 6 (float); those of 5 and 6 carry
// start timestamps.
//
//   FloatHistogramReader samples(encoding, chunk);
//   while (samples.Next(&t, &histogram)) Use(t, histogram);
//   KVS_RETURN_IF_ERROR(samples.status());
//
// FloatHistogramReader takes any of them and gives floats, as queries want.
// BasicHistogramDecoder reads one encoding and makes a histogram only when asked, so that a query
// for count and sum need not. Nothing here is synchronised. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram.h"
#include "kvs/chunk/histogram_codec.h"
#include "kvs/chunk/start_times.h"

namespace kvs::chunk {

template <typename H>
class BasicHistogramChunkBuilder;

/// Never reads outside the chunk. When the bytes are damaged, the samples before the damage have
/// been delivered.
template <typename H>
class BasicHistogramDecoder {
 public:
  /// `chunk` is borrowed until the decoder is gone.
  explicit BasicHistogramDecoder(std::span<const uint8_t> chunk, Starts starts = Starts::kNo);

  /// Goes to the next sample; false at the end or on damage, and status() tells which.
  bool Next();

  // Of the current sample.
  int64_t t() const { return static_cast<int64_t>(state_.t); }
  /// 0 when it is unknown.
  int64_t start() const { return static_cast<int64_t>(starts_.start); }
  bool stale() const { return IsStaleNaN(sum()); }
  double sum() const { return state_.sum.value(); }
  typename H::CountType count() const { return stale() ? 0 : state_.count_value(); }
  /// Overwrites `h` and keeps its memory. A stale sample gives H::Stale(). Schemas above kMaxSchema
  /// are reduced to it. The hint of the first sample is kUnknown, later ones follow without a
  /// reset.
  void Read(H* h) const;

  ResetHeader header() const { return header_; }
  /// OK, or DataLoss with the number of the sample that could not be read.
  Status status() const;

 private:
  friend class BasicHistogramChunkBuilder<H>;

  enum class Damage : uint8_t { kNone, kTruncated, kBadLayout, kBadWindow };

  BitReader in_;
  unsigned index_ = 0;  // Samples read.
  bool with_starts_;
  unsigned count_;
  ResetHeader header_;
  StartTimes starts_;
  Damage damage_ = Damage::kNone;
  internal::HistogramLayout layout_;
  internal::HistogramState<H> state_;
};

extern template class BasicHistogramDecoder<Histogram>;
extern template class BasicHistogramDecoder<FloatHistogram>;

using HistogramDecoder = BasicHistogramDecoder<Histogram>;
using FloatHistogramDecoder = BasicHistogramDecoder<FloatHistogram>;

/// All encodings as floats.
class FloatHistogramReader {
 public:
  /// `chunk` is borrowed until the reader is gone. An encoding without histograms gives no samples
  /// and InvalidArgument.
  FloatHistogramReader(Encoding encoding, std::span<const uint8_t> chunk);

  /// The next sample; `h` is overwritten and keeps its memory. False at the end or on damage.
  bool Next(int64_t* t, FloatHistogram* h);
  /// Of the sample that Next() gave; 0 when it is unknown.
  int64_t start() const { return start_; }
  Status status() const;

 private:
  std::variant<std::monostate, HistogramDecoder, FloatHistogramDecoder> decoder_;
  Encoding encoding_;
  int64_t start_ = 0;
  Histogram integers_;
};

}  // namespace kvs::chunk

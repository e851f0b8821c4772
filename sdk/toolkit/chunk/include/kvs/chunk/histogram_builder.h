// SPDX-License-Identifier: Apache-2.0
// Writing histogram chunks: encodings 2 (integer) and 3 (float), and 5 and 6 with start timestamps,
// with the same bytes and the same cuts as Prometheus.
//
// All samples of a chunk share one bucket layout. A sample with buckets that the layout lacks has
// the chunk rewritten with a wider one; a counter reset, another schema, zero threshold or bounds,
// a change between gauge and counter, and anything but stale markers behind a stale marker need a
// new chunk.
//
//   if (builder.Append(t, h) == AppendOutcome::kNewChunk) {
//     Ship(builder.bytes());
//     builder.Cut();
//     (void)builder.Append(t, h);  // An empty chunk takes anything.
//   }
//
// For a cut by size or time, Ship() and Cut() likewise. Nothing here is synchronised. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "kvs/base/status.h"
#include "kvs/chunk/bit_writer.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram.h"
#include "kvs/chunk/histogram_codec.h"
#include "kvs/chunk/start_times.h"

namespace kvs::chunk {

enum class AppendOutcome : uint8_t {
  kAppended,  ///< The chunk grew.
  kRecoded,   ///< The chunk was written anew with more buckets, and grew.
  kNewChunk,  ///< Nothing was done: the sample must begin a chunk.
};

/// One series' open chunk, and what is needed of the chunk before.
template <typename H>
class BasicHistogramChunkBuilder {
 public:
  explicit BasicHistogramChunkBuilder(Starts starts = Starts::kNo) : starts_(starts) {}

  /// Goes on with an open chunk. DataLoss when it is damaged.
  static StatusOr<BasicHistogramChunkBuilder> Reopen(std::span<const uint8_t> chunk,
                                                     Starts starts = Starts::kNo);

  /// `h` is valid, see Validate(), or a stale marker. An empty chunk takes anything. `start` is
  /// kept by builders with Starts::kYes; 0 when it is unknown.
  [[nodiscard]] AppendOutcome Append(int64_t t, const H& h, int64_t start = 0);

  /// Begins the next chunk of the series: its reset header will say what the first sample is to the
  /// last one here.
  void Cut();
  /// Begins a chunk of which nothing before is known.
  void Clear();

  unsigned count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// Of the last sample.
  int64_t last_t() const { return static_cast<int64_t>(state_.t); }
  ResetHeader header() const { return header_; }
  /// The finished chunk; borrowed until the next non-const call. An empty chunk is a header.
  std::span<const uint8_t> bytes() const;
  size_t size_bytes() const { return bytes().size(); }

  Encoding encoding() const {
    constexpr bool kIntegers = std::is_same_v<H, Histogram>;
    if (starts_ == Starts::kYes)
      return kIntegers ? Encoding::kHistogramWithStart : Encoding::kFloatHistogramWithStart;
    return kIntegers ? Encoding::kHistogram : Encoding::kFloatHistogram;
  }

 private:
  using Bucket = typename H::BucketType;
  using Sample = internal::HistogramSample<H>;

  // How a sample relates to the chunk.
  struct Fit {
    bool fits = true;
    ResetHeader next = ResetHeader::kNotReset;  // Of a chunk begun by the sample.
    // Buckets that only the sample has, and that only the chunk has.
    bool adds_positive = false, adds_negative = false;
    bool lacks_positive = false, lacks_negative = false;

    bool adds() const { return adds_positive || adds_negative; }
    bool lacks() const { return lacks_positive || lacks_negative; }
  };

  Fit FitCounter(const H& h) const;
  Fit FitGauge(const H& h) const;
  bool SameShape(const H& h) const;
  ResetHeader FirstHeader(const H& h) const;
  void AppendFirst(int64_t t, const H& h, int64_t start);
  void AppendExpanded(int64_t t, const H& h, int64_t start);
  void Recode(internal::HistogramLayout wider);
  void Begin(internal::HistogramLayout layout, const Sample& first, int64_t start);
  void WriteNext(const Sample& sample, int64_t start);
  void StoreHeader();

  Starts starts_;
  StartTimes start_times_;
  BitWriter out_;
  unsigned count_ = 0;
  ResetHeader header_ = ResetHeader::kUnknown;
  bool follows_ =
      false;  // layout_ and state_ are those of the chunk before, as long as this one is empty.
  bool refused_ = false;  // The last Append() returned kNewChunk.
  internal::HistogramLayout layout_;
  internal::HistogramState<H> state_;
};

extern template class BasicHistogramChunkBuilder<Histogram>;
extern template class BasicHistogramChunkBuilder<FloatHistogram>;

using HistogramChunkBuilder = BasicHistogramChunkBuilder<Histogram>;
using FloatHistogramChunkBuilder = BasicHistogramChunkBuilder<FloatHistogram>;

}  // namespace kvs::chunk

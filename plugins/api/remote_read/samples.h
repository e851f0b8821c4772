// SPDX-License-Identifier: Apache-2.0
// Samples of one series out of its chunks, whatever their encodings and however they overlap, and
// back into chunks that every reader of remote read knows.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <variant>
#include <vector>

#include "kvs/abi/series_batch.h"
#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/model/write_batch.h"

namespace kvs::api::remote_read {

struct FloatSample {
  int64_t t;
  double v;
};
struct HistogramSample {
  int64_t t;
  std::variant<chunk::Histogram, chunk::FloatHistogram> value;
};

/// One series at a time; the memory is kept.
class Samples {
 public:
  /// Those with min_ms <= t <= max_ms, in order of time and once each, stale markers included.
  /// DataLoss when a chunk is damaged, Unimplemented when nobody here can read it.
  Status Read(std::span<const kvs_chunk_t> chunks, int64_t min_ms, int64_t max_ms);

  const std::vector<FloatSample>& floats() const { return floats_; }
  const std::vector<HistogramSample>& histograms() const { return histograms_; }
  size_t size() const { return floats_.size() + histograms_.size(); }

  /// As chunks of XOR and the two histogram encodings, at most 120 samples each, in order of time.
  void Recode(const std::function<void(int64_t min_ms, int64_t max_ms, uint8_t encoding,
                                       std::span<const uint8_t> data)>& emit) const;

 private:
  Status ReadChunk(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms);

  std::vector<FloatSample> floats_;
  std::vector<HistogramSample> histograms_;
};

/// Whether a reader can be given these chunks as they are: encodings that all know, none before
/// the end of another.
bool CanPass(std::span<const kvs_chunk_t> chunks);

/// A histogram as wire formats take it. The view borrows from both.
class HistogramParts {
 public:
  const model::HistogramView& Set(const HistogramSample& sample);

 private:
  template <typename H>
  void SetFrom(const H& histogram);

  model::HistogramView view_;
  std::vector<int32_t> positive_offset_, negative_offset_;
  std::vector<uint32_t> positive_length_, negative_length_;
  std::vector<uint64_t> positive_, negative_;
};

}  // namespace kvs::api::remote_read

// SPDX-License-Identifier: Apache-2.0
// From the chunks of a series to arrays of timestamps and values.
#pragma once

#include <cstdint>
#include <vector>

#include "kvs/abi/series_batch.h"
#include "kvs/base/status.h"
#include "kvs/chunk/aggregates.h"

#include "scan/aggregate_view.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// Decoded samples of one series, borrowed; floats and histograms each in ascending order of time.
/// A stale marker among histograms is a null pointer.
struct Samples {
  const int64_t* t = nullptr;
  const double* v = nullptr;
  size_t n = 0;
  const int64_t* histogram_t = nullptr;
  const HistogramPtr* histograms = nullptr;
  size_t n_histograms = 0;
  /// Start timestamps of the floats and of the histograms, 0: unknown. Null where nobody wanted
  /// them or no sample has one.
  const int64_t* starts = nullptr;
  const int64_t* histogram_starts = nullptr;
  /// How many samples each float stands for; null: one. Only of views that have it.
  const double* counts = nullptr;
  bool aggregated = false;      ///< Floats are, in part, what a view makes of aggregates:
  int64_t coarse_until_ms = 0;  ///< those up to here,
  int64_t coarse_ms = 0;        ///< which are so far apart.

  bool empty() const { return n == 0 && n_histograms == 0; }
};

/// How series are read.
struct ReadOptions {
  bool keep_stale = false;     ///< Stale markers are left out otherwise.
  bool detect_resets = false;  ///< Hints of histograms say whether the counter was reset since the
                               ///< sample before.
  bool want_starts = false;    ///< Start timestamps.
  AggregateView view = AggregateView::kMean;
  int64_t lasting_ms = 0;  ///< Of kLasting: the longest time between two samples of a window.
};

/// Decodes series, one after the other, into memory that it keeps. One a worker.
class SampleReader {
 public:
  /// The samples of series `s` with min_ms <= t <= max_ms; borrowed until the next call. DataLoss
  /// when a chunk is damaged, Unimplemented when its encoding is unknown.
  StatusOr<Samples> Read(const kvs_series_batch_t& batch, uint32_t s, int64_t min_ms,
                         int64_t max_ms, const ReadOptions& options);
  /// Of all calls.
  const WindowCounts& windows_read() const { return windows_read_; }

 private:
  Status Append(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms);
  template <typename Decoder>
  Status AppendFloats(Decoder decoder, unsigned count, const kvs_chunk_t& chunk, int64_t min_ms,
                      int64_t max_ms);
  Status AppendHistograms(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms);
  Status AppendAggregates(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms);
  Status AppendPart(std::span<const uint8_t> part, int64_t min_ms, int64_t max_ms);
  Status AppendMeans(const chunk::AggregateParts& parts, int64_t resolution_ms, int64_t min_ms,
                     int64_t max_ms);
  void JoinCounters();
  /// For so many more floats.
  void MakeRoom(unsigned count);
  /// So many of them, without start timestamps, were written.
  void Appended(size_t n);
  void SortAndDeduplicate();
  void DropStale();
  void DetectResets();

  // Kept at their greatest size: growing a vector would clear what the decoder is about to
  // overwrite.
  std::vector<int64_t> t_;
  std::vector<double> v_;
  Charge memory_;
  std::vector<int64_t> starts_;
  size_t n_ = 0;
  bool disorder_ = false;
  ReadOptions options_;
  bool aggregated_ = false;
  int64_t coarse_until_ms_ = 0;
  int64_t coarse_ms_ = 0;
  std::vector<double> counts_;  // As many as there are floats, or fewer: the others are 1.
  WindowCounts windows_read_;
  bool has_starts_ = false;  // A chunk that may have them was read.
  std::vector<int64_t> histogram_t_;
  std::vector<HistogramPtr> histograms_;
  std::vector<int64_t> histogram_starts_;
};

}  // namespace kvs::engine::promql

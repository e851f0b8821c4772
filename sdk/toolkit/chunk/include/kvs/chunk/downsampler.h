// SPDX-License-Identifier: Apache-2.0
// Downsampler: the floats of a series become chunks of aggregates over windows (k * r, (k + 1) *
// r], open at their begin as PromQL's ranges are, so that aligned ranges are made of whole windows;
// or aggregates over shorter windows become ones over longer.
//
// A window stands at its end, or at `last_ms` when it reaches beyond: where a block ends in the
// middle of a window, either block has its part of it, at a time within the window.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/aggregates.h"

namespace kvs::chunk {

/// The end of the window that has `t`: the first multiple of `resolution_ms` that is not before it.
constexpr int64_t WindowEnd(int64_t t, int64_t resolution_ms) {
  const int64_t over = t % resolution_ms;
  const int64_t begin = t - over;
  if (over <= 0) return begin;
  return begin > INT64_MAX - resolution_ms ? INT64_MAX : begin + resolution_ms;
}

/// A sum that loses nothing by rounding that a second double can hold (Neumaier).
struct CompensatedSum {
  double sum = 0;
  double lost = 0;

  void Add(double x);
  double value() const;
};

struct AggregatesChunk {
  int64_t mint = 0;  ///< Of the first sample.
  int64_t maxt = 0;  ///< Of the last window.
  std::vector<uint8_t> bytes;
};

/// Reusable. Not synchronised. [any]
class Downsampler {
 public:
  static constexpr unsigned kWindowsPerChunk = 120;

  /// `last_ms`: no time is behind it, that of samples included.
  Downsampler(int64_t resolution_ms, int64_t last_ms)
      : resolution_ms_(resolution_ms), last_ms_(last_ms) {}

  /// Times ascend. A stale marker is no sample. NaN counts, and is no value of a counter.
  void Add(int64_t t, double v);
  /// A chunk of shorter windows, each of which lies within one of these. Comes after all that was
  /// added. DataLoss when it is damaged, not in order, or larger than any that is written; what was
  /// made is of no use then.
  Status AddAggregates(std::span<const uint8_t> chunk);
  /// What was made since the last call.
  std::vector<AggregatesChunk> Finish();

 private:
  struct Counter {
    bool began = false;      // In the chunk in work.
    bool known = false;      // Whether there was any value.
    bool in_window = false;  // Whether the window in work has one.
    int64_t t = 0;
    double last = 0;        // The latest value as it was.
    double seen = 0;        // What the next value is compared with.
    double adjusted = 0;    // Of the chunk in work: without its resets.
    int64_t written_t = 0;  // Of the sample that was written last.
  };

  void OpenWindow(int64_t t);
  void AddCounter(int64_t t, double v);
  void CloseWindow(int64_t t);
  void CutChunk();

  const int64_t resolution_ms_;
  const int64_t last_ms_;
  bool open_ = false;
  int64_t window_end_ = 0;
  AggregateWindow window_;
  CompensatedSum sum_;
  int64_t chunk_mint_ = 0;
  int64_t chunk_maxt_ = 0;
  bool added_ = false;
  int64_t last_t_ = 0;  // Of what was added last.
  Counter counter_;
  AggregatesBuilder builder_;
  std::vector<AggregatesChunk> out_;
};

}  // namespace kvs::chunk

// SPDX-License-Identifier: Apache-2.0
// Histograms of OpenTelemetry, whose buckets stand in one dense row, as native histograms of
// Prometheus, which keep spans of buckets that are not empty.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/write_batch.h"
#include "kvs/wire/otlp.h"

namespace kvs::ingest::otlp {

/// Buckets of one sign: those of `counts` begin at index `offset`.
struct SparseBuckets {
  std::vector<int32_t> span_offset;
  std::vector<uint32_t> span_length;
  std::vector<uint64_t> delta;  ///< Bits of signed differences to the bucket before.

  /// 2^scale_down neighbours become one; indices move by `shift` after that.
  void Fill(std::span<const uint64_t> counts, int32_t offset, int scale_down, int32_t shift);
};

/// A native histogram and the memory of its buckets. Reused from point to point.
class NativeHistogram {
 public:
  /// InvalidArgument when the scale is below -4. Above 8, neighbours are merged. `numbers` is the
  /// request whose arrays the ranges of the point mean.
  Status Set(const wire::otlp::ExponentialPoint& point, const wire::otlp::Request& numbers);
  /// Schema -53.
  Status SetCustom(const wire::otlp::HistogramPoint& point, const wire::otlp::Request& numbers);

  /// Borrowed until the next Set; times and reset hint are the caller's to set.
  model::HistogramView& view() { return view_; }

 private:
  void SetTotals(uint64_t count, bool has_sum, double sum, bool stale);

  model::HistogramView view_;
  SparseBuckets positive_;
  SparseBuckets negative_;
};

}  // namespace kvs::ingest::otlp

// SPDX-License-Identifier: Apache-2.0
// MeasuredCursor: the answer of a query over blocks, of which metrics are told at its end how many
// series it had and how long they took.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/series_source.h"

#include "metrics.h"

namespace kvs::source::blocks {

/// Nanoseconds that the blocks of one query spent in each stage. [any]
struct Stages {
  std::atomic<int64_t> header_ns{0}, postings_ns{0}, series_ns{0};
};

/// A query under way, from its first block to the end of its answer. [any]
class MeasuredQuery {
 public:
  /// `metrics` outlives it, and is told as it ends.
  MeasuredQuery(const StoreMetrics& metrics, const sdk::Clock& clock)
      : metrics_(metrics), clock_(clock) {
    metrics_.queries.Add();
  }
  ~MeasuredQuery() {
    metrics_.queries.Add(-1);
    metrics_.result_series.Observe(static_cast<double>(series_));
    metrics_.merge_seconds.Observe(Seconds(merge_ns_));
    metrics_.load_header_seconds.Observe(Seconds(stages.header_ns));
    metrics_.postings_seconds.Observe(Seconds(stages.postings_ns));
    metrics_.series_seconds.Observe(Seconds(stages.series_ns + merge_ns_));
  }
  MeasuredQuery(const MeasuredQuery&) = delete;
  MeasuredQuery& operator=(const MeasuredQuery&) = delete;

  int64_t NowNs() const { return clock_.MonotonicNs(); }
  /// A batch of so many series took from `begin_ns` to now. By who reads the answer.
  void Read(uint64_t n_series, int64_t begin_ns) {
    series_ += n_series;
    merge_ns_ += NowNs() - begin_ns;
  }

  Stages stages;

 private:
  static double Seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

  const StoreMetrics& metrics_;
  const sdk::Clock clock_;
  uint64_t series_ = 0;
  int64_t merge_ns_ = 0;
};

/// [worker]
class MeasuredCursor final : public sdk::SeriesCursor {
 public:
  MeasuredCursor(std::unique_ptr<MeasuredQuery> query, sdk::OpenSelection selection)
      : query_(std::move(query)), selection_(std::move(selection)) {}

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& /*completer*/) override {
    const int64_t begin_ns = query_->NowNs();
    StatusOr<sdk::BatchPtr> batch = selection_.Next(call);
    if (!batch.ok()) return batch.status();
    query_->Read(*batch == nullptr ? 0 : (*batch)->n_series, begin_ns);
    if (*batch == nullptr) return sdk::End();
    out = batch->release();
    return OkStatus();
  }
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  const std::unique_ptr<MeasuredQuery> query_;
  const sdk::OpenSelection selection_;
};

}  // namespace kvs::source::blocks

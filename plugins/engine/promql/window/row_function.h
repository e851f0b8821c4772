// SPDX-License-Identifier: Apache-2.0
// RowFunction: from the samples of one series to one value a step. An instant selector is one (the
// newest sample in the lookback window), and so is every function over a range.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

#include "scan/samples.h"
#include "value/grid.h"
#include "value/pulse.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// What a row function has to say about a series, beside values. Texts are made by AnnotateRow().
enum RowNote : uint32_t {
  kNoteMaybeNotCounter = 1u << 0,  ///< There are float results of a function for counters.
  kNoteMixedFloatsHistograms = 1u << 1,
  kNoteIgnoredHistograms = 1u << 2,
  kNoteNativeNotCounter = 1u << 3,
  kNoteNativeNotGauge = 1u << 4,
  kNoteMixedSchemas = 1u << 5,
  kNoteResetCollision = 1u << 6,
  kNoteReconciledAdd = 1u << 7,
  kNoteReconciledSub = 1u << 8,
  kNoteReconciledAggregate = 1u << 9,
  kNoteStartOverlap = 1u << 10,
};

/// Where one series' results go.
struct RowOut {
  double* values = nullptr;     ///< One a step, all written.
  HistogramRow histograms;      ///< Empty when there are none, else one a step.
  uint32_t notes = 0;           ///< RowNote bits; added to.
  uint32_t start_overlaps = 0;  ///< Steps with kNoteStartOverlap.
  Pulse* pulse = nullptr;       ///< Where it stops, so may the function. Null: nobody asks.
};

/// Memory that row functions reuse from series to series. One a worker.
struct RowScratch {
  std::vector<uint32_t> index;
  std::vector<double> values;
};

/// Immutable once it is made, so that workers share it.
class RowFunction {
 public:
  explicit RowFunction(const Windows& windows) : windows_(windows) {}
  virtual ~RowFunction() = default;

  /// Writes every step of `out` and returns whether there is any result at all.
  virtual bool Apply(const Samples& samples, RowOut& out, RowScratch& scratch) const = 0;

  const Windows& windows() const { return windows_; }
  /// The earliest and latest sample times it looks at.
  virtual int64_t min_ms() const { return windows_.first_end() - windows_.range_ms + 1; }
  virtual int64_t max_ms() const { return windows_.last_end(); }
  virtual bool keep_stale() const { return false; }
  virtual bool want_starts() const { return false; }
  /// The RowNote bits that need the name of the series.
  virtual uint32_t possible_notes() const { return 0; }
  /// What it looks at where there are aggregates.
  AggregateView aggregate_view() const { return aggregate_view_; }
  void SetAggregateView(AggregateView view) { aggregate_view_ = view; }

 private:
  const Windows windows_;
  AggregateView aggregate_view_ = AggregateView::kMean;
};

/// The instant selector: the newest sample in each window, unless it is a stale marker; `smoothed`,
/// what the samples around each end say.
std::unique_ptr<RowFunction> MakeInstantFunction(const Windows& windows);
/// timestamp(selector): the time of that sample in seconds.
std::unique_ptr<RowFunction> MakeTimestampFunction(const Windows& windows);
/// start_timestamp(selector): its start timestamp in seconds.
std::unique_ptr<RowFunction> MakeStartTimestampFunction(const Windows& windows);
/// For info(): the time of that sample in milliseconds; a histogram gives itself.
std::unique_ptr<RowFunction> MakeInfoTimesFunction(const Windows& windows);
/// The function `id` of range vectors. `params`: its scalar arguments in order, one value a step
/// each; borrowed for the life of the result. Null when `id` is no such function, and for ends that
/// CheckWindowEnds() denies it. With `starts` counters are reset where start timestamps say so.
std::unique_ptr<RowFunction> MakeRangeFunction(ast::FunctionId id, const Windows& windows,
                                               const std::vector<std::vector<double>>& params,
                                               bool starts);

/// What the function `id` looks at where there are aggregates.
AggregateView AggregateViewOf(ast::FunctionId id);

/// OK, or Prometheus' refusal of a function that takes no windows with such ends.
Status CheckWindowEnds(ast::FunctionId id, std::string_view name, WindowEnds ends);

}  // namespace kvs::engine::promql

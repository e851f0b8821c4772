// SPDX-License-Identifier: Apache-2.0
// What every part of an evaluation shares: who asks, what they may use, and where labels and
// annotations go.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/series_source.h"

#include "value/annotations.h"
#include "value/features.h"
#include "value/grid.h"
#include "value/held.h"
#include "value/symbols.h"

namespace kvs::engine::promql {

/// One query in evaluation. Workers of its scans share it. Borrows what its constructor is given.
class Query {
 public:
  Query(const sdk::Call& c, const sdk::Executor& e, const sdk::SourceRef& s, std::string_view text,
        const Features& f)
      : call(c), executor(e), source(s), features(f), notes(text) {}

  const sdk::Call call;
  const sdk::Executor executor;
  const sdk::SourceRef source;
  const Features& features;

  Grid grid;           ///< Of the whole query; subqueries evaluate on others.
  int64_t end_ms = 0;  ///< As given; the last step may lie before it.
  bool range = false;  ///< A range query, even if of one step.
  int64_t lookback_ms = 0;
  int64_t default_step_ms = 0;
  int64_t max_samples = 0;
  uint32_t threads = 1;  ///< That scans may use; 0: one a processor.
  /// Of the part in evaluation: only counts and sums of histograms are asked for. Prometheus'
  /// reader then finds resets as it goes, and its hints show in annotations.
  bool histogram_stats = false;

  LabelStore labels;
  Annotations notes;

  std::atomic<int64_t> samples_read{0};
  std::atomic<int64_t> samples_held{0};
  std::atomic<int64_t> samples_peak{0};

  /// OK, or why the query must stop: it was cancelled or its time is up. Ask once a batch. [any]
  Status CheckAlive() const;
  /// Accounts for `n` more samples in memory, until `held` goes; ResourceExhausted when they are
  /// too many. [any]
  Status Hold(Held& held, int64_t n);
};

/// An error in the evaluation that the query itself is to blame for.
template <typename... Pieces>
Status ExecutionError(const Pieces&... pieces) {
  return FailedPrecondition(pieces...);
}

/// "vector cannot contain metrics with the same labelset"
Status DuplicateLabelSetError();
/// "query processing would load too many samples into memory in query execution"
Status TooManySamplesError();

}  // namespace kvs::engine::promql

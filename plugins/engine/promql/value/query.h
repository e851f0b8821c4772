// SPDX-License-Identifier: Apache-2.0
// What every part of an evaluation shares: who asks, what they may use, and where labels and
// annotations go.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/series_source.h"

#include "scan/aggregate_view.h"
#include "value/annotations.h"
#include "value/features.h"
#include "value/grid.h"
#include "value/held.h"
#include "value/memory.h"
#include "value/step_samples.h"
#include "value/symbols.h"

namespace kvs::engine::promql {

/// Which series are read: by canonical hash, as in kvs_select_t.
struct Shard {
  uint32_t index = 0;
  uint32_t count = 0;  ///< 0: all.
};

/// One query in evaluation. Workers of its scans share it. Borrows what its constructor is given.
class Query {
 public:
  Query(const sdk::Call& c, const sdk::Executor& e, const sdk::SourceRef& s, std::string_view text,
        const Features& f, MemoryAccount& m)
      : call(c), executor(e), source(s), features(f), memory(m), notes(text) {}

  const sdk::Call call;
  const sdk::Executor executor;
  const sdk::SourceRef source;
  const Features& features;
  MemoryAccount& memory;
  const std::thread::id evaluator = std::this_thread::get_id();

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
  Shard shard;
  bool samples_only = false;  ///< Aggregates are not read, whatever there is.
  /// The part in evaluation, for errors; null before it begins.
  const ast::Expr* current = nullptr;
  /// Where samples are counted by step; null: nobody wants to know.
  StepSamples* step_samples = nullptr;

  LabelStore labels;
  Annotations notes;

  std::atomic<int64_t> samples_read{0};
  /// Of them, those that are windows of aggregates. [any]
  WindowCounts windows_read() const {
    return {windows_5m_.load(std::memory_order_relaxed),
            windows_1h_.load(std::memory_order_relaxed)};
  }
  void AddWindowsRead(const WindowCounts& n) {
    windows_5m_.fetch_add(n.five_minutes, std::memory_order_relaxed);
    windows_1h_.fetch_add(n.one_hour, std::memory_order_relaxed);
  }
  std::atomic<int64_t> samples_held{0};
  std::atomic<int64_t> samples_peak{0};
  std::atomic<int64_t> worker_cpu_ns{0};  ///< Of threads other than the evaluator's.

  /// OK, or why the query must stop: it was cancelled, its time is up, or it has too much memory.
  /// Ask once a batch. [any]
  Status CheckAlive() const;
  /// Accounts for `n` more samples in memory, until `held` goes; ResourceExhausted when they are
  /// too many, or when there is no memory for rows of so many. [any]
  Status Hold(Held& held, int64_t n);
  /// OK while `more` bytes beside those in use are within the limits of the query and of the
  /// engine. [any]
  Status CheckMemory(int64_t more) const;
  /// OK unless `n` samples are more than a query may hold. [any]
  Status CheckSamples(int64_t n) const;

 private:
  std::atomic<int64_t> windows_5m_{0};
  std::atomic<int64_t> windows_1h_{0};

  /// ", in sum(m)"
  std::string Where() const;
};

/// Makes the thread of a worker work for `query`: its memory and its CPU time are the query's.
class WorkerScope {
 public:
  explicit WorkerScope(Query& query);
  ~WorkerScope();
  WorkerScope(const WorkerScope&) = delete;
  WorkerScope& operator=(const WorkerScope&) = delete;

 private:
  Query& query_;
  const MemoryAccount::Scope memory_;
  const int64_t began_ns_;  ///< Below 0: the evaluator's own thread, whose time is counted already.
};

/// CPU time of this thread in nanoseconds.
int64_t ThreadCpuNs();

/// An error in the evaluation that the query itself is to blame for.
template <typename... Pieces>
Status ExecutionError(const Pieces&... pieces) {
  return FailedPrecondition(pieces...);
}

/// "vector cannot contain metrics with the same labelset"
Status DuplicateLabelSetError();

}  // namespace kvs::engine::promql

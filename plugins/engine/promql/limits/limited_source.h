// SPDX-License-Identifier: Apache-2.0
// The source of one query: that of the engine, of which it counts what the query reads.
#pragma once

#include <atomic>
#include <cstdint>

#include "kvs/query/query_limits.h"
#include "kvs/sdk/port/series_source.h"

#include "scan/select_only.h"
#include "stats.h"

namespace kvs::engine::promql {

/// Waits for the source behind it. Its cursors fail with ResourceExhausted once the query has read
/// more than it may. Outlives its cursors and batches. [worker]
class LimitedSource final : public SelectOnly {
 public:
  LimitedSource(const sdk::SourceRef& source, const query::QueryLimits& limits, int64_t now_ms)
      : source_(source), limits_(limits), oldest_ms_(limits.OldestMs(now_ms)) {}

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;

  /// What was read so far.
  Fetched fetched() const {
    return {series_.load(std::memory_order_relaxed), chunks_.load(std::memory_order_relaxed),
            chunk_bytes_.load(std::memory_order_relaxed)};
  }

 private:
  class Cursor;
  Status Count(const kvs_series_batch_t& batch);

  const sdk::SourceRef source_;
  const query::QueryLimits limits_;
  const int64_t oldest_ms_;
  std::atomic<int64_t> series_{0};
  std::atomic<int64_t> chunks_{0};
  std::atomic<int64_t> chunk_bytes_{0};
};

}  // namespace kvs::engine::promql

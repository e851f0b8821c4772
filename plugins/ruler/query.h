// SPDX-License-Identifier: Apache-2.0
// Queries of rules, and writing what rules gave: the two ports that an evaluation waits on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/query_engine.h"
#include "kvs/sdk/port/series_sink.h"

#include "metrics.h"

namespace kvs::ruler {

/// What an instant query gave: a vector, or a scalar as a vector of one. Histograms stay in the
/// result, which this holds.
class QueryVector {
 public:
  QueryVector() = default;
  /// FailedPrecondition for a result that is neither.
  static StatusOr<QueryVector> Of(sdk::Owned<kvs_query_result_t> result);

  struct Sample {
    model::Labels labels;
    double value = 0;
    int64_t histogram = -1;  ///< Index in histograms(); -1: a float.
  };
  std::vector<Sample> samples;
  const kvs_histogram_columns_t* histograms() const { return result_->histograms; }
  /// Of a sample that is one.
  chunk::FloatHistogram HistogramOf(const Sample& sample) const;

 private:
  sdk::Owned<kvs_query_result_t> result_;
};

/// Whether the user can mend it, or the operator must: the label `reason` of metrics.
std::string_view ReasonOf(const Status& status);

/// What one of several queries gave, and how long planning and evaluating it took.
struct Answer {
  StatusOr<QueryVector> vector;
  int64_t wall_ns = 0;
};

class Querier {
 public:
  /// `max_parallel`: queries of one call that are evaluated at once.
  Querier(sdk::EngineRef engine, sdk::Executor executor, const Metrics& metrics, int64_t timeout_ms,
          uint32_t max_parallel)
      : engine_(engine),
        executor_(executor),
        metrics_(metrics),
        timeout_ms_(timeout_ms),
        max_parallel_(max_parallel) {}

  /// Data of `tenants` ("a|b" where federated) at one instant; cancelled by `cancel`. Queries are
  /// planned together, so that what several of them select is read once. Counts under `owner`.
  /// [worker]
  std::vector<Answer> Instants(std::string_view owner, std::string_view tenants,
                               const std::vector<std::string_view>& texts, int64_t at_ms,
                               const kvs_cancel_t* cancel, int64_t lookback_ms = 0) const;
  /// One of them. [worker]
  StatusOr<QueryVector> Instant(std::string_view owner, std::string_view tenants,
                                std::string_view text, int64_t at_ms, const kvs_cancel_t* cancel,
                                int64_t lookback_ms = 0) const;

 private:
  const sdk::EngineRef engine_;
  const sdk::Executor executor_;
  const Metrics& metrics_;
  const int64_t timeout_ms_;
  const uint32_t max_parallel_;
};

/// One sample to be written; `histogram` points into `columns`.
struct RuleSample {
  model::Labels labels;
  double value = 0;
  const kvs_histogram_columns_t* columns = nullptr;
  uint32_t histogram = 0;
};

class Appender {
 public:
  /// `secret` seeds the keys of series, so that nobody outside can construct equal ones.
  Appender(sdk::SinkRef sink, const Metrics& metrics, int64_t timeout_ms, uint64_t secret)
      : sink_(sink), metrics_(metrics), timeout_ms_(timeout_ms), secret_(secret) {}

  /// All samples at one time, in one write; the sink's error. [worker]
  Status Write(std::string_view tenant, int64_t at_ms, const std::vector<RuleSample>& samples,
               const kvs_cancel_t* cancel) const;

 private:
  const sdk::SinkRef sink_;
  const Metrics& metrics_;
  const int64_t timeout_ms_;
  const uint64_t secret_;
};

}  // namespace kvs::ruler

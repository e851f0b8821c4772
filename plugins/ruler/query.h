// SPDX-License-Identifier: Apache-2.0
// Queries of rules, and writing what rules gave: the two ports that an evaluation waits on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
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
  struct Sample {
    model::Labels labels;
    double value = 0;
    int64_t histogram = -1;  ///< Index in histograms(); -1: a float.
  };
  std::vector<Sample> samples;
  const kvs_histogram_columns_t* histograms() const { return result_->histograms; }

 private:
  friend class Querier;
  sdk::Owned<kvs_query_result_t> result_;
};

/// Whether the user can mend it, or the operator must: the label `reason` of metrics.
std::string_view ReasonOf(const Status& status);

class Querier {
 public:
  Querier(sdk::EngineRef engine, const Metrics& metrics, int64_t timeout_ms)
      : engine_(engine), metrics_(metrics), timeout_ms_(timeout_ms) {}

  /// Data of `tenants` ("a|b" where federated) at one instant; cancelled by `cancel`. Counts under
  /// `owner`. [worker]
  StatusOr<QueryVector> Instant(std::string_view owner, std::string_view tenants,
                                std::string_view text, int64_t at_ms, const kvs_cancel_t* cancel,
                                int64_t lookback_ms = 0) const;

 private:
  const sdk::EngineRef engine_;
  const Metrics& metrics_;
  const int64_t timeout_ms_;
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

// SPDX-License-Identifier: Apache-2.0
// Asking a query engine over its port, and its answers as C++ values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/port/query_engine.h"

namespace kvs::testkit::promqltest {

struct HistogramSample {
  int64_t t;
  chunk::FloatHistogram h;
};

struct AnswerSeries {
  model::Labels labels;
  std::vector<std::pair<int64_t, double>> points;
  std::vector<HistogramSample> histograms;
};

struct Answer {
  int32_t type = 0;  ///< KVS_VALUE_...
  std::vector<AnswerSeries> series;
  std::string text;
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

class EngineClient {
 public:
  explicit EngineClient(sdk::EngineRef engine) : engine_(std::move(engine)) {}

  /// Each waits for the answer; errors are the engine's. [main]
  StatusOr<Answer> Instant(std::string_view query, int64_t at_ms);
  /// Asked together, in a batch; each with an answer of its own.
  std::vector<StatusOr<Answer>> Together(const std::vector<std::string>& queries, int64_t at_ms);
  StatusOr<Answer> Range(std::string_view query, int64_t start_ms, int64_t end_ms, int64_t step_ms);

 private:
  StatusOr<Answer> Ask(const kvs_query_t& query);
  const sdk::EngineRef engine_;
};

}  // namespace kvs::testkit::promqltest

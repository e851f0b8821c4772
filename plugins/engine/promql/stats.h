// SPDX-License-Identifier: Apache-2.0
// What a query has used, as the API and the log tell it.
#pragma once

#include <cstdint>
#include <string>

#include "value/grid.h"
#include "value/step_samples.h"

namespace kvs::engine::promql {

/// Nanoseconds.
struct Timings {
  int64_t queue = 0;    ///< Until the query had its turn.
  int64_t prepare = 0;  ///< Parsing and planning.
  int64_t evaluate = 0;
  int64_t sort = 0;  ///< Putting the result in order and into columns.
  int64_t eval_total() const { return prepare + evaluate + sort; }
};

/// What a query read of its source. What it reads twice counts twice.
struct Fetched {
  int64_t series = 0;
  int64_t chunks = 0;
  int64_t chunk_bytes = 0;
};

/// Of one query, whatever it asked for.
struct Usage {
  Timings timings;
  Fetched fetched;
  int64_t cpu_ns = 0;  ///< Of all threads.
  int64_t samples_read = 0;
  int64_t peak_samples = 0;
  int64_t peak_bytes = 0;
  uint64_t series = 0;  ///< Of the result.
};

/// Prometheus' `stats` object. `steps`: the times of `samples`, for the arrays by step; null:
/// without.
std::string StatsJson(const Usage& usage, const StepSamples& samples, const Grid* steps);

}  // namespace kvs::engine::promql

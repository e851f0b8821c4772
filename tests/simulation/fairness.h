// SPDX-License-Identifier: Apache-2.0
// How long queries of small tenants wait while a large one asks for more than all queriers can do:
// the scheduler's places and lines, by a simulated clock.
#pragma once

#include <cstdint>

namespace kvs::simulation {

struct FairnessOptions {
  uint32_t queriers = 50;
  uint32_t places_per_querier = 8;
  uint32_t small_tenants = 100;
  double small_load = 0.3;   ///< What all small tenants ask for, as a part of what queriers can do.
  double large_load = 10.0;  ///< What the large one asks for; 0: it is not there.
  /// Over so many queriers each tenant is spread; 0: over all.
  int64_t spread = 0;
  int64_t query_ms = 500;  ///< Mean; the times of queries are exponential.
  int64_t horizon_ms = 120'000;
  uint64_t seed = 1;
};

/// Of queries that came within the horizon.
struct Fairness {
  uint64_t small_queries = 0;
  uint64_t small_refused = 0;
  int64_t small_wait_p50_ms = 0;
  int64_t small_wait_p99_ms = 0;
  uint64_t large_queries = 0;
  double large_refused = 0;  ///< Part of its queries.
  double large_share = 0;    ///< Part of the queriers' time that it had.
  double small_share = 0;
};

/// [main]
Fairness FairnessOf(const FairnessOptions& options);

}  // namespace kvs::simulation

// SPDX-License-Identifier: Apache-2.0
// What a tenant's queries may ask for: Mimir's limits of the read path, by Mimir's names and in its
// words. Times are clipped silently, everything else is refused.
#pragma once

#include <cstdint>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/limiter.h"

namespace kvs::query {

/// Of one tenant; 0 in a limit: none.
struct QueryLimits {
  int64_t max_expression_bytes = 0;
  int64_t max_length_ms = 0;          ///< From the start of a range query to its end.
  int64_t max_partial_length_ms = 0;  ///< Of what one selector reads.
  int64_t max_lookback_ms = 0;        ///< Behind now; what is older is left out.
  int64_t max_series = 0;             ///< That a query may read, and so on for the next two.
  int64_t max_chunks = 0;
  int64_t max_chunk_bytes = 0;
  int64_t max_memory_bytes = 0;          ///< 0: the engine's own limit.
  int64_t max_source_resolution_ms = 0;  ///< What may be estimated; 0: the engine's own setting.

  /// Those of the call's tenant; a limiter that is not there limits nothing. [worker]
  static StatusOr<QueryLimits> Of(const sdk::LimiterRef& limiter, const sdk::Call& call);

  /// InvalidArgument for a query that is too long, in bytes or in time.
  Status Check(const kvs_query_t& in) const;
  /// The earliest time that may be looked at.
  int64_t OldestMs(int64_t now_ms) const;
  /// Leaves out the steps of `in` before the earliest time. False: none is left.
  bool Clip(int64_t now_ms, kvs_query_t& in) const;
};

}  // namespace kvs::query

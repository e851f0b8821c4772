// SPDX-License-Identifier: Apache-2.0
// Which queries of a tenant run first when they have to wait: those of rules. A rule that is late
// is an alert that is late, and its next iteration is due soon; somebody who looks at a dashboard
// asks again. How waiting queries are chosen, and that nobody waits for ever: fair_lines.h.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kvs/abi/port/query_engine.h"

namespace kvs::sdk {

/// kvs_query_t::priority of what people ask, and of what rules ask.
inline constexpr int32_t kPeoplesPriority = 0;
inline constexpr int32_t kRulesPriority = 1;

/// kPeoplesPriority where the caller's record is too short to say. [any]
inline int32_t PriorityOf(const kvs_query_t& query) {
  return KVS_HAS(&query, kvs_query_t, priority) ? query.priority : kPeoplesPriority;
}
/// Queries that are asked together wait together: the highest priority among them. [any]
inline int32_t PriorityOf(const kvs_query_batch_t& batch) {
  if (batch.n_queries == 0) return kPeoplesPriority;
  int32_t highest = PriorityOf(*batch.queries[0]);
  for (uint64_t i = 1; i < batch.n_queries; ++i)
    highest = std::max(highest, PriorityOf(*batch.queries[i]));
  return highest;
}

}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
// From values to the record that crosses the ABI.
#pragma once

#include <functional>
#include <string>

#include "kvs/abi/port/query_engine.h"
#include "kvs/base/status.h"

#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// What goes beside a result.
struct ResultNotes {
  std::string stats_json;
  std::string explain_json;
};

/// Fills `out`, which then owns all that it points at. Series of a range query come sorted by
/// labels. Calls describe(notes) once the columns are made. ResourceExhausted where there is no
/// memory for them; CheckAlive()'s error where nobody waits for them any more.
Status HandOutResult(Query& query, Value value, kvs_query_result_t& out,
                     const std::function<void(ResultNotes&)>& describe);

/// A result without series: that of a query that is explained, not evaluated.
Status HandOutNothing(bool range, std::string explain_json, kvs_query_result_t& out);

}  // namespace kvs::engine::promql

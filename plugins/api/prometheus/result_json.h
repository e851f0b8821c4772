// SPDX-License-Identifier: Apache-2.0
// Results of queries as JSON, byte for byte as Prometheus writes them. This is on the path of every query: labels are
// written once a series, points without any allocation but the body's own growth.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kvs/abi/port/query_engine.h"
#include "kvs/sdk/host.h"

namespace kvs::api::prometheus {

/// Appends {"name":"value",...} of one row.
void AppendLabels(std::string& out, const kvs_label_columns_t& labels, uint32_t row);

/// Appends the histogram `i` of `columns` (floats): {"count":"..","sum":"..","buckets":[...]}.
void AppendHistogram(std::string& out, const kvs_histogram_columns_t& columns, uint32_t i);

/// Appends {"resultType":..,"result":..}, with "stats" and "explain" where the result has them. `limit` 0: every series.
/// Large results are written on several threads of `executor`, in pieces that are appended to `more` and belong behind
/// `out`: they are sent as they are. [worker]
void AppendResult(std::string& out, std::vector<std::string>& more, const kvs_query_result_t& result, uint64_t limit,
                  const sdk::Executor& executor);

}  // namespace kvs::api::prometheus

// SPDX-License-Identifier: Apache-2.0
// Aggregations over a vector that is in memory; those right above a scan never get here, see
// scan/scan_aggregate.h.
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "aggregate/grouping.h"
#include "plan/plan.h"
#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// `aggregate` of `input`; `param` is its evaluated parameter (a scalar, for count_values a text).
StatusOr<Vector> Aggregate(Query& query, const ast::Aggregate& aggregate, Vector input,
                           const Value& param);

/// What an aggregation's scalar parameter does over all steps: Prometheus judges it once a query.
struct ParamRange {
  double min = 0;
  double max = 0;
  bool any_nan = false;  ///< Then min and max are NaN as well.

  explicit ParamRange(const std::vector<double>& param);
};

/// The rows of each group.
struct Groups {
  LabelIndex labels;
  std::vector<uint32_t> of_row;
  std::vector<uint8_t> drop_name;

  Groups(Query& query, const ast::Aggregate& aggregate, const Vector& input);
  uint32_t size() const { return labels.size(); }
};

/// Whether topk and its like choose anything at all. An error for a parameter that they cannot
/// take, a warning for a ratio that has to be capped.
StatusOr<bool> CheckSelection(Query& query, const ast::Aggregate& aggregate,
                              const ParamRange& param);
/// topk, bottomk, limitk, limit_ratio: choose among the input rows.
StatusOr<Vector> SelectRows(Query& query, const ast::Aggregate& aggregate, Vector input,
                            const std::vector<double>& param);
StatusOr<Vector> AggregateQuantile(Query& query, const ast::Aggregate& aggregate, Vector input,
                                   const std::vector<double>& param);
StatusOr<Vector> CountValues(Query& query, const ast::Aggregate& aggregate, Vector input,
                             const std::string& label);

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// Functions that do not take range vectors, one file a family. A family answers with a Value of
// kind kNone for a function that is not its own.
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "eval/evaluator.h"
#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// Any of them; Unimplemented for what nobody knows.
StatusOr<Value> EvalInstantCall(Evaluator& eval, const ast::Call& call, const Grid& grid);

/// abs, ceil, sin, ..., round, clamp: value by value.
StatusOr<Value> EvalMath(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// minute, hour, month, ...
StatusOr<Value> EvalDate(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// time, pi, start, min_of, ..., scalar, vector, timestamp, absent.
StatusOr<Value> EvalConversion(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// label_replace, label_join.
StatusOr<Value> EvalLabels(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// info.
StatusOr<Value> EvalInfo(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// sort, sort_desc, sort_by_label, sort_by_label_desc.
StatusOr<Value> EvalSort(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// histogram_count, histogram_sum, ...: of native histograms only.
StatusOr<Value> EvalNativeHistogram(Evaluator& eval, const ast::Call& call, const Grid& grid);
/// histogram_quantile, histogram_quantiles, histogram_fraction.
StatusOr<Value> EvalHistogram(Evaluator& eval, const ast::Call& call, const Grid& grid);

/// Warns unless 0 <= q <= 1.
void WarnInvalidQuantile(Query& query, double q, ast::PosRange pos);

/// The result of absent() and absent_over_time(): 1 where `present` is false, under the labels that
/// `selector` (may be null) fixes.
Vector AbsentVector(Query& query, const Grid& grid, const ast::VectorSelector* selector,
                    const std::vector<bool>& present);

/// A number as C's %f and Go's agree to print it.
std::string FormatF(double value);

}  // namespace kvs::engine::promql

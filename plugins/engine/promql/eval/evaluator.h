// SPDX-License-Identifier: Apache-2.0
// Evaluator: the syntax tree to values, bottom up, each node over a whole grid of steps at once.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kvs/base/status.h"

#include "value/query.h"
#include "value/vector.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// Evaluates one query. Not shared between threads; the scans it starts use several. Borrows the
/// query.
class Evaluator {
 public:
  explicit Evaluator(Query& query) : query_(query) {}

  /// The value of a whole query, names dropped where that was delayed.
  StatusOr<Value> EvalQuery(const ast::Expr& root);

  /// The value of `expr` at every step of `grid`.
  StatusOr<Value> Eval(const ast::Expr& expr, const Grid& grid);
  /// Of an expression of that type.
  StatusOr<Vector> EvalVector(const ast::Expr& expr, const Grid& grid);
  StatusOr<std::vector<double>> EvalScalar(const ast::Expr& expr, const Grid& grid);

  Query& query() { return query_; }

  /// The windows of a selector or subquery: offset and @ applied.
  Windows WindowsOf(const Grid& grid, int64_t range_ms, int64_t offset_ms,
                    const ast::AtModifier& at) const;
  /// The windows of a selector; 0 for `range_ms` if it is an instant selector.
  Windows WindowsOf(const Grid& grid, int64_t range_ms, const ast::VectorSelector& selector) const;

  /// Removes names now, or marks the rows. Rows that become equal are an error where they have
  /// values at the same step, and are merged where not, if `merge`; else they are always an error.
  Status DropNames(Vector& vector, bool merge);

 private:
  StatusOr<Value> EvalNode(const ast::Expr& expr, const Grid& grid);
  StatusOr<Value> EvalSelector(const ast::VectorSelector& selector, const Grid& grid);
  StatusOr<Value> EvalSubqueryValue(const ast::Subquery& subquery, const Grid& grid);
  StatusOr<Value> EvalCall(const ast::Call& call, const Grid& grid);
  StatusOr<Value> EvalAggregate(const ast::Aggregate& aggregate, const Grid& grid);
  StatusOr<Value> EvalBinary(const ast::Binary& binary, const Grid& grid);
  StatusOr<Value> EvalUnary(const ast::Unary& unary, const Grid& grid);
  StatusOr<Value> EvalRangeCall(const ast::Call& call, const Grid& grid);
  StatusOr<Value> EvalAbsentOverTime(const ast::Call& call, const Grid& grid);

  struct RangeCall;
  StatusOr<RangeCall> PrepareRangeCall(const ast::Call& call, const Grid& grid);
  /// Rows of a range function over the results of a subquery.
  StatusOr<Vector> ApplyToSubquery(const RangeCall& prepared, const Grid& grid);
  /// The aggregation over a scan, where it can be fused with it.
  StatusOr<std::optional<Vector>> TryScanAggregate(const ast::Aggregate& aggregate,
                                                   const Grid& grid);
  StatusOr<Vector> EvalSubquerySteps(const ast::Subquery& subquery, const Windows& windows);

  Query& query_;
};

/// Sets Query::histogram_stats for a scope.
class HistogramStatsScope {
 public:
  HistogramStatsScope(Evaluator& eval, bool on)
      : query_(eval.query()), before_(query_.histogram_stats) {
    query_.histogram_stats = on;
  }
  HistogramStatsScope(const HistogramStatsScope&) = delete;
  HistogramStatsScope& operator=(const HistogramStatsScope&) = delete;
  ~HistogramStatsScope() { query_.histogram_stats = before_; }

 private:
  Query& query_;
  const bool before_;
};

/// Without parentheses around it.
const ast::Expr& Unwrap(const ast::Expr& expr);

/// Merges rows with equal labels. Two values at one step are DuplicateLabelSetError(); so are equal
/// labels at all unless `merge`.
Status MergeEqualRows(Vector& vector, bool merge);

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// A call of a function of a range vector that is ready to run: its windows known, its scalar
// arguments evaluated.
#pragma once

#include <memory>
#include <vector>

#include "plan/plan.h"
#include "scan/scan_vector.h"
#include "value/query.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

struct RangeCall {
  const ast::Call* call = nullptr;
  const ast::Expr* range = nullptr;  ///< A matrix selector or a subquery.
  std::unique_ptr<std::vector<std::vector<double>>>
      params;  ///< On the heap: the function borrows it.
  std::unique_ptr<RowFunction> function;
  NameUse names = NameUse::kDrop;

  /// Where Prometheus says that its notes belong: the first argument, which of quantile_over_time
  /// is not the range. In place of a subquery it has the steps computed by then, which stand
  /// nowhere in the query.
  ast::PosRange pos() const {
    const ast::Expr& first = Unwrap(*call->args[0]);
    return first.kind == ast::Kind::kSubquery ? ast::PosRange{} : first.pos;
  }
  const ast::VectorSelector* selector() const {
    const auto* matrix = ast::AsIf<ast::MatrixSelector>(range);
    return matrix == nullptr ? nullptr : matrix->selector.get();
  }
};

/// Complaints about scalar arguments; Prometheus makes them only where there is data, as `result`
/// tells.
Status CheckParams(Query& query, const RangeCall& prepared, const Vector& result);

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
#include "split/shape.h"

#include <algorithm>
#include <initializer_list>

#include "kvs/promql/walk.h"

namespace kvs::engine::frontend {
namespace {

bool UsesRange(const promql::DurationExpr* duration) {
  if (duration == nullptr) return false;
  return duration->op == promql::DurationOp::kRange || UsesRange(duration->lhs.get()) ||
         UsesRange(duration->rhs.get());
}

class ShapeReader {
 public:
  explicit ShapeReader(Shape& shape) : shape_(shape) {}

  void Durations(std::initializer_list<const promql::DurationExpr*> durations) {
    for (const promql::DurationExpr* duration : durations)
      shape_.needs_whole_range |= UsesRange(duration);
  }
  // Offsets add up where selections stand in subqueries, so all of them together are enough.
  void Times(const promql::AtModifier& at, int64_t offset_ms) {
    shape_.needs_whole_range |=
        at.kind == promql::AtKind::kStart || at.kind == promql::AtKind::kEnd;
    if (at.kind == promql::AtKind::kTimestamp)
      shape_.latest_fixed_ms = std::max(shape_.latest_fixed_ms, at.timestamp_ms);
    shape_.looks_ahead_ms += std::max<int64_t>(0, -offset_ms);
  }

 private:
  Shape& shape_;
};

}  // namespace

Shape ShapeOf(const promql::Expr& expr, int64_t lookback_ms) {
  Shape shape;
  ShapeReader reader(shape);
  promql::Walk(expr, [&](const promql::Expr& node) {
    if (const auto* selector = promql::AsIf<promql::VectorSelector>(&node)) {
      reader.Durations({selector->offset_expr.get()});
      reader.Times(selector->at, selector->offset_ms);
      // Draws a line to the sample behind the step.
      if (selector->smoothed) shape.looks_ahead_ms += lookback_ms;
    } else if (const auto* matrix = promql::AsIf<promql::MatrixSelector>(&node)) {
      reader.Durations({matrix->range_expr.get()});
    } else if (const auto* subquery = promql::AsIf<promql::Subquery>(&node)) {
      reader.Durations(
          {subquery->range_expr.get(), subquery->step_expr.get(), subquery->offset_expr.get()});
      reader.Times(subquery->at, subquery->offset_ms);
    } else if (const auto* call = promql::AsIf<promql::Call>(&node)) {
      using promql::FunctionId;
      const FunctionId id = call->function->id;
      shape.needs_whole_range |=
          id == FunctionId::kStart || id == FunctionId::kEnd || id == FunctionId::kRange;
    }
    return true;
  });
  if (shape.latest_fixed_ms != std::numeric_limits<int64_t>::min())
    shape.latest_fixed_ms += shape.looks_ahead_ms;
  return shape;
}

}  // namespace kvs::engine::frontend

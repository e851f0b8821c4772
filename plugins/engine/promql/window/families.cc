// SPDX-License-Identifier: Apache-2.0
// From a function's id to its family.

#include "window/families.h"

namespace kvs::engine::promql {

namespace {

std::unique_ptr<RowFunction> MakeOfAnyFamily(ast::FunctionId id, const Windows& windows,
                                             const Params& params, bool starts) {
  if (auto f = MakeRateFunction(id, windows, starts); f != nullptr) return f;
  if (auto f = MakeChangeFunction(id, windows, starts); f != nullptr) return f;
  if (auto f = MakeTrendFunction(id, windows, params); f != nullptr) return f;
  return MakeOverTimeFunction(id, windows, params);
}

}  // namespace

std::unique_ptr<RowFunction> MakeRangeFunction(ast::FunctionId id, const Windows& windows,
                                               const Params& params, bool starts) {
  std::unique_ptr<RowFunction> function = MakeOfAnyFamily(id, windows, params, starts);
  if (function != nullptr) function->SetAggregateView(AggregateViewOf(id));
  return function;
}

AggregateView AggregateViewOf(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kSumOverTime:
      return AggregateView::kSum;
    case kAvgOverTime:
      return AggregateView::kAverage;
    case kCountOverTime:
    case kPresentOverTime:
    case kAbsentOverTime:
      return AggregateView::kCount;
    case kMinOverTime:
      return AggregateView::kMin;
    case kMaxOverTime:
      return AggregateView::kMax;
    case kRate:
    case kIncrease:
    case kIrate:
      return AggregateView::kCounter;
    default:
      return AggregateView::kMean;
  }
}

Status CheckWindowEnds(ast::FunctionId id, std::string_view name, WindowEnds ends) {
  using enum ast::FunctionId;
  const bool of_ends = id == kRate || id == kIncrease || id == kDelta;
  const bool of_pairs = id == kChanges || id == kResets;
  if (ends == WindowEnds::kAnchored && !of_ends && !of_pairs) {
    return FailedPrecondition(
        "anchored modifier can only be used with: changes, delta, increase, rate, resets - not "
        "with ",
        name);
  }
  if (ends == WindowEnds::kSmoothed && !of_ends) {
    return FailedPrecondition(
        "smoothed modifier can only be used with: delta, increase, rate - not with ", name);
  }
  return OkStatus();
}

}  // namespace kvs::engine::promql

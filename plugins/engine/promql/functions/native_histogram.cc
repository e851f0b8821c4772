// SPDX-License-Identifier: Apache-2.0
// histogram_count, histogram_sum, histogram_avg, histogram_stddev, histogram_stdvar: numbers of
// native histograms.

#include <cmath>

#include "functions/functions.h"
#include "histogram/quantile.h"

namespace kvs::engine::promql {

StatusOr<Value> EvalNativeHistogram(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using enum ast::FunctionId;
  double (*number)(const FloatHistogram&) = nullptr;
  switch (call.function->id) {
    case kHistogramCount:
      number = [](const FloatHistogram& h) { return h.count; };
      break;
    case kHistogramSum:
      number = [](const FloatHistogram& h) { return h.sum; };
      break;
    case kHistogramAvg:
      number = [](const FloatHistogram& h) { return h.sum / h.count; };
      break;
    case kHistogramStddev:
      number = [](const FloatHistogram& h) { return std::sqrt(NativeVariance(h)); };
      break;
    case kHistogramStdvar:
      number = [](const FloatHistogram& h) { return NativeVariance(h); };
      break;
    default:
      return Value();
  }
  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  for (Row& row : vector.rows) {
    for (uint32_t i = 0; i < grid.n; ++i)
      row.values[i] = row.HasHistogram(i) ? number(*(*row.histograms)[i]) : Absent();
    row.histograms = nullptr;
  }
  vector.Compact();
  KVS_RETURN_IF_ERROR(eval.DropNames(vector, true));
  return Value::Of(std::move(vector));
}

}  // namespace kvs::engine::promql

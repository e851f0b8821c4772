// SPDX-License-Identifier: Apache-2.0
// Finds the family of a function.

#include "functions/functions.h"

#include <cmath>
#include <cstdio>

#include "kvs/base/str_cat.h"

namespace kvs::engine::promql {

StatusOr<Value> EvalInstantCall(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using Family = StatusOr<Value> (*)(Evaluator&, const ast::Call&, const Grid&);
  static constexpr Family kFamilies[] = {
      &EvalMath, &EvalDate, &EvalConversion,      &EvalLabels,
      &EvalInfo, &EvalSort, &EvalNativeHistogram, &EvalHistogram};
  for (const Family family : kFamilies) {
    KVS_ASSIGN_OR_RETURN(Value value, family(eval, call, grid));
    if (value.type != ast::ValueType::kNone) return value;
  }
  return Unimplemented("function ", call.function->name, "() is not supported");
}

void WarnInvalidQuantile(Query& query, double q, ast::PosRange pos) {
  if (q >= 0 && q <= 1) return;
  query.notes.Warn(StrCat("quantile value should be between 0 and 1, got ", FormatG(q)), pos);
}

std::string FormatF(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[400];
  const int n = std::snprintf(buffer, sizeof(buffer), "%f", value);
  return std::string(buffer, static_cast<size_t>(n));
}

}  // namespace kvs::engine::promql

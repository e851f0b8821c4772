// SPDX-License-Identifier: Apache-2.0
// Between scalars and vectors, times of the evaluation, and absence.

#include <numbers>

#include "functions/functions.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {
namespace {

Value Constant(const Grid& grid, double value) {
  return Value::Scalar(std::vector<double>(grid.n, value));
}

double InSeconds(int64_t ms) {
  return static_cast<double>(ms) / 1000;
}

/// The value where exactly one series has a float, otherwise NaN.
Value ToScalar(const Vector& vector) {
  std::vector<double> out(vector.grid.n, kNaN);
  for (uint32_t i = 0; i < vector.grid.n; ++i) {
    uint32_t floats = 0;
    for (const Row& row : vector.rows) {
      if (!Present(row.values[i])) continue;
      if (++floats == 1) out[i] = row.values[i];
    }
    if (floats > 1) out[i] = kNaN;
  }
  return Value::Scalar(std::move(out));
}

StatusOr<Value> EvalTimestamp(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  const ast::Expr& arg = Unwrap(*call.args[0]);
  const bool of_start = call.function->id == ast::FunctionId::kStartTimestamp;
  if (of_start && !eval.query().features.use_start_timestamps) return Value::Of(Vector(grid));
  Vector out;
  if (const auto* selector = ast::AsIf<ast::VectorSelector>(&arg)) {
    const Windows windows = eval.WindowsOf(grid, 0, *selector);
    const auto function =
        of_start ? MakeStartTimestampFunction(windows) : MakeTimestampFunction(windows);
    KVS_ASSIGN_OR_RETURN(out, ScanVector(eval.query(), *selector, *function, call.function->name,
                                         NameUse::kKeep, call.pos));
  } else {
    KVS_ASSIGN_OR_RETURN(out, eval.EvalVector(arg, grid));
    // Only stored samples have a start.
    if (of_start) return Value::Of(Vector(grid));
    for (Row& row : out.rows) {
      for (uint32_t i = 0; i < grid.n; ++i) {
        if (row.Has(i)) row.values[i] = InSeconds(grid.at(i));
      }
      row.histograms = nullptr;
    }
  }
  KVS_RETURN_IF_ERROR(eval.DropNames(out, true));
  return Value::Of(std::move(out));
}

StatusOr<Value> EvalAbsent(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  KVS_ASSIGN_OR_RETURN(const Vector vector, eval.EvalVector(*call.args[0], grid));
  std::vector<bool> present(grid.n, false);
  for (const Row& row : vector.rows) {
    for (uint32_t i = 0; i < grid.n; ++i) present[i] = present[i] || row.Has(i);
  }
  // A selector, whose labels the result would have, does not come here: see plan::Op::kAbsent.
  return Value::Of(AbsentVector(eval.query(), grid, nullptr, present));
}

}  // namespace

Vector AbsentVector(Query& query, const Grid& grid, const ast::VectorSelector* selector,
                    const std::vector<bool>& present) {
  LabelStore& store = query.labels;
  LabelSet labels;
  std::vector<std::string_view> taken;
  if (selector != nullptr) {
    for (const ast::Matcher& m : selector->matchers) {
      if (m.name == ast::kMetricNameLabel) continue;
      const bool first = std::find(taken.begin(), taken.end(), m.name) == taken.end();
      if (m.op == ast::MatchOp::kEqual && first) {
        labels = store.With(labels, store.Intern(m.name), store.Intern(m.value));
        taken.push_back(m.name);
      } else {
        labels = store.With(labels, store.Intern(m.name), kSymEmpty);
      }
    }
  }
  Vector out(grid);
  Row& row = out.Add(labels);
  for (uint32_t i = 0; i < grid.n; ++i) {
    if (!present[i]) row.values[i] = 1;
  }
  out.Compact();
  return out;
}

StatusOr<Value> EvalConversion(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using enum ast::FunctionId;
  const Query& query = eval.query();
  switch (call.function->id) {
    case kTime: {
      std::vector<double> out(grid.n);
      for (uint32_t i = 0; i < grid.n; ++i) out[i] = InSeconds(grid.at(i));
      return Value::Scalar(std::move(out));
    }
    case kPi:
      return Constant(grid, std::numbers::pi);
    case kStart:
      return Constant(grid, InSeconds(query.grid.start_ms));
    case kEnd:
      return Constant(grid, InSeconds(query.end_ms));
    case kRange:
      return Constant(grid, InSeconds(query.end_ms - query.grid.start_ms));
    case kStep:
      return Constant(grid, InSeconds(query.grid.step_ms));
    case kScalar: {
      KVS_ASSIGN_OR_RETURN(const Vector vector, eval.EvalVector(*call.args[0], grid));
      return ToScalar(vector);
    }
    case kVector: {
      KVS_ASSIGN_OR_RETURN(const std::vector<double> scalar, eval.EvalScalar(*call.args[0], grid));
      Vector out(grid);
      Row& row = out.Add({});
      std::copy(scalar.begin(), scalar.end(), row.values);
      return Value::Of(std::move(out));
    }
    case kTimestamp:
    case kStartTimestamp:
      return EvalTimestamp(eval, call, grid);
    case kAbsent:
      return EvalAbsent(eval, call, grid);
    default:
      return Value();
  }
}

}  // namespace kvs::engine::promql

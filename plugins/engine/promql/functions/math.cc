// SPDX-License-Identifier: Apache-2.0
// Functions from number to number.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "functions/functions.h"
#include "value/pulse.h"

namespace kvs::engine::promql {
namespace {

using Function = double (*)(double);

double Sign(double x) {
  return x < 0 ? -1 : x > 0 ? 1 : x;
}
double ToDegrees(double x) {
  return x * 180 / std::numbers::pi;
}
double ToRadians(double x) {
  return x * std::numbers::pi / 180;
}

Function FindFunction(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kAbs:
      return [](double x) { return std::fabs(x); };
    case kCeil:
      return [](double x) { return std::ceil(x); };
    case kFloor:
      return [](double x) { return std::floor(x); };
    case kExp:
      return [](double x) { return std::exp(x); };
    case kLn:
      return [](double x) { return std::log(x); };
    case kLog2:
      return [](double x) { return std::log2(x); };
    case kLog10:
      return [](double x) { return std::log10(x); };
    case kSqrt:
      return [](double x) { return std::sqrt(x); };
    case kSgn:
      return &Sign;
    case kSin:
      return [](double x) { return std::sin(x); };
    case kCos:
      return [](double x) { return std::cos(x); };
    case kTan:
      return [](double x) { return std::tan(x); };
    case kAsin:
      return [](double x) { return std::asin(x); };
    case kAcos:
      return [](double x) { return std::acos(x); };
    case kAtan:
      return [](double x) { return std::atan(x); };
    case kSinh:
      return [](double x) { return std::sinh(x); };
    case kCosh:
      return [](double x) { return std::cosh(x); };
    case kTanh:
      return [](double x) { return std::tanh(x); };
    case kAsinh:
      return [](double x) { return std::asinh(x); };
    case kAcosh:
      return [](double x) { return std::acosh(x); };
    case kAtanh:
      return [](double x) { return std::atanh(x); };
    case kDeg:
      return &ToDegrees;
    case kRad:
      return &ToRadians;
    default:
      return nullptr;
  }
}

double RoundTo(double x, double to) {
  const double inverse = 1 / to;
  return std::floor(x * inverse + 0.5) / inverse;
}

/// As Go's: an infinity wins over NaN, otherwise NaN spreads.
double MaxOf(double a, double b) {
  if (a == kInf || b == kInf) return kInf;
  if (std::isnan(a) || std::isnan(b)) return kNaN;
  if (a == 0 && b == 0) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
double MinOf(double a, double b) {
  if (a == -kInf || b == -kInf) return -kInf;
  if (std::isnan(a) || std::isnan(b)) return kNaN;
  if (a == 0 && b == 0) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

/// Replaces every float by fn(value, step), forgets histograms, drops the names.
template <typename Fn>
StatusOr<Value> Map(Evaluator& eval, Vector vector, Fn&& fn) {
  Pulse pulse(eval.query());
  for (Row& row : vector.rows) {
    if (!pulse.Beat(vector.grid.n)) return pulse.status();
    row.histograms = nullptr;
    for (uint32_t i = 0; i < vector.grid.n; ++i) {
      if (Present(row.values[i])) row.values[i] = fn(row.values[i], i);
    }
  }
  vector.Compact();
  KVS_RETURN_IF_ERROR(eval.DropNames(vector, true));
  return Value::Of(std::move(vector));
}

}  // namespace

StatusOr<Value> EvalMath(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  using enum ast::FunctionId;
  const ast::FunctionId id = call.function->id;
  if (id == kMinOf || id == kMaxOf) {
    KVS_ASSIGN_OR_RETURN(std::vector<double> a, eval.EvalScalar(*call.args[0], grid));
    KVS_ASSIGN_OR_RETURN(const std::vector<double> b, eval.EvalScalar(*call.args[1], grid));
    for (size_t i = 0; i < a.size(); ++i)
      a[i] = id == kMinOf ? MinOf(a[i], b[i]) : MaxOf(a[i], b[i]);
    return Value::Scalar(std::move(a));
  }
  const Function plain = FindFunction(id);
  if (plain == nullptr && id != kRound && id != kClamp && id != kClampMin && id != kClampMax)
    return Value();

  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  std::vector<std::vector<double>> params;
  for (size_t i = 1; i < call.args.size(); ++i) {
    KVS_ASSIGN_OR_RETURN(std::vector<double> param, eval.EvalScalar(*call.args[i], grid));
    params.push_back(std::move(param));
  }
  switch (id) {
    case kRound:
      if (params.empty())
        return Map(eval, std::move(vector), [](double x, uint32_t) { return RoundTo(x, 1); });
      return Map(eval, std::move(vector),
                 [&](double x, uint32_t i) { return RoundTo(x, params[0][i]); });
    case kClamp:
      return Map(eval, std::move(vector), [&](double x, uint32_t i) {
        return params[1][i] < params[0][i] ? Absent() : MaxOf(params[0][i], MinOf(params[1][i], x));
      });
    case kClampMin:
      return Map(eval, std::move(vector),
                 [&](double x, uint32_t i) { return MaxOf(params[0][i], MinOf(kInf, x)); });
    case kClampMax:
      return Map(eval, std::move(vector),
                 [&](double x, uint32_t i) { return MaxOf(-kInf, MinOf(params[0][i], x)); });
    default:
      return Map(eval, std::move(vector), [plain](double x, uint32_t) { return plain(x); });
  }
}

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// What an operator does to two numbers, and to a vector and a number.

#include <cmath>

#include "binary/binary.h"
#include "binary/elements.h"
#include "value/pulse.h"

namespace kvs::engine::promql {

bool DropsName(ast::BinaryOp op) {
  using enum ast::BinaryOp;
  switch (op) {
    case kAdd:
    case kSub:
    case kMul:
    case kDiv:
    case kMod:
    case kPow:
    case kAtan2:
      return true;
    default:
      return false;
  }
}

bool Compare(ast::BinaryOp op, double a, double b) {
  using enum ast::BinaryOp;
  switch (op) {
    case kEqual:
      return a == b;
    case kNotEqual:
      return a != b;
    case kLess:
      return a < b;
    case kLessEqual:
      return a <= b;
    case kGreater:
      return a > b;
    case kGreaterEqual:
      return a >= b;
    default:
      return false;
  }
}

double Compute(ast::BinaryOp op, double a, double b) {
  using enum ast::BinaryOp;
  switch (op) {
    case kAdd:
      return a + b;
    case kSub:
      return a - b;
    case kMul:
      return a * b;
    case kDiv:
      return a / b;
    case kMod:
      return std::fmod(a, b);
    case kPow:
      return std::pow(a, b);
    case kAtan2:
      return std::atan2(a, b);
    default:
      return Compare(op, a, b) ? 1 : 0;
  }
}

void ScalarScalar(const ast::Binary& binary, std::vector<double>& lhs,
                  const std::vector<double>& rhs) {
  for (size_t i = 0; i < lhs.size(); ++i) lhs[i] = Compute(binary.op, lhs[i], rhs[i]);
}

Status VectorScalar(Query& query, const ast::Binary& binary, Vector& vector,
                    const std::vector<double>& scalar, bool scalar_left) {
  const bool filter = ast::IsComparison(binary.op) && !binary.return_bool;
  const bool trim =
      binary.op == ast::BinaryOp::kTrimLower || binary.op == ast::BinaryOp::kTrimUpper;
  ElementOperator mixed(binary, vector.grid.n);
  Pulse pulse(query);
  for (Row& row : vector.rows) {
    if (!pulse.Beat(vector.grid.n)) return pulse.status();
    for (uint32_t i = 0; i < vector.grid.n; ++i) {
      double& x = row.values[i];
      if (trim || row.HasHistogram(i)) {
        if (!row.Has(i)) continue;
        const Element element = ElementOf(row, i);
        const Element number{scalar[i], nullptr};
        Element result =
            scalar_left ? mixed.Apply(number, element, i) : mixed.Apply(element, number, i);
        x = result.value;
        if (row.histograms != nullptr) (*row.histograms)[i] = std::move(result.histogram);
        continue;
      }
      if (!Present(x)) continue;
      const double a = scalar_left ? scalar[i] : x;
      const double b = scalar_left ? x : scalar[i];
      if (!filter) {
        x = Compute(binary.op, a, b);
      } else if (!Compare(binary.op, a, b)) {
        x = Absent();
      }
    }
  }
  mixed.Tell(query);
  vector.Compact();
  return OkStatus();
}

}  // namespace kvs::engine::promql

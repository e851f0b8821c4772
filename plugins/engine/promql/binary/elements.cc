// SPDX-License-Identifier: Apache-2.0
// See elements.h; the table of operand kinds is that of reference/promql.md, 6.5.

#include "binary/elements.h"

#include "kvs/base/str_cat.h"

#include "binary/binary.h"
#include "histogram/buckets.h"
#include "histogram/quantile.h"
#include "histogram/sum.h"

namespace kvs::engine::promql {
namespace {

Element Of(FloatHistogram h) {
  return {Absent(), MakeHistogram(std::move(h))};
}

}  // namespace

Element ElementOperator::Apply(const Element& left, const Element& right) {
  using enum ast::BinaryOp;
  const ast::BinaryOp op = binary_.op;
  const bool trim = op == kTrimLower || op == kTrimUpper;
  if (left.histogram == nullptr && right.histogram == nullptr) {
    if (trim) return Incompatible(left, right);
    if (!ast::IsComparison(op)) return {Compute(op, left.value, right.value), nullptr};
    const bool holds = Compare(op, left.value, right.value);
    if (binary_.return_bool) return {holds ? 1.0 : 0.0, nullptr};
    return holds ? left : Element();
  }
  if (left.histogram != nullptr && right.histogram != nullptr) {
    if (op == kEqual || op == kNotEqual) {
      const bool holds = SameHistogram(*left.histogram, *right.histogram) == (op == kEqual);
      if (binary_.return_bool) return {holds ? 1.0 : 0.0, nullptr};
      return holds ? left : Element();
    }
    if (op == kAdd || op == kSub) return ApplyToHistograms(*left.histogram, *right.histogram);
    return Incompatible(left, right);
  }
  const bool left_is_histogram = left.histogram != nullptr;
  FloatHistogram h = left_is_histogram ? *left.histogram : *right.histogram;
  const double number = left_is_histogram ? right.value : left.value;
  if (op == kMul) {
    Scale(h, number);
    return Of(std::move(h));
  }
  if (op == kDiv && left_is_histogram) {
    Divide(h, number);
    return Of(std::move(h));
  }
  if (trim && left_is_histogram) {
    Trim(h, number, op == kTrimUpper);
    return Of(std::move(h));
  }
  return Incompatible(left, right);
}

Element ElementOperator::ApplyToHistograms(const FloatHistogram& left,
                                           const FloatHistogram& right) {
  const bool subtract = binary_.op == ast::BinaryOp::kSub;
  AddNotes notes;
  FloatHistogram sum = PlainSum(left, right, subtract ? -1 : 1, &notes);
  if (notes.mixed_schemas) {
    layouts_ = true;
    return {};
  }
  collision_ |= notes.collision;
  reconciled_ |= notes.reconciled;
  if (subtract) sum.reset_hint = chunk::ResetHint::kGauge;
  return Of(std::move(sum));
}

Element ElementOperator::Incompatible(const Element& left, const Element& right) {
  const auto kind = [](const Element& e) { return e.histogram != nullptr ? "histogram" : "float"; };
  const std::string_view op = ast::BinaryOpName(binary_.op);
  incompatible_ = StrCat("incompatible sample types encountered for binary operator ", Quoted(op),
                         ": ", kind(left), " ", op, " ", kind(right));
  return {};
}

void ElementOperator::Tell(Query& query) const {
  const bool subtract = binary_.op == ast::BinaryOp::kSub;
  if (!incompatible_.empty()) query.notes.Info(incompatible_, binary_.pos);
  if (layouts_) {
    query.notes.Warn(StrCat("incompatible bucket layout encountered for binary operator ",
                            ast::BinaryOpName(binary_.op)),
                     binary_.pos);
  }
  if (collision_) {
    query.notes.Warn(StrCat("conflicting counter resets during histogram ",
                            subtract ? "subtraction" : "addition"),
                     binary_.pos);
  }
  if (reconciled_) {
    query.notes.Info(StrCat("mismatched custom buckets were reconciled during ",
                            subtract ? "subtraction" : "addition"),
                     binary_.pos);
  }
}

}  // namespace kvs::engine::promql

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

Element ElementOperator::Apply(const Element& left, const Element& right, uint32_t i) {
  using enum ast::BinaryOp;
  failed_ = false;
  const ast::BinaryOp op = binary_.op;
  const bool trim = op == kTrimLower || op == kTrimUpper;
  if (left.histogram == nullptr && right.histogram == nullptr) {
    if (trim) return Incompatible(left, right, i);
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
    if (op == kAdd || op == kSub) return ApplyToHistograms(*left.histogram, *right.histogram, i);
    return Incompatible(left, right, i);
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
  return Incompatible(left, right, i);
}

Element ElementOperator::ApplyToHistograms(const FloatHistogram& left, const FloatHistogram& right,
                                           uint32_t i) {
  const bool subtract = binary_.op == ast::BinaryOp::kSub;
  AddNotes notes;
  FloatHistogram sum = PlainSum(left, right, subtract ? -1 : 1, &notes);
  if (notes.mixed_schemas) return Fail(kLayouts, i);
  if (notes.collision) return Fail(kCollision, i);
  if (notes.reconciled) last_[i] = kReconciled;
  if (subtract) sum.reset_hint = chunk::ResetHint::kGauge;
  return Of(std::move(sum));
}

Element ElementOperator::Incompatible(const Element& left, const Element& right, uint32_t i) {
  const unsigned kinds =
      (left.histogram != nullptr ? 2u : 0u) + (right.histogram != nullptr ? 1u : 0u);
  return Fail(kIncompatible + kinds, i);
}

Element ElementOperator::Fail(unsigned remark, uint32_t i) {
  last_[i] = static_cast<uint8_t>(remark);
  failed_ = true;
  return {};
}

void ElementOperator::Tell(Query& query) const {
  bool said[kReconciled + 1] = {};
  for (const uint8_t remark : last_) said[remark] = true;
  const std::string_view op = ast::BinaryOpName(binary_.op);
  const char* const what = binary_.op == ast::BinaryOp::kSub ? "subtraction" : "addition";
  for (unsigned kinds = 0; kinds < 4; ++kinds) {
    if (!said[kIncompatible + kinds]) continue;
    query.notes.Info(StrCat("incompatible sample types encountered for binary operator ",
                            Quoted(op), ": ", (kinds & 2) != 0 ? "histogram" : "float", " ", op,
                            " ", (kinds & 1) != 0 ? "histogram" : "float"),
                     binary_.pos);
  }
  if (said[kLayouts]) {
    query.notes.Warn(StrCat("incompatible bucket layout encountered for binary operator ", op),
                     binary_.pos);
  }
  if (said[kCollision]) {
    query.notes.Warn(StrCat("conflicting counter resets during histogram ", what), binary_.pos);
  }
  if (said[kReconciled]) {
    query.notes.Info(StrCat("mismatched custom buckets were reconciled during ", what),
                     binary_.pos);
  }
}

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// A binary operator on two elements, either of which may be a histogram.
#pragma once

#include <cstdint>
#include <vector>

#include "value/query.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// A float or a histogram; neither: no result.
struct Element {
  double value = Absent();
  HistogramPtr histogram;

  bool present() const { return Present(value) || histogram != nullptr; }
};

inline Element ElementOf(const Row& row, uint32_t i) {
  return {row.values[i], row.histograms == nullptr ? nullptr : (*row.histograms)[i]};
}

/// Computes elements for one operator, and tells at the end of what went wrong.
class ElementOperator {
 public:
  ElementOperator(const ast::Binary& binary, uint32_t steps) : binary_(binary), last_(steps, 0) {}

  /// `left op right` at step `i`; absent where a comparison is false, or where failed().
  Element Apply(const Element& left, const Element& right, uint32_t i);
  /// The operator had no result for the operands of the last Apply().
  bool failed() const { return failed_; }
  /// Adds the annotations. Of a step only the last remark counts, as in Prometheus.
  void Tell(Query& query) const;

 private:
  /// What there is to say of a step. To kIncompatible the kinds of the operands are added.
  enum Remark : uint8_t { kIncompatible = 1, kLayouts = 5, kCollision = 6, kReconciled = 7 };

  Element ApplyToHistograms(const FloatHistogram& left, const FloatHistogram& right, uint32_t i);
  Element Incompatible(const Element& left, const Element& right, uint32_t i);
  Element Fail(unsigned remark, uint32_t i);

  const ast::Binary& binary_;
  std::vector<uint8_t> last_;  // By step, a Remark or 0.
  bool failed_ = false;
};

}  // namespace kvs::engine::promql

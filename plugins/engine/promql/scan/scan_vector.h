// SPDX-License-Identifier: Apache-2.0
// Scans whose rows are kept: an instant vector, or the raw samples of a range vector.
#pragma once

#include <cmath>

#include "kvs/base/status.h"

#include "scan/scan.h"
#include "scan/tap.h"
#include "value/query.h"
#include "value/vector.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// What becomes of the names of the series.
enum class NameUse : uint8_t { kKeep, kDrop };

/// Of rows at one step, those that a topk or bottomk may choose.
struct BestRows {
  uint32_t n = 0;  ///< 0: all rows are wanted.
  bool greatest = true;
};

/// Whether topk, or bottomk, prefers `x` to `y`. NaN is last.
inline bool IsBetter(bool greatest, double x, double y) {
  if (std::isnan(x)) return false;
  if (std::isnan(y)) return true;
  return greatest ? x > y : x < y;
}

/// Keeps the rows. With kDrop the names go at once, or are marked with delayed name removal; label
/// sets may then be equal, unless distinct().
class VectorTap final : public Tap {
 public:
  /// `one_metric`: all series have the same name. Of each batch's rows at one step only the best
  /// are kept, and those with histograms: of these the reader tells that they are ignored.
  VectorTap(const RowFunction& function, ast::PosRange pos, NameUse names, bool one_metric,
            BestRows best = {})
      : Tap(function, pos),
        names_(names),
        one_metric_(one_metric),
        best_(best),
        out_(function.windows().grid) {}

  bool Labels(std::vector<std::string>& names) const override;
  bool LabelsFirst() const override { return false; }
  std::unique_ptr<Part> Begin(Query& query, Morsel& m) const override;
  void End(Query& query, Morsel& m, Part& part) const override;
  Status Merge(Query& query, std::unique_ptr<Part> part) override;

  /// After the pass.
  Vector TakeResult() { return std::move(out_); }
  /// After the pass: whether it is known that no two rows have equal labels.
  bool distinct() const { return distinct_; }
  /// After the pass: whether rows were forgotten.
  bool forgot() const { return forgot_; }

 private:
  class Rows;
  const NameUse names_;
  const bool one_metric_;
  const BestRows best_;
  bool distinct_ = true;
  bool forgot_ = false;
  Vector out_;
};

/// Applies `function` to every selected series; series without any result are left out. Annotations
/// point at `pos`.
StatusOr<Vector> ScanVector(Query& query, const ast::VectorSelector& selector,
                            const RowFunction& function, std::string_view hint, NameUse names,
                            ast::PosRange pos);

/// The samples of every selected series in the first window.
StatusOr<RangeVector> ScanRange(Query& query, const ast::VectorSelector& selector,
                                const Windows& windows);

/// The selection that `function` needs.
Selection SelectionFor(const ast::VectorSelector& selector, const RowFunction& function,
                       std::string_view hint);

/// The metric name, if the selector fixes it.
std::string_view FixedName(const ast::VectorSelector& selector);

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// Scans whose rows are kept: an instant vector, or the raw samples of a range vector.
#pragma once

#include "kvs/base/status.h"

#include "scan/scan.h"
#include "scan/tap.h"
#include "value/query.h"
#include "value/vector.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// What becomes of the names of the series.
enum class NameUse : uint8_t { kKeep, kDrop };

/// Keeps the rows. With kDrop the names go at once, or are marked with delayed name removal; label
/// sets may then be equal, unless distinct().
class VectorTap final : public Tap {
 public:
  /// `one_metric`: all series have the same name.
  VectorTap(const RowFunction& function, ast::PosRange pos, NameUse names, bool one_metric)
      : Tap(function, pos), names_(names), one_metric_(one_metric), out_(function.windows().grid) {}

  bool Labels(std::vector<std::string>& names) const override;
  bool LabelsFirst() const override { return false; }
  std::unique_ptr<Part> Begin(Query& query, Morsel& m) const override;
  void End(Query& query, Morsel& m, Part& part) const override;
  Status Merge(Query& query, std::unique_ptr<Part> part) override;

  /// After the pass.
  Vector TakeResult() { return std::move(out_); }
  /// After the pass: whether it is known that no two rows have equal labels.
  bool distinct() const { return distinct_; }

 private:
  class Rows;
  const NameUse names_;
  const bool one_metric_;
  bool distinct_ = true;
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

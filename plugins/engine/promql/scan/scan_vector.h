// SPDX-License-Identifier: Apache-2.0
// Scans whose rows are kept: an instant vector, or the raw samples of a range vector.
#pragma once

#include "kvs/base/status.h"

#include "scan/scan.h"
#include "value/query.h"
#include "value/vector.h"
#include "window/row_function.h"

namespace kvs::engine::promql {

/// What becomes of the names of the series.
enum class NameUse : uint8_t { kKeep, kDrop };

/// Applies `function` to every selected series; series without any result are left out. Annotations
/// point at `pos`. With kDrop the names go now, or are marked with delayed name removal; label sets
/// may then be equal, unless `distinct`, where it is not null, is set to true.
StatusOr<Vector> ScanVector(Query& query, const ast::VectorSelector& selector,
                            const RowFunction& function, std::string_view hint, NameUse names,
                            ast::PosRange pos, bool* distinct = nullptr);

/// The samples of every selected series in the first window.
StatusOr<RangeVector> ScanRange(Query& query, const ast::VectorSelector& selector,
                                const Windows& windows);

/// The selection that `function` needs.
Selection SelectionFor(const ast::VectorSelector& selector, const RowFunction& function,
                       std::string_view hint);

/// The metric name, if the selector fixes it.
std::string_view FixedName(const ast::VectorSelector& selector);

}  // namespace kvs::engine::promql

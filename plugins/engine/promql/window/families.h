// SPDX-License-Identifier: Apache-2.0
// The families of range functions, one file each. Every function returns null for a function of
// another family.
#pragma once

#include <memory>
#include <vector>

#include "window/row_function.h"

namespace kvs::engine::promql {

using Params = std::vector<std::vector<double>>;

/// rate, increase, delta
std::unique_ptr<RowFunction> MakeRateFunction(ast::FunctionId id, const Windows& windows,
                                              bool starts);
/// The same, where the ends of the windows are not plain.
std::unique_ptr<RowFunction> MakeExtendedRateFunction(ast::FunctionId id, const Windows& windows);
/// irate, idelta, changes, resets
std::unique_ptr<RowFunction> MakeChangeFunction(ast::FunctionId id, const Windows& windows,
                                                bool starts);
/// deriv, predict_linear, double_exponential_smoothing
std::unique_ptr<RowFunction> MakeTrendFunction(ast::FunctionId id, const Windows& windows,
                                               const Params& params);
/// *_over_time
std::unique_ptr<RowFunction> MakeOverTimeFunction(ast::FunctionId id, const Windows& windows,
                                                  const Params& params);
/// The instant selector with `smoothed`.
std::unique_ptr<RowFunction> MakeSmoothedInstantFunction(const Windows& windows);

}  // namespace kvs::engine::promql

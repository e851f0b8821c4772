// SPDX-License-Identifier: Apache-2.0
// Values at the ends of anchored and smoothed windows.
//
// Both look outside the window: an anchored one for the newest sample at or before its start, a
// smoothed one for a sample on either side of each end. Nothing is extrapolated, so neighbouring
// windows add up.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "value/grid.h"
#include "value/vector.h"

namespace kvs::engine::promql {

/// The samples that the values at the two ends of a window come from.
struct ExtendedBounds {
  size_t first;  ///< At or before the start, if there is one there.
  size_t last;  ///< The newest; of a smoothed window, the oldest at or behind the end, if there is.
};

/// Of n >= 1 samples at the times `t`, for the window (start, end]. Nothing when all of them lie
/// before the window, or behind it.
inline std::optional<ExtendedBounds> FindExtendedBounds(const int64_t* t, size_t n, int64_t start,
                                                        int64_t end, bool smoothed) {
  size_t last = n - 1;
  const auto after_start = static_cast<size_t>(std::upper_bound(t, t + last, start) - t);
  const size_t first = after_start == 0 ? 0 : after_start - 1;
  if (smoothed) last = static_cast<size_t>(std::lower_bound(t, t + last, end) - t);
  if (t[last] <= start || (smoothed && t[first] > end)) return std::nullopt;
  return ExtendedBounds{first, last};
}

/// The value at `t` on the line between two samples. A counter that fell between them counts from
/// 0.
inline double Interpolate(int64_t t1, double v1, int64_t t2, double v2, int64_t t, bool counter) {
  if (counter && v2 < v1) v1 = 0;
  return v1 + (v2 - v1) * static_cast<double>(t - t1) / static_cast<double>(t2 - t1);
}

/// As Interpolate(), of histograms. Nothing, and a bit in *notes, when exponential and custom
/// buckets are mixed.
std::optional<FloatHistogram> InterpolateHistograms(int64_t t1, const FloatHistogram& h1,
                                                    int64_t t2, const FloatHistogram& h2, int64_t t,
                                                    bool counter, uint32_t* notes);

/// The values of a range selector with extended ends: those in the window, and one at each end.
/// `t` and `v` are the samples of the widened window and are replaced. Empty when nothing is known.
void ExtendFloats(const Windows& windows, std::vector<int64_t>& t, std::vector<double>& v);

}  // namespace kvs::engine::promql

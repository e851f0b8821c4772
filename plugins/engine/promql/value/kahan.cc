// SPDX-License-Identifier: Apache-2.0
// Quantiles of plain values.

#include "value/kahan.h"

#include <algorithm>
#include <limits>

namespace kvs::engine::promql {

double Quantile(double q, double* values, size_t n) {
  if (n == 0 || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  const auto less = [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; };
  const double rank = q * static_cast<double>(n - 1);
  const auto lower = static_cast<size_t>(rank);
  const double weight = rank - std::floor(rank);
  // Only two neighbours of the sorted values matter: one that a selection finds, and the least of
  // what it leaves above.
  std::nth_element(values, values + lower, values + n, less);
  const double low = values[lower];
  const double high = lower + 1 < n ? *std::min_element(values + lower + 1, values + n, less) : low;
  return low * (1 - weight) + high * weight;
}

}  // namespace kvs::engine::promql

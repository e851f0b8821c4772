// SPDX-License-Identifier: Apache-2.0
// Arithmetic of classic histograms: cumulative counts by upper bound.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::engine::promql {

struct Bucket {
  double upper_bound;
  double count;  ///< Of observations up to the bound.
};

/// How counts that did not rise with the bounds were repaired.
struct Repair {
  bool forced = false;  ///< A decrease beyond rounding was lifted.
  double min_bound = 0;
  double max_bound = 0;
  double max_difference = 0;
};

/// The quantile `q` of `buckets`, in ascending order of bounds; repairs them first.
double BucketQuantile(double q, std::vector<Bucket>& buckets, Repair* repair);
/// The fraction of observations between `lower` and `upper`.
double BucketFraction(double lower, double upper, std::vector<Bucket>& buckets);

/// A label value as a number, with Go's spelling of infinities; nothing when it is none.
std::optional<double> ParseFloat(std::string_view text);
/// "0.5", "1.0", "NaN".
std::string FormatOpenMetrics(double value);

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// See classic_buckets.h.

#include "functions/classic_buckets.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <limits>

#include "kvs/base/str_cat.h"
#include "kvs/promql/printer.h"

#include "value/annotations.h"
#include "value/vector.h"

namespace kvs::engine::promql {
namespace {

/// Relative differences below this come from rounding, not from data.
constexpr double kTolerance = 1e-12;

bool AlmostEqual(double a, double b) {
  if (a == b) return true;
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kTolerance * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kTolerance;
}

/// Adds up buckets with the same bound.
void Coalesce(std::vector<Bucket>& buckets) {
  size_t last = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  buckets.resize(last + 1);
}

void MakeMonotonic(std::vector<Bucket>& buckets, Repair* repair) {
  double before = buckets[0].count;
  for (size_t i = 1; i < buckets.size(); ++i) {
    const double count = buckets[i].count;
    if (count == before) continue;
    if (AlmostEqual(before, count)) {
      buckets[i].count = before;
      continue;
    }
    if (count < before) {
      const double bound = buckets[i].upper_bound;
      const double difference = before - count;
      if (!repair->forced) {
        *repair = {true, bound, bound, difference};
      } else {
        repair->min_bound = std::min(repair->min_bound, bound);
        repair->max_bound = std::max(repair->max_bound, bound);
        repair->max_difference = std::max(repair->max_difference, difference);
      }
      buckets[i].count = before;
      continue;
    }
    before = count;
  }
}

}  // namespace

double BucketQuantile(double q, std::vector<Bucket>& buckets, Repair* repair) {
  if (std::isnan(q)) return kNaN;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  if (buckets.back().upper_bound != kInf) return kNaN;
  Coalesce(buckets);
  MakeMonotonic(buckets, repair);
  if (buckets.size() < 2) return kNaN;
  const double total = buckets.back().count;
  if (total == 0) return kNaN;
  double rank = q * total;  // If NaN, no bucket reaches it but the last.
  const size_t last = buckets.size() - 1;
  const size_t b = static_cast<size_t>(
      std::partition_point(buckets.begin(), buckets.end() - 1,
                           [rank](const Bucket& x) { return !(x.count >= rank); }) -
      buckets.begin());
  if (b == last) return buckets[last - 1].upper_bound;
  if (b == 0 && buckets[0].upper_bound <= 0) return buckets[0].upper_bound;
  const double start = b == 0 ? 0 : buckets[b - 1].upper_bound;
  const double end = buckets[b].upper_bound;
  double count = buckets[b].count;
  if (b > 0) {
    count -= buckets[b - 1].count;
    rank -= buckets[b - 1].count;
  }
  return start + (end - start) * (rank / count);
}

double BucketFraction(double lower, double upper, std::vector<Bucket>& buckets) {
  if (buckets.back().upper_bound != kInf) return kNaN;
  Coalesce(buckets);
  if (buckets.size() < 2) return kNaN;
  const double total = buckets.back().count;
  if (total == 0 || std::isnan(lower) || std::isnan(upper)) return kNaN;
  if (lower >= upper) return 0;

  double rank = 0;
  double lower_rank = 0;
  double upper_rank = 0;
  bool lower_set = false;
  bool upper_set = false;
  for (size_t i = 0; i < buckets.size(); ++i) {
    const double begin =
        i > 0 ? buckets[i - 1].upper_bound : (buckets[0].upper_bound > 0 ? 0 : -kInf);
    const double end = buckets[i].upper_bound;
    const double below = rank;
    // Within a bucket that reaches to infinity nothing is known, so all of it lies beyond any
    // finite point.
    const auto rank_at = [&](double x) {
      return below + (buckets[i].count - below) * (x - begin) / (end - begin);
    };
    if (!lower_set && begin >= lower) {
      lower_rank = rank;
      lower_set = true;
    }
    if (!upper_set && begin >= upper) {
      upper_rank = rank;
      upper_set = true;
    }
    if (lower_set && upper_set) break;
    if (!lower_set && lower < end) {
      lower_rank = end == kInf ? below : rank_at(lower);
      lower_set = true;
    }
    if (!upper_set && upper < end) {
      upper_rank = end == kInf ? below : rank_at(upper);
      upper_set = true;
    }
    if (lower_set && upper_set) break;
    rank = buckets[i].count;
  }
  if (!lower_set || lower_rank > total) lower_rank = total;
  if (!upper_set || upper_rank > total) upper_rank = total;
  return (upper_rank - lower_rank) / total;
}

std::optional<double> ParseFloat(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) return std::nullopt;
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string FormatOpenMetrics(double value) {
  if (value == 0) return "0.0";
  std::string text = FormatG(value);
  if (text.find_first_of(".eNI") == std::string::npos) text += ".0";
  return text;
}

}  // namespace kvs::engine::promql

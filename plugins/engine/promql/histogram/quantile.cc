// SPDX-License-Identifier: Apache-2.0
// Interpolation inside buckets: linear for custom buckets and the one around zero, by the logarithm
// elsewhere.

#include "histogram/quantile.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "histogram/buckets.h"
#include "value/kahan.h"
#include "value/vector.h"

namespace kvs::engine::promql {
namespace {

/// A bucket around zero reaches only to the side where observations are.
void FitZeroBucket(const FloatHistogram& h, NativeBucket& bucket) {
  const bool negative = !h.negative_buckets.empty();
  const bool positive = !h.positive_buckets.empty();
  if (positive && !negative) bucket.lower = 0;
  if (negative && !positive) bucket.upper = 0;
}

/// The part of a bucket that lies below x, 0 to 1.
double ShareBelow(const NativeBucket& bucket, double x, bool linear) {
  if (linear) return (x - bucket.lower) / (bucket.upper - bucket.lower);
  const double lower = std::log2(std::fabs(bucket.lower));
  const double upper = std::log2(std::fabs(bucket.upper));
  const double at = std::log2(std::fabs(x));
  return x > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
}

double Midpoint(const FloatHistogram& h, const NativeBucket& bucket) {
  if (UsesCustomBuckets(h)) return (bucket.upper + bucket.lower) / 2;
  if (bucket.lower <= 0 && bucket.upper >= 0) return 0;
  const double middle = std::sqrt(bucket.upper * bucket.lower);
  return bucket.upper < 0 ? -middle : middle;
}

}  // namespace

double NativeQuantile(double q, const FloatHistogram& h, NanEffect* effect) {
  *effect = NanEffect::kNone;
  if (q < 0) return -kInf;
  if (q > 1) return kInf;
  if (h.count == 0 || std::isnan(q)) return kNaN;
  const bool custom = UsesCustomBuckets(h);
  const bool has_nan = std::isnan(h.sum);
  // From the nearer end, for precision; but NaN observations are in no bucket, so they only ever
  // count as highest.
  const bool forward = has_nan || q < 0.5;
  std::vector<NativeBucket> buckets = AllBuckets(h);
  double total = 0;
  for (const NativeBucket& b : buckets) total += b.count;
  if (!forward) std::reverse(buckets.begin(), buckets.end());
  double rank = (forward ? q : 1 - q) * h.count;
  double count = 0;
  NativeBucket bucket{0, 0, 0};
  for (const NativeBucket& b : buckets) {
    if (b.count == 0) continue;
    bucket = b;
    count += b.count;
    if (count >= rank) break;
  }
  if (!custom && bucket.lower < 0 && bucket.upper > 0) {
    FitZeroBucket(h, bucket);
  } else if (custom) {
    if (bucket.lower == -kInf) {
      if (bucket.upper <= 0) return bucket.upper;
      bucket.lower = 0;
    } else if (bucket.upper == kInf) {
      if (has_nan && count < rank) {
        *effect = NanEffect::kResultIsNan;
        return kNaN;
      }
      return bucket.lower;
    }
  }
  if (count < rank) {
    if (has_nan) {
      *effect = NanEffect::kResultIsNan;
      return kNaN;
    }
    return bucket.upper;
  }
  if (has_nan && total < h.count) *effect = NanEffect::kSkewedHigher;
  rank = forward ? rank - (count - bucket.count) : count - rank;
  const double share = rank / bucket.count;
  if (custom || (bucket.lower <= 0 && bucket.upper >= 0))
    return bucket.lower + (bucket.upper - bucket.lower) * share;
  const double lower = std::log2(std::fabs(bucket.lower));
  const double upper = std::log2(std::fabs(bucket.upper));
  if (bucket.lower > 0) return std::exp2(lower + (upper - lower) * share);
  return -std::exp2(upper + (lower - upper) * (1 - share));
}

double NativeFraction(double lower, double upper, const FloatHistogram& h, bool* nan_excluded) {
  *nan_excluded = false;
  if (h.count == 0 || std::isnan(lower) || std::isnan(upper)) return kNaN;
  const std::vector<NativeBucket> buckets = AllBuckets(h);
  double limit = h.count;
  if (std::isnan(h.sum)) {
    double total = 0;
    for (const NativeBucket& b : buckets) total += b.count;
    *nan_excluded = total < h.count;
    limit = total;
  }
  if (lower >= upper) return 0;
  const bool custom = UsesCustomBuckets(h);
  const auto rank_of = [&](double x) {
    double rank = 0;
    for (NativeBucket bucket : buckets) {
      const bool zero = bucket.lower <= 0 && bucket.upper >= 0;
      if (!custom && zero) FitZeroBucket(h, bucket);
      if (custom && bucket.lower == -kInf && bucket.upper > 0) bucket.lower = 0;
      if (bucket.lower >= x) return rank;
      if (bucket.upper > x) {
        // Of a bucket without a lower end all is below, of one without an upper end nothing is.
        if (bucket.lower == -kInf) return x == -kInf ? rank : rank + bucket.count;
        if (bucket.upper == kInf) return rank;
        return rank + bucket.count * ShareBelow(bucket, x, custom || zero);
      }
      rank += bucket.count;
    }
    return limit;
  };
  return (std::min(rank_of(upper), limit) - std::min(rank_of(lower), limit)) / h.count;
}

double NativeVariance(const FloatHistogram& h) {
  const double mean = h.sum / h.count;
  KahanSum squares;
  for (const NativeBucket& bucket : AllBuckets(h)) {
    if (bucket.count == 0) continue;
    const double delta = Midpoint(h, bucket) - mean;
    squares.Add(bucket.count * delta * delta);
  }
  return squares.value() / h.count;
}

namespace {

/// What a trim keeps of a bucket, and where the middle of that is.
struct Kept {
  double count;
  double middle;
};

double MiddleOf(double lower, double upper, bool linear) {
  if (linear) return (lower + upper) / 2;
  const double middle = std::sqrt(std::fabs(lower) * std::fabs(upper));
  return lower < 0 ? -middle : middle;
}

Kept KeepOf(const FloatHistogram& h, NativeBucket bucket, double bound, bool upper) {
  const bool custom = UsesCustomBuckets(h);
  const bool zero = !custom && bucket.lower <= 0 && bucket.upper >= 0;
  const bool linear = custom || zero;
  if (zero) FitZeroBucket(h, bucket);
  const Kept nothing{0, 0};
  if (bucket.lower == -kInf && bucket.upper == kInf) {
    // Nothing is known of where in it the observations are.
    return bound == (upper ? kInf : -kInf) ? Kept{bucket.count, 0} : nothing;
  }
  if (bucket.upper == kInf) {
    if (bound <= bucket.lower) return upper ? nothing : Kept{bucket.count, bucket.lower};
    if (upper && bound != kInf) return nothing;
    return {bucket.count, upper ? bucket.lower : (bound == kInf ? bucket.lower : bound)};
  }
  if (bucket.lower == -kInf) {
    const double b = bucket.upper;
    const double whole_middle = b > 0 ? b / 2 : b;
    if (bound >= b) return upper ? Kept{bucket.count, whole_middle} : nothing;
    if (bound == -kInf) return upper ? nothing : Kept{bucket.count, whole_middle};
    if (b > 0 && (bound > 0 || (!upper && bound == 0))) {
      bucket.lower = 0;
    } else if (!upper) {
      return nothing;
    } else {
      return b <= 0 ? Kept{bucket.count, bound} : nothing;
    }
  }
  if (bound >= bucket.upper)
    return upper ? Kept{bucket.count, MiddleOf(bucket.lower, bucket.upper, linear)} : nothing;
  if (bound <= bucket.lower)
    return upper ? nothing : Kept{bucket.count, MiddleOf(bucket.lower, bucket.upper, linear)};
  const double below = ShareBelow(bucket, bound, linear);
  if (upper) return {bucket.count * below, MiddleOf(bucket.lower, bound, linear)};
  return {bucket.count * (1 - below), MiddleOf(bound, bucket.upper, linear)};
}

}  // namespace

void Trim(FloatHistogram& h, double bound, bool upper) {
  double count = 0;
  double sum = 0;
  bool changed = false;
  const auto keep = [&](double lower_end, double upper_end, double population) {
    const Kept kept = KeepOf(h, {lower_end, upper_end, population, true}, bound, upper);
    changed |= kept.count != population;
    count += kept.count;
    if (kept.count != 0) sum += kept.count * kept.middle;
    return kept.count;
  };
  FloatHistogram out = h;
  Cells positive = PositiveCells(h);
  Cells negative = NegativeCells(h);
  const auto custom_bound = [&h](int64_t i) {
    if (i < 0) return -kInf;
    return i < static_cast<int64_t>(h.custom_values.size())
               ? h.custom_values[static_cast<size_t>(i)]
               : kInf;
  };
  for (Cell& cell : positive) {
    const bool custom = UsesCustomBuckets(h);
    const double lower_end =
        custom ? custom_bound(cell.index - 1)
               : std::max(ExponentialBound(cell.index - 1, h.schema), h.zero_threshold);
    cell.count =
        keep(lower_end, custom ? custom_bound(cell.index) : ExponentialBound(cell.index, h.schema),
             cell.count);
  }
  for (Cell& cell : negative) {
    const double near = std::max(ExponentialBound(cell.index - 1, h.schema), h.zero_threshold);
    cell.count = keep(-ExponentialBound(cell.index, h.schema), -near, cell.count);
  }
  if (h.zero_count != 0) out.zero_count = keep(-h.zero_threshold, h.zero_threshold, h.zero_count);
  if (!changed) return;
  SetPositive(out, positive);
  SetNegative(out, negative);
  out.count = count;
  out.sum = sum;
  h = std::move(out);
}

}  // namespace kvs::engine::promql

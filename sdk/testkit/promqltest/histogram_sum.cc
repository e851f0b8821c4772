// SPDX-License-Identifier: Apache-2.0
// Adding histograms: both are first brought to the same buckets, then added bucket by bucket.

#include <algorithm>
#include <cmath>

#include "kvs/chunk/bucket_bound.h"
#include "kvs/testkit/promqltest/histograms.h"

namespace kvs::testkit::promqltest {
namespace {

using chunk::FloatHistogram;
using chunk::ResetHint;

ResetHint SumOfHints(ResetHint a, ResetHint b) {
  if (a == b) return a;
  if (a == ResetHint::kGauge || b == ResetHint::kGauge) return ResetHint::kGauge;
  return ResetHint::kUnknown;
}

/// A histogram with its buckets as maps.
struct Buckets {
  explicit Buckets(const FloatHistogram& h)
      : zero_threshold(h.zero_threshold),
        zero_count(h.zero_count),
        schema(h.schema),
        custom(h.custom_values),
        positive(BucketsOf(h.positive_spans, h.positive_buckets)),
        negative(BucketsOf(h.negative_spans, h.negative_buckets)) {}

  /// Two buckets become one for each step down.
  void ReduceTo(int32_t target) {
    for (BucketMap* side : {&positive, &negative}) {
      BucketMap merged;
      for (const auto& [index, count] : *side)
        merged[((index - 1) >> (schema - target)) + 1] += count;
      *side = std::move(merged);
    }
    schema = target;
  }

  /// The zero bucket as wide as `threshold`, or as the end of the bucket that it would cut.
  void WidenZeroBucket(double threshold) {
    for (const BucketMap* side : {&positive, &negative}) {
      for (const auto& [index, count] : *side) {
        if (chunk::ExponentialBound(index - 1, schema) < threshold)
          threshold = std::max(threshold, chunk::ExponentialBound(index, schema));
      }
    }
    zero_threshold = threshold;
    for (BucketMap* side : {&positive, &negative}) {
      std::erase_if(*side, [&](const auto& bucket) {
        if (chunk::ExponentialBound(bucket.first - 1, schema) >= threshold) return false;
        zero_count += bucket.second;
        return true;
      });
    }
  }

  void KeepBounds(const std::vector<double>& bounds) {
    BucketMap moved;
    for (const auto& [index, count] : positive) {
      const auto i = static_cast<size_t>(index);
      const auto to =
          i < custom.size() ? std::ranges::lower_bound(bounds, custom[i]) : bounds.end();
      moved[to - bounds.begin()] += count;
    }
    positive = std::move(moved);
    custom = bounds;
  }

  double zero_threshold, zero_count;
  int32_t schema;
  std::vector<double> custom;
  BucketMap positive, negative;
};

}  // namespace

StatusOr<FloatHistogram> AddHistograms(const FloatHistogram& a, const FloatHistogram& b,
                                       double sign) {
  if (b.schema < a.schema || (b.schema > a.schema && a.schema == chunk::kCustomBucketsSchema)) {
    return InvalidArgument("a histogram of schema ", b.schema, " cannot be added to one of schema ",
                           a.schema);
  }
  Buckets sum(a);
  Buckets addend(b);
  if (a.schema == chunk::kCustomBucketsSchema) {
    std::vector<double> common;
    std::ranges::set_intersection(a.custom_values, b.custom_values, std::back_inserter(common));
    sum.KeepBounds(common);
    addend.KeepBounds(common);
  } else {
    while (sum.zero_threshold != addend.zero_threshold) {
      Buckets& narrow = sum.zero_threshold < addend.zero_threshold ? sum : addend;
      narrow.WidenZeroBucket(std::max(sum.zero_threshold, addend.zero_threshold));
    }
    addend.ReduceTo(sum.schema);
  }
  for (const auto& [index, count] : addend.positive) sum.positive[index] += sign * count;
  for (const auto& [index, count] : addend.negative) sum.negative[index] += sign * count;

  FloatHistogram out = a;
  out.reset_hint = SumOfHints(a.reset_hint, b.reset_hint);
  out.count += sign * b.count;
  out.sum += sign * b.sum;
  out.zero_threshold = sum.zero_threshold;
  out.zero_count = sum.zero_count + sign * addend.zero_count;
  out.custom_values = sum.custom;
  SetBuckets(sum.positive, &out.positive_spans, &out.positive_buckets);
  SetBuckets(sum.negative, &out.negative_spans, &out.negative_buckets);
  return out;
}

}  // namespace kvs::testkit::promqltest

// SPDX-License-Identifier: Apache-2.0
#include "native_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace kvs::ingest::otlp {
namespace {

constexpr int32_t kMinSchema = -4;
constexpr int32_t kMaxSchema = 8;
constexpr int32_t kCustomSchema = -53;
// Where senders name none, as in Prometheus.
constexpr double kZeroThreshold = 1e-128;
// Empty buckets cheaper than a span of their own.
constexpr int64_t kSmallGap = 2;

}  // namespace

void SparseBuckets::Fill(std::span<const uint64_t> counts, int32_t offset, int scale_down,
                         int32_t shift) {
  span_offset.clear();
  span_length.clear();
  delta.clear();
  int64_t next = 0;       // The index behind the last bucket written.
  uint64_t previous = 0;  // Its count.
  const auto write = [&](uint64_t count) {
    ++span_length.back();
    delta.push_back(count - previous);
    previous = count;
    ++next;
  };
  for (size_t i = 0; i < counts.size();) {
    const int64_t index = (int64_t{offset} + static_cast<int64_t>(i)) >> scale_down;
    uint64_t count = 0;
    for (; i < counts.size() && (int64_t{offset} + static_cast<int64_t>(i)) >> scale_down == index;
         ++i) {
      count += counts[i];
    }
    if (count == 0) continue;
    const int64_t target = index + shift;
    const int64_t gap = target - next;
    if (span_length.empty() || gap > kSmallGap) {
      span_offset.push_back(static_cast<int32_t>(gap));
      span_length.push_back(0);
      next = target;
    }
    while (next < target) write(0);
    write(count);
  }
}

void NativeHistogram::SetTotals(uint64_t count, bool has_sum, double sum, bool stale) {
  view_.count = stale ? 0 : count;
  view_.sum = has_sum ? sum : 0;
  if (stale) {
    view_.sum = std::bit_cast<double>(model::kStaleNanBits);
    view_.zero_count = 0;
    return;
  }
  view_.positive_span_offset = positive_.span_offset;
  view_.positive_span_length = positive_.span_length;
  view_.positive_bucket = positive_.delta;
  view_.negative_span_offset = negative_.span_offset;
  view_.negative_span_length = negative_.span_length;
  view_.negative_bucket = negative_.delta;
}

Status NativeHistogram::Set(const wire::otlp::ExponentialPoint& point,
                            const wire::otlp::Request& numbers) {
  if (point.scale < kMinSchema) {
    return InvalidArgument("cannot convert exponential to native histogram: the scale is ",
                           point.scale, ", and must be ", kMinSchema, " or more");
  }
  view_ = model::HistogramView();
  view_.schema = std::min(point.scale, kMaxSchema);
  const int scale_down = std::min(point.scale - view_.schema, 62);
  view_.zero_threshold = point.zero_threshold > 0 ? point.zero_threshold : kZeroThreshold;
  view_.zero_count = point.zero_count;
  // Bucket 0 is (1, base] there and (1/base, 1] here.
  positive_.Fill(numbers.Of(point.positive, numbers.counts), point.positive_offset, scale_down, 1);
  negative_.Fill(numbers.Of(point.negative, numbers.counts), point.negative_offset, scale_down, 1);
  SetTotals(point.count, point.has_sum, point.sum, point.no_recorded_value());
  return OkStatus();
}

Status NativeHistogram::SetCustom(const wire::otlp::HistogramPoint& point,
                                  const wire::otlp::Request& numbers) {
  std::span<const double> bounds = numbers.Of(point.bounds, numbers.bounds);
  const std::span<const uint64_t> counts = numbers.Of(point.counts, numbers.counts);
  view_ = model::HistogramView();
  if (!counts.empty() && counts.size() != bounds.size() + 1) {
    return InvalidArgument("histogram has ", counts.size(), " buckets and ", bounds.size(),
                           " bounds; there must be one bound less than buckets");
  }
  // The bucket up to +Inf is there without a bound.
  if (!bounds.empty() && bounds.back() == INFINITY) bounds = bounds.first(bounds.size() - 1);
  view_.schema = kCustomSchema;
  view_.custom_bound = bounds;
  negative_.Fill({}, 0, 0, 0);
  // Without buckets all is in the one up to +Inf.
  const uint64_t all[] = {point.count};
  if (counts.empty()) {
    positive_.Fill(all, static_cast<int32_t>(bounds.size()), 0, 0);
  } else {
    positive_.Fill(counts, 0, 0, 0);
  }
  SetTotals(point.count, point.has_sum, point.sum, point.no_recorded_value());
  return OkStatus();
}

}  // namespace kvs::ingest::otlp

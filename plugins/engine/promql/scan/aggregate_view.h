// SPDX-License-Identifier: Apache-2.0
// What a function looks at where a series has aggregates of downsampled samples instead of samples.
#pragma once

#include <cstdint>

#include "kvs/abi/port/series_source.h"

namespace kvs::engine::promql {

/// A window of aggregates becomes a sample, or several.
enum class AggregateView : uint8_t {
  kMean,     ///< The mean of the window, at its end.
  kLasting,  ///< The same, again and again from the window's begin on, as close as a lookback
             ///< wants.
  kCount,    ///< How many samples it had, which `counts` says too.
  kSum,
  kAverage,  ///< The sum, and in `counts` of how many samples.
  kMin,
  kMax,
  kCounter,  ///< Where a counter stood in the end, what it lost by resets added.
};

/// The aggregates that are needed for it, for kvs_select_t.
constexpr uint32_t AggregatesFor(AggregateView view) {
  switch (view) {
    case AggregateView::kMean:
    case AggregateView::kLasting:
    case AggregateView::kAverage:
      return KVS_AGGREGATE_COUNT | KVS_AGGREGATE_SUM;
    case AggregateView::kCount:
      return KVS_AGGREGATE_COUNT;
    case AggregateView::kSum:
      return KVS_AGGREGATE_SUM;
    case AggregateView::kMin:
      return KVS_AGGREGATE_MIN;
    case AggregateView::kMax:
      return KVS_AGGREGATE_MAX;
    case AggregateView::kCounter:
      return KVS_AGGREGATE_COUNTER;
  }
  return 0;
}

/// Resolutions that aggregates come in.
inline constexpr int64_t kFiveMinutesMs = 5 * 60'000;
inline constexpr int64_t kOneHourMs = 60 * 60'000;

/// How many windows of aggregates were read, by their length.
struct WindowCounts {
  int64_t five_minutes = 0;
  int64_t one_hour = 0;  ///< And of every other length.

  void Add(const WindowCounts& other) {
    five_minutes += other.five_minutes;
    one_hour += other.one_hour;
  }
  WindowCounts Less(const WindowCounts& other) const {
    return {five_minutes - other.five_minutes, one_hour - other.one_hour};
  }
};

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
// TenantLimits: what a tenant is held to, as the limiter said last. Reading takes no lock; the
// limiter is asked again when its epoch has moved.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "kvs/sdk/port/limiter.h"

namespace kvs::head {

class TenantLimits {
 public:
  /// Asks if something may have changed. [worker]
  Status Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call);

  /// max_global_series_per_user; 0: any number; so, too, of a metric.
  int64_t max_series() const { return Of(kMaxSeries, 0); }
  int64_t max_series_per_metric() const { return Of(kMaxSeriesPerMetric, 0); }
  /// out_of_order_time_window, or `otherwise` where the limiter does not know it; likewise below.
  int64_t window_ms(int64_t otherwise) const { return Of(kWindow, otherwise); }
  /// Metrics that have metadata; 0: any number; and of one metric.
  int64_t max_metadata() const { return Of(kMaxMetadata, 0); }
  int64_t max_metadata_per_metric() const { return Of(kMaxMetadataPerMetric, 0); }
  /// 0: none are kept.
  int64_t max_exemplars(int64_t otherwise) const { return Of(kMaxExemplars, otherwise); }
  /// Whether a series whose samples say when they began gets a zero at that time.
  bool injects_zeros() const { return Of(kInjectZeros, 0) != 0; }

 private:
  enum Name : uint8_t {
    kMaxSeries,
    kMaxSeriesPerMetric,
    kWindow,
    kMaxMetadata,
    kMaxMetadataPerMetric,
    kMaxExemplars,
    kInjectZeros,
    kNames,
  };
  static constexpr int64_t kUnknown = -1;

  int64_t Of(Name name, int64_t otherwise) const {
    const int64_t value = values_[name].load(std::memory_order_relaxed);
    return value == kUnknown ? otherwise : value;
  }

  std::atomic<uint64_t> epoch_{0};
  std::array<std::atomic<int64_t>, kNames> values_{kUnknown, kUnknown, kUnknown, kUnknown,
                                                   kUnknown, kUnknown, kUnknown};
};

}  // namespace kvs::head

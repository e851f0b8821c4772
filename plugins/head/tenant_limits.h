// SPDX-License-Identifier: Apache-2.0
// TenantLimits: what a tenant is held to, as the limiter said last. Reading takes no lock; the
// limiter is asked again when its epoch has moved.
#pragma once

#include <atomic>
#include <cstdint>

#include "kvs/sdk/port/limiter.h"

namespace kvs::head {

class TenantLimits {
 public:
  /// Asks if something may have changed. [worker]
  Status Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call);

  /// max_global_series_per_user; 0: any number.
  int64_t max_series() const { return max_series_.load(std::memory_order_relaxed); }
  /// out_of_order_time_window, or `otherwise` where the limiter does not know it.
  int64_t window_ms(int64_t otherwise) const {
    const int64_t window = window_ms_.load(std::memory_order_relaxed);
    return window < 0 ? otherwise : window;
  }

 private:
  std::atomic<uint64_t> epoch_{0};
  std::atomic<int64_t> max_series_{0};
  std::atomic<int64_t> window_ms_{-1};
};

}  // namespace kvs::head

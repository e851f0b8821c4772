// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "kvs/sdk/limits.h"

namespace kvs::head {

Status TenantLimits::Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  if (!limiter || limiter.epoch() == epoch_.load(std::memory_order_acquire)) return OkStatus();
  // In the order of Name.
  constexpr std::string_view kAsked[kNames] = {"max_global_series_per_user",
                                               "max_global_series_per_metric",
                                               "out_of_order_time_window",
                                               "max_global_metadata_per_user",
                                               "max_global_metadata_per_metric",
                                               "max_global_exemplars_per_user",
                                               "otel_created_timestamp_zero_ingestion_enabled"};
  double values[kNames];
  KVS_ASSIGN_OR_RETURN(const uint64_t epoch, sdk::AskLimits(limiter, call, kAsked, values));
  for (size_t i = 0; i < kNames; ++i) {
    // Below 0 is no limit a user can mean; a double may be more than fits.
    values_[i] = std::isnan(values[i])
                     ? kUnknown
                     : static_cast<int64_t>(std::clamp(values[i], 0.0, 9007199254740992.0));
  }
  epoch_.store(epoch, std::memory_order_release);
  return OkStatus();
}

}  // namespace kvs::head

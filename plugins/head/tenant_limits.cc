// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <cmath>
#include <iterator>
#include <limits>

#include "kvs/sdk/str.h"

namespace kvs::head {

Status TenantLimits::Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  if (!limiter || limiter.epoch() == epoch_.load(std::memory_order_acquire)) return OkStatus();
  const kvs_str_t names[] = {sdk::Str("max_global_series_per_user"),
                             sdk::Str("out_of_order_time_window")};
  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  double values[] = {kUnknown, kUnknown};
  auto in = sdk::Record<kvs_limit_names_t>();
  in.names = names;
  in.n_names = std::size(names);
  auto out = sdk::Record<kvs_limit_values_t>();
  out.values = values;
  KVS_RETURN_IF_ERROR(sdk::Await(limiter.limits(), call, &in, &out));
  max_series_ = std::isnan(values[0]) ? 0 : static_cast<int64_t>(values[0]);
  window_ms_ = std::isnan(values[1]) ? -1 : static_cast<int64_t>(values[1]);
  epoch_.store(out.epoch, std::memory_order_release);
  return OkStatus();
}

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "kvs/sdk/str.h"

namespace kvs::head {

Status TenantLimits::Refresh(const sdk::LimiterRef& limiter, const sdk::Call& call) {
  if (!limiter || limiter.epoch() == epoch_.load(std::memory_order_acquire)) return OkStatus();
  // In the order of Name.
  const kvs_str_t names[kNames] = {
      sdk::Str("max_global_series_per_user"),     sdk::Str("max_global_series_per_metric"),
      sdk::Str("out_of_order_time_window"),       sdk::Str("max_global_metadata_per_user"),
      sdk::Str("max_global_metadata_per_metric"), sdk::Str("max_global_exemplars_per_user")};
  double values[kNames];
  std::fill_n(values, kNames, std::numeric_limits<double>::quiet_NaN());
  auto in = sdk::Record<kvs_limit_names_t>();
  in.names = names;
  in.n_names = std::size(names);
  auto out = sdk::Record<kvs_limit_values_t>();
  out.values = values;
  KVS_RETURN_IF_ERROR(sdk::Await(limiter.limits(), call, &in, &out));
  for (size_t i = 0; i < kNames; ++i) {
    // Below 0 is no limit a user can mean; a double may be more than fits.
    values_[i] = std::isnan(values[i])
                     ? kUnknown
                     : static_cast<int64_t>(std::clamp(values[i], 0.0, 9007199254740992.0));
  }
  epoch_.store(out.epoch, std::memory_order_release);
  return OkStatus();
}

}  // namespace kvs::head

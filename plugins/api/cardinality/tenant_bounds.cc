// SPDX-License-Identifier: Apache-2.0
#include "tenant_bounds.h"

#include <iterator>

#include "kvs/sdk/limits.h"

namespace kvs::api::cardinality {

StatusOr<TenantBounds> TenantBounds::Ask(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                         const Config& config) {
  constexpr std::string_view kNames[] = {
      "cardinality_analysis_enabled", "cardinality_analysis_max_results",
      "label_values_max_cardinality_label_names_per_request",
      "label_names_and_values_results_max_size_bytes", "active_series_results_max_size_bytes"};
  constexpr double kMost = 9007199254740992.0;  // A double holds it exactly.
  double values[std::size(kNames)];
  KVS_RETURN_IF_ERROR(sdk::AskLimits(limiter, call, kNames, values).status());
  // Neither NaN nor what is below 0 is a limit.
  const auto number = [&](size_t i, int64_t otherwise) {
    return values[i] >= 0 && values[i] < kMost ? static_cast<int64_t>(values[i]) : otherwise;
  };
  TenantBounds bounds;
  bounds.enabled = number(0, 1) != 0;
  bounds.max_results = number(1, config.max_limit);
  bounds.max_label_names = number(2, config.max_label_names);
  bounds.max_names_and_values_bytes =
      static_cast<uint64_t>(number(3, config.max_response_size.bytes));
  bounds.max_active_series_bytes = static_cast<uint64_t>(number(4, config.max_response_size.bytes));
  return bounds;
}

Status TenantBounds::CheckEnabled(std::string_view tenant) const {
  if (enabled) return OkStatus();
  return InvalidArgument("cardinality analysis is disabled for the tenant: ", tenant,
                         "; see cardinality_analysis_enabled");
}

Status TenantBounds::CheckActiveSeries(size_t bytes) const {
  if (bytes <= max_active_series_bytes) return OkStatus();
  return ResourceExhausted("active series are larger than ", max_active_series_bytes,
                           " bytes, see active_series_results_max_size_bytes: use a narrower "
                           "selector");
}

}  // namespace kvs::api::cardinality

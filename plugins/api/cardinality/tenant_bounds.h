// SPDX-License-Identifier: Apache-2.0
// What a tenant may ask for: the limits of cardinality analysis, under Mimir's names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/port/limiter.h"

#include "config.h"

namespace kvs::api::cardinality {

struct TenantBounds {
  bool enabled = true;
  int64_t max_results = 0;
  int64_t max_label_names = 0;
  uint64_t max_names_and_values_bytes = 0;
  uint64_t max_active_series_bytes = 0;

  /// Of the limiter; where it says nothing, or there is none, of the configuration. [worker]
  static StatusOr<TenantBounds> Ask(const sdk::LimiterRef& limiter, const sdk::Call& call,
                                    const Config& config);

  /// InvalidArgument where the tenant may not analyse at all.
  Status CheckEnabled(std::string_view tenant) const;
  /// ResourceExhausted where an answer of active series is larger than the tenant may have.
  Status CheckActiveSeries(size_t bytes) const;
};

}  // namespace kvs::api::cardinality

// SPDX-License-Identifier: Apache-2.0
// What one tenant's series are held to, under Mimir's names.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kvs/abi/abi.h"
#include "kvs/model/utf8.h"

#include "config.h"
#include "long_values.h"

namespace kvs::sink::validate {

struct TenantLimits {
  int64_t max_label_names_per_series = 0;  ///< 0: any number; likewise below.
  int64_t max_label_names_per_info_series = 0;
  int64_t max_label_name_length = 0;
  int64_t max_label_value_length = 0;
  LongValues long_values = LongValues::kRefuse;
  int64_t max_metadata_length = 0;
  int64_t creation_grace_period_ms = 0;
  int64_t past_grace_period_ms = 0;
  model::NameScheme name_scheme = model::NameScheme::kLegacy;
  bool enforces_metadata_name = true;        ///< Whether metadata must name a metric.
  bool takes_native_histograms = true;       ///< If not, they are passed over without a word.
  int64_t max_native_histogram_buckets = 0;  ///< 0: any number.
  bool reduces_native_histograms = true;     ///< Whether too many buckets become fewer.
  int64_t max_exemplars_per_series_per_request = 0;  ///< 0: any number.
  bool limits_requests = false;   ///< Whether the limiter must be asked for request_rate,
  bool limits_ingestion = false;  ///< and for ingestion_rate.

  static constexpr size_t kNames = 16;
  /// What to ask the limiter for, in the order of FromValues(). Static.
  static const std::array<kvs_str_t, kNames>& Names();
  /// Of what the limiter answered; where that is NaN, the configuration's, or what stands above.
  static TenantLimits FromValues(const std::array<double, kNames>& values, const Config& config);
  static TenantLimits FromConfig(const Config& config);
};

}  // namespace kvs::sink::validate

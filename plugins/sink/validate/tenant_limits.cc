// SPDX-License-Identifier: Apache-2.0
#include "tenant_limits.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kvs/sdk/str.h"

namespace kvs::sink::validate {

const std::array<kvs_str_t, TenantLimits::kNames>& TenantLimits::Names() {
  static const std::array<kvs_str_t, kNames> kNamesOfLimits = {
      sdk::Str("max_label_names_per_series"),
      sdk::Str("max_label_names_per_info_series"),
      sdk::Str("max_label_name_length"),
      sdk::Str("max_label_value_length"),
      sdk::Str("creation_grace_period"),
      sdk::Str("past_grace_period"),
      sdk::Str("name_validation_utf8"),
      sdk::Str("request_rate"),
      sdk::Str("ingestion_rate"),
      sdk::Str("max_metadata_length"),
      sdk::Str("label_value_length_over_limit_action"),
      sdk::Str("enforce_metadata_metric_name"),
      sdk::Str("native_histograms_ingestion_enabled"),
      sdk::Str("max_native_histogram_buckets"),
      sdk::Str("reduce_native_histogram_over_max_buckets"),
      sdk::Str("max_exemplars_per_series_per_request")};
  return kNamesOfLimits;
}

TenantLimits TenantLimits::FromValues(const std::array<double, kNames>& values,
                                      const Config& config) {
  const auto number = [](double value, int64_t otherwise) {
    return std::isnan(value) ? otherwise : static_cast<int64_t>(value);
  };
  TenantLimits limits;
  limits.max_label_names_per_series = number(values[0], config.max_label_names_per_series);
  limits.max_label_names_per_info_series =
      number(values[1], config.max_label_names_per_info_series);
  limits.max_label_name_length = number(values[2], config.max_label_name_length);
  limits.max_label_value_length = number(values[3], config.max_label_value_length);
  limits.creation_grace_period_ms = number(values[4], config.creation_grace_period.ms);
  limits.past_grace_period_ms = number(values[5], config.past_grace_period.ms);
  const bool utf8 = number(values[6], config.name_validation_scheme == "utf8" ? 1 : 0) != 0;
  limits.name_scheme = utf8 ? model::NameScheme::kUtf8 : model::NameScheme::kLegacy;
  limits.limits_requests = values[7] > 0;
  limits.limits_ingestion = values[8] > 0;
  limits.max_metadata_length = number(values[9], config.max_metadata_length);
  limits.long_values = std::isnan(values[10])
                           ? LongValuesOf(config.label_value_length_over_limit_strategy)
                           : static_cast<LongValues>(std::clamp(values[10], 0.0, 2.0));
  limits.enforces_metadata_name = number(values[11], 1) != 0;
  limits.takes_native_histograms = number(values[12], 1) != 0;
  limits.max_native_histogram_buckets = number(values[13], 0);
  limits.reduces_native_histograms = number(values[14], 1) != 0;
  limits.max_exemplars_per_series_per_request = number(values[15], 0);
  if (limits.max_label_value_length < static_cast<int64_t>(kValueHashBytes))
    limits.long_values = LongValues::kRefuse;  // There is no room for the hash.
  return limits;
}

TenantLimits TenantLimits::FromConfig(const Config& config) {
  std::array<double, kNames> unknown;
  unknown.fill(std::numeric_limits<double>::quiet_NaN());
  return FromValues(unknown, config);
}

}  // namespace kvs::sink::validate

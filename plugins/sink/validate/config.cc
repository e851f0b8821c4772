// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "long_values.h"

namespace kvs::sink::validate {

const sdk::Schema<Config>& Config::Schema() {
  static const char* const kSchemes[] = {"legacy", "utf8", nullptr};
  static const char* const kStrategies[] = {"error", "truncate", "drop", nullptr};
  static const sdk::Schema<Config> kSchema{
      {"max_label_names_per_series", &Config::max_label_names_per_series,
       "Most labels of a series; 0: any number"},
      {"max_label_names_per_info_series", &Config::max_label_names_per_info_series,
       "Most labels of a series whose name ends in _info; 0: any number"},
      {"max_label_name_length", &Config::max_label_name_length,
       "Longest label name in bytes; 0: any length"},
      {"max_label_value_length", &Config::max_label_value_length,
       "Longest label value in bytes, the metric name included; 0: any length"},
      {"label_value_length_over_limit_strategy",
       &Config::label_value_length_over_limit_strategy,
       "What becomes of a longer one: the series is refused (error), a hash replaces the end of "
       "the "
       "value (truncate), or all of it (drop)",
       {.choices = kStrategies}},
      {"max_metadata_length", &Config::max_metadata_length,
       "Longest metric name, unit and help of metadata in bytes; help is cut; 0: any length"},
      {"creation_grace_period", &Config::creation_grace_period,
       "How far in the future samples may lie; 0s: any distance"},
      {"past_grace_period", &Config::past_grace_period,
       "How far in the past samples may lie; 0s: any distance"},
      {"name_validation_scheme",
       &Config::name_validation_scheme,
       "Which names are valid: legacy, or any UTF-8",
       {.choices = kSchemes}},
      {"known_series_max",
       &Config::known_series_max,
       "Series remembered as valid, 8 bytes each",
       {.minimum = 1024, .maximum = 1e9}}};
  return kSchema;
}

Status Config::Validate() const {
  if (name_validation_scheme != "legacy" && name_validation_scheme != "utf8") {
    return InvalidArgument("name_validation_scheme is neither legacy nor utf8");
  }
  if (label_value_length_over_limit_strategy != "error" && max_label_value_length > 0 &&
      max_label_value_length < static_cast<int64_t>(kValueHashBytes)) {
    return InvalidArgument("max_label_value_length of ", max_label_value_length,
                           " has no room for the hash of label_value_length_over_limit_strategy \"",
                           label_value_length_over_limit_strategy, "\", which takes ",
                           kValueHashBytes, " bytes");
  }
  return OkStatus();
}

}  // namespace kvs::sink::validate

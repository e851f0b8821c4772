// SPDX-License-Identifier: Apache-2.0
// Settings of sink.validate. Limits come from the limiter; these hold where it says nothing, or
// where there is none.
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::sink::validate {

struct Config {
  int64_t max_label_names_per_series = 30;
  int64_t max_label_names_per_info_series = 80;
  int64_t max_label_name_length = 1024;
  int64_t max_label_value_length = 2048;
  std::string label_value_length_over_limit_strategy = "error";
  int64_t max_metadata_length = 1024;
  sdk::Duration creation_grace_period{600'000};
  sdk::Duration past_grace_period{0};
  std::string name_validation_scheme = "legacy";
  int64_t known_series_max = 4 << 20;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::sink::validate

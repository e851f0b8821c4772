// SPDX-License-Identifier: Apache-2.0
// Settings of sink.relabel. Limits of a tenant come on top of them.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::sink::relabel {

struct Config {
  std::vector<std::string> drop_labels;
  std::string metric_relabel_configs;
  std::string name_validation_scheme = "legacy";
  int64_t known_series_max = 1 << 20;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::sink::relabel

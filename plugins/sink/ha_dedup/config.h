// SPDX-License-Identifier: Apache-2.0
// Settings of sink.ha_dedup. Limits of a tenant under the same names count
// before them.
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::sink::ha_dedup {

struct Config {
  bool accept_ha_samples = true;
  std::vector<std::string> cluster_labels = {"cluster"};
  std::vector<std::string> replica_labels = {"__replica__"};
  int64_t ha_max_clusters = 100;
  sdk::Duration update_timeout{15'000};
  sdk::Duration update_timeout_jitter_max{5'000};
  sdk::Duration failover_timeout{30'000};
  sdk::Duration failover_sample_timeout{0};
  sdk::Duration forget_after{3'600'000};
  std::string kv_prefix = "ha-tracker/";
  int64_t known_series_max = 1 << 20;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::sink::ha_dedup

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::alertmanager {

struct Config {
  std::string prefix = "/alertmanager";
  std::string external_url;
  std::string fallback_config_file;
  std::string fallback_config;
  bool config_api = true;
  sdk::Duration poll_interval{15'000};
  sdk::Duration retention{120 * 3'600'000};
  sdk::Duration maintenance_interval{15 * 60'000};
  sdk::Duration persist_interval{15 * 60'000};
  std::string kv_prefix = "alertmanager/";

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::alertmanager

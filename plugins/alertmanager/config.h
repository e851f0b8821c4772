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
  sdk::Duration peer_timeout{15'000};
  sdk::Duration push_pull_interval{60'000};
  sdk::Duration peers_timeout{5'000};
  std::string peers_ca_file, peers_cert_file, peers_key_file;
  sdk::Secret peers_bearer_token;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::alertmanager

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::ruler {

struct Config {
  std::string prefix = "/prometheus";
  std::string external_url;
  sdk::Duration evaluation_interval{60'000};
  sdk::Duration query_offset{60'000};
  sdk::Duration query_timeout{120'000};
  sdk::Duration poll_interval{600'000};
  sdk::Duration for_outage_tolerance{3'600'000};
  sdk::Duration for_grace_period{120'000};
  sdk::Duration resend_delay{60'000};
  int64_t max_concurrent_groups = 0;
  int64_t max_independent_rules = 4;
  int64_t max_rules_per_group = 0;
  int64_t max_groups_per_tenant = 0;
  bool tenant_federation = false;
  bool config_api = true;
  std::vector<std::string> enable_features;
  std::vector<std::string> alertmanager_urls;
  int64_t alertmanager_queue = 10'000;
  sdk::Duration alertmanager_timeout{10'000};
  std::string alertmanager_username;
  sdk::Secret alertmanager_password;
  sdk::Secret alertmanager_bearer_token;
  std::string alertmanager_ca_file;
  int64_t ruler_tenant_shard_size = 0;
  sdk::Duration peers_timeout{5'000};
  std::string peers_ca_file, peers_cert_file, peers_key_file;
  sdk::Secret peers_bearer_token;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::ruler

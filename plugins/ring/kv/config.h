// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::ring::kv {

struct Config {
  std::string name = "ingester";
  std::string kv_prefix = "rings/";
  int64_t replication_factor = 3;
  bool zone_awareness_enabled = false;
  sdk::Duration heartbeat_period{15'000};
  sdk::Duration heartbeat_timeout{60'000};
  int64_t auto_forget_unhealthy_periods = 10;

  bool join = false;
  std::string instance_id;
  std::string instance_addr;
  std::string instance_availability_zone;
  int64_t num_tokens = 512;
  sdk::Duration observe_period{2'000};
  sdk::Duration final_sleep{5'000};
  bool unregister_on_shutdown = false;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;

  /// "rings/ingester/"
  std::string Prefix() const { return kv_prefix + name + "/"; }
};

}  // namespace kvs::ring::kv

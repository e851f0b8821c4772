// SPDX-License-Identifier: Apache-2.0
// Settings of limiter.static.
#pragma once

#include <map>
#include <string>

#include "kvs/sdk/config.h"

namespace kvs::limiter::static_limits {

struct Config {
  std::map<std::string, std::string> limits;
  std::string overrides_file;
  std::string runtime_config_file;
  sdk::Duration reload_period{10'000};
  std::string kv_prefix = "limits/";

  static const sdk::Schema<Config>& Schema();
  /// Also two names of different files are refused.
  Status Validate() const;
  /// By whichever of its three names the file is given; empty: there is none.
  std::string OverridesFile() const;
};

}  // namespace kvs::limiter::static_limits

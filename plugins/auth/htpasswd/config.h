// SPDX-License-Identifier: Apache-2.0
// Settings of auth.htpasswd.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::auth::htpasswd {

struct Config {
  std::string users_file;
  std::string grants_file;
  sdk::Duration reload_period{10'000};
  sdk::Duration remember{300'000};
  int64_t max_checks = 4;

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::auth::htpasswd

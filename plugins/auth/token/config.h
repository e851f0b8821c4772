// SPDX-License-Identifier: Apache-2.0
// Settings of auth.token.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::auth::token {

struct Config {
  std::string tokens_file;
  sdk::Duration reload_period{10'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::auth::token

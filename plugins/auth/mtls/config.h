// SPDX-License-Identifier: Apache-2.0
// Settings of auth.mtls.
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::auth::mtls {

struct Config {
  std::string grants_file;
  sdk::Duration reload_period{10'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::auth::mtls

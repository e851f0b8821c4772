// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::store::metrics {

struct Config {
  std::string bucket, component;

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::store::metrics

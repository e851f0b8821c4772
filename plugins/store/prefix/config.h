// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::store::prefix {

struct Config {
  std::string prefix;

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::store::prefix

// SPDX-License-Identifier: Apache-2.0
// Settings of source.federation.
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::source::federation {

struct Config {
  bool enabled = true;
  bool wildcards = true;
  int64_t max_tenants = 0;
  int64_t max_concurrent = 16;

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::source::federation

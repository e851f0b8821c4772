// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "kvs/sdk/config.h"

namespace kvs::source::ring {

struct Config {
  int64_t shard_size = 0;
  sdk::Duration lookback{13 * 3'600'000};
  sdk::Duration query_ingesters_within{0};
  sdk::Duration hedge_delay{500};
  std::string prefer_zone;

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::source::ring

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::sink::replicate {

struct Config {
  sdk::Duration remote_timeout{2'000};
  int64_t shard_size = 0;
  sdk::ByteSize inflight_bytes_max{256 << 20};
  int64_t circuit_breaker_failures = 20;
  sdk::Duration circuit_breaker_cooldown{5'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::sink::replicate

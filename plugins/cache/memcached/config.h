// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/sdk/config.h"

namespace kvs::cache::memcached {

struct Config {
  std::vector<std::string> addresses;
  std::string prefix = "kvasir:";
  sdk::Duration connect_timeout{200};
  sdk::Duration timeout{500};  ///< Of an exchange, from its last byte to the server on.
  int64_t max_connections = 16;
  int64_t max_waiting = 1'000;
  sdk::ByteSize max_item_size{1 << 20};
  int64_t max_failures = 5;
  sdk::Duration pause{5'000};

  static const sdk::Schema<Config>& Schema();
  Status Validate() const;
};

}  // namespace kvs::cache::memcached

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "kvs/sdk/config.h"

namespace kvs::store::cache {

struct Config {
  std::vector<std::string> cacheable{"*/chunks/*", "*/index"};
  sdk::ByteSize page_size{64 << 10};
  sdk::ByteSize memory_size{int64_t{256} << 20};
  std::string disk_dir;
  sdk::ByteSize disk_size{int64_t{10} << 30};
  sdk::Duration ttl{0};
  sdk::Duration fetch_timeout{60'000};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::store::cache

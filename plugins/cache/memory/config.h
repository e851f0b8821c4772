// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/config.h"

namespace kvs::cache::memory {

struct Config {
  sdk::ByteSize capacity{128 << 20};
  sdk::ByteSize max_item_size{8 << 20};

  static const sdk::Schema<Config>& Schema();
};

}  // namespace kvs::cache::memory

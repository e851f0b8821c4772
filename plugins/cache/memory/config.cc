// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::cache::memory {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"capacity",
       &Config::capacity,
       "Bytes of values, keys and what they cost; the least recently used are dropped first",
       {.minimum = 0, .maximum = 1e13}},
      {"max_item_size",
       &Config::max_item_size,
       "A longer value is not kept",
       {.minimum = 1, .maximum = 1e12}},
  };
  return kSchema;
}

}  // namespace kvs::cache::memory

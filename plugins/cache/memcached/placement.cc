// SPDX-License-Identifier: Apache-2.0
#include "placement.h"

#include <xxhash.h>

namespace kvs::cache::memcached {

Placement::Placement(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    seeds_.push_back(XXH3_64bits(address.data(), address.size()));
}

size_t Placement::Of(std::string_view key) const {
  size_t best = 0;
  uint64_t best_weight = 0;
  for (size_t i = 0; i < seeds_.size(); ++i) {
    const uint64_t weight = XXH3_64bits_withSeed(key.data(), key.size(), seeds_[i]);
    if (i != 0 && weight <= best_weight) continue;
    best = i;
    best_weight = weight;
  }
  return best;
}

}  // namespace kvs::cache::memcached

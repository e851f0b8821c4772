// SPDX-License-Identifier: Apache-2.0
// Which server has a key: rendezvous hashing. When a server is added or leaves, only the keys that
// are its own move, and the order of the list does not matter.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kvs::cache::memcached {

class Placement {
 public:
  explicit Placement(const std::vector<std::string>& addresses);
  /// Index of the server in the list. [any]
  size_t Of(std::string_view key) const;

 private:
  std::vector<uint64_t> seeds_;
};

}  // namespace kvs::cache::memcached

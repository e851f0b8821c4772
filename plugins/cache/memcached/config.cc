// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/base/str_cat.h"

namespace kvs::cache::memcached {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"addresses",
       &Config::addresses,
       "host:port of the servers; keys are spread over them, in the same way by all processes that "
       "have the same list",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"prefix", &Config::prefix, "Before every key: what else is in the servers is never touched"},
      {"connect_timeout",
       &Config::connect_timeout,
       "How long a connection may take to come about",
       {.minimum = 1, .maximum = 60'000}},
      {"timeout",
       &Config::timeout,
       "How long a server may take to answer; after that everything asked of it is a miss",
       {.minimum = 1, .maximum = 60'000}},
      {"max_connections",
       &Config::max_connections,
       "Connections to each server",
       {.minimum = 1, .maximum = 10'000}},
      {"max_waiting",
       &Config::max_waiting,
       "Exchanges that may wait for a connection to a server; further ones miss at once",
       {.minimum = 0, .maximum = 1e6}},
      {"max_item_size",
       &Config::max_item_size,
       "A longer value is not sent; servers refuse what is above their own limit (-I)",
       {.minimum = 1, .maximum = 1 << 30}},
      {"max_failures",
       &Config::max_failures,
       "After so many failures in a row a server is left alone for `pause`",
       {.minimum = 1, .maximum = 1'000}},
      {"pause",
       &Config::pause,
       "How long a server that fails is left alone, before one exchange tries it",
       {.minimum = 1, .maximum = 3'600'000}},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (addresses.empty()) return InvalidArgument("addresses is empty: there is nobody to call");
  for (const std::string& address : addresses) {
    const size_t colon = address.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == address.size())
      return InvalidArgument("addresses: \"", address, "\" is not host:port");
  }
  // A key of memcached has 250 bytes, without spaces and control characters; ours are 32.
  if (prefix.size() > 200) return InvalidArgument("prefix is longer than 200 bytes");
  for (const char c : prefix) {
    if (c <= ' ' || c == 0x7f) return InvalidArgument("prefix has a space or control character");
  }
  return OkStatus();
}

}  // namespace kvs::cache::memcached

// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/objstore/key_prefix.h"

namespace kvs::store::prefix {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"prefix",
       &Config::prefix,
       "What all keys begin with in the other store, eg: blocks",
       {.flags = KVS_CONFIG_REQUIRED}},
  };
  return kSchema;
}

Status Config::Validate() const {
  const objstore::KeyPrefix parsed(prefix);
  return parsed.empty() ? InvalidArgument("prefix must not be empty") : parsed.Check();
}

}  // namespace kvs::store::prefix

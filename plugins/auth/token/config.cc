// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::auth::token {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"tokens_file",
       &Config::tokens_file,
       "YAML file of tokens and what they grant",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"reload_period", &Config::reload_period, "How often the file is looked at; 0s: never"}};
  return kSchema;
}

}  // namespace kvs::auth::token

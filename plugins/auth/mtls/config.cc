// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::auth::mtls {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"grants_file",
       &Config::grants_file,
       "YAML file of what subjects and alternative names are granted",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"reload_period", &Config::reload_period, "How often the file is looked at; 0s: never"}};
  return kSchema;
}

}  // namespace kvs::auth::mtls

// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::auth::htpasswd {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"users_file",
       &Config::users_file,
       "Names and hashed passwords, as the command htpasswd writes them",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"grants_file",
       &Config::grants_file,
       "YAML file of what the names are granted",
       {.flags = KVS_CONFIG_REQUIRED}},
      {"reload_period", &Config::reload_period, "How often the files are looked at; 0s: never"},
      {"remember", &Config::remember,
       "How long a password that was right is not hashed again; hashing is slow on purpose"},
      {"max_checks",
       &Config::max_checks,
       "Passwords that are hashed at a time; more are told to come back",
       {.minimum = 1, .maximum = 1024}}};
  return kSchema;
}

}  // namespace kvs::auth::htpasswd

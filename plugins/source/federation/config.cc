// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::source::federation {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"enabled", &Config::enabled,
       "Whether reads of several tenants are answered; else they are refused"},
      {"wildcards", &Config::wildcards,
       "Whether a tenant such as team-* stands for every tenant whose name begins so"},
      {"max_tenants",
       &Config::max_tenants,
       "Most tenants of one read, after wildcards; 0: any number",
       {.minimum = 0, .maximum = 1e6}},
      {"max_concurrent",
       &Config::max_concurrent,
       "How many tenants are asked at the same time",
       {.minimum = 1, .maximum = 1024}}};
  return kSchema;
}

}  // namespace kvs::source::federation

// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::source::deletions {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"delete_api", &Config::delete_api,
       "Whether series can be deleted over HTTP; requests that are there count all the same"},
      {"prefix", &Config::prefix, "Path before /api/v1"},
      {"refresh_interval",
       &Config::refresh_interval,
       "How old a tenant's list of requests may be when others write them",
       {.minimum = 1}}};
  return kSchema;
}

}  // namespace kvs::source::deletions

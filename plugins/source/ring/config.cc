// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::source::ring {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"shard_size",
       &Config::shard_size,
       "Over how many instances the series of a tenant are spread, where the tenant has no "
       "ingestion_tenant_shard_size: what the writers say; 0: all",
       {.minimum = 0, .maximum = 1e6}},
      {"lookback", &Config::lookback,
       "How far back an instance may have been in the shard of a tenant and still has its data: "
       "what instances keep"},
      {"query_ingesters_within",
       &Config::query_ingesters_within,
       "Nobody is asked for what is older than this, where the tenant has no limit of that name: "
       "that much is in the bucket at the latest. 0: they are always asked",
       {.minimum = 0}},
      {"hedge_delay",
       &Config::hedge_delay,
       "When those who are asked have not answered after so long, somebody more is asked",
       {.minimum = 1, .maximum = 600'000}},
      {"prefer_zone", &Config::prefer_zone,
       "Zone that is asked first, such as one's own; empty: they take turns"},
  };
  return kSchema;
}

}  // namespace kvs::source::ring

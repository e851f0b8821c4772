// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::sink::replicate {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"remote_timeout",
       &Config::remote_timeout,
       "How long an instance may take for its part of a write",
       {.minimum = 1, .maximum = 600'000}},
      {"shard_size",
       &Config::shard_size,
       "Over how many instances the series of a tenant are spread, where the tenant has no "
       "ingestion_tenant_shard_size; 0: all",
       {.minimum = 0, .maximum = 1e6}},
      {"inflight_bytes_max",
       &Config::inflight_bytes_max,
       "Bytes that may be on the way to one instance; more counts as its failure",
       {.minimum = 1 << 16, .maximum = 1e12}},
      {"circuit_breaker.failures",
       &Config::circuit_breaker_failures,
       "After so many failures in a row an instance is not asked for a while; 0: it always is",
       {.minimum = 0, .maximum = 1e6}},
      {"circuit_breaker.cooldown",
       &Config::circuit_breaker_cooldown,
       "How long, until one write tries whether it is back",
       {.minimum = 1, .maximum = 3'600'000}},
  };
  return kSchema;
}

}  // namespace kvs::sink::replicate

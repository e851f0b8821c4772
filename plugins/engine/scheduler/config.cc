// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::engine::scheduler {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"addresses", &Config::addresses,
       "host:port of queriers, which the port dialer reaches; beside those of the port engines"},
      {"max_concurrent_per_querier",
       &Config::max_concurrent_per_querier,
       "Queries that one querier is given at once; others wait here, where tenants take turns",
       {.minimum = 1, .maximum = 1e6}},
      {"max_outstanding_requests_per_tenant",
       &Config::max_outstanding_requests_per_tenant,
       "Queries of one tenant that may wait; further ones are refused with 429",
       {.minimum = 0, .maximum = 1e6}},
      {"max_queriers_per_tenant",
       &Config::max_queriers_per_tenant,
       "Over so many queriers a tenant is spread, chosen by its name; 0: over all. The limit of "
       "the "
       "tenant of the same name comes first",
       {.minimum = 0, .maximum = 1e6}},
      {"max_attempts",
       &Config::max_attempts,
       "How often a query is tried, each time at another querier, if a querier fails that is not "
       "to "
       "blame",
       {.minimum = 1, .maximum = 100}},
      {"querier_pause",
       &Config::querier_pause,
       "How long a querier that cannot be reached is passed over while another one can",
       {.minimum = 1, .maximum = 3'600'000}},
  };
  return kSchema;
}

}  // namespace kvs::engine::scheduler

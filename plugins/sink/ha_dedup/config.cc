// SPDX-License-Identifier: Apache-2.0
#include "config.h"

namespace kvs::sink::ha_dedup {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"accept_ha_samples", &Config::accept_ha_samples,
       "Whether of several replicas that send the same series only one is "
       "taken"},
      {"cluster_labels", &Config::cluster_labels,
       "Label that names a group of replicas; the first one that a series has "
       "counts"},
      {"replica_labels", &Config::replica_labels,
       "Label that names a replica, which is taken out; the first one that a "
       "series has counts, "
       "eg: [\"__replica__\", \"prometheus_replica\"]"},
      {"ha_max_clusters",
       &Config::ha_max_clusters,
       "Most groups of a tenant; 0: any number",
       {.minimum = 0, .maximum = 1e6}},
      {"update_timeout", &Config::update_timeout,
       "How old the sign of life of the elected replica in the kv store may "
       "get"},
      {"update_timeout_jitter_max", &Config::update_timeout_jitter_max,
       "At most so much longer, so that not all are refreshed at once"},
      {"failover_timeout", &Config::failover_timeout,
       "Another replica is elected when the elected one was not heard of for "
       "so long"},
      {"failover_sample_timeout", &Config::failover_sample_timeout,
       "And only if the other one's samples are so much newer than that; 0s: "
       "whatever their time"},
      {"forget_after", &Config::forget_after,
       "A group of which nothing was heard for so long is forgotten"},
      {"kv_prefix", &Config::kv_prefix, "How keys begin in the kv store"},
      {"known_series_max",
       &Config::known_series_max,
       "Series whose replica is remembered, 8 bytes each",
       {.minimum = 1024, .maximum = 1e9}}};
  return kSchema;
}

Status Config::Validate() const {
  if (cluster_labels.empty() || replica_labels.empty())
    return InvalidArgument("cluster_labels and replica_labels name at least one label each");
  if (failover_timeout.ms <= update_timeout.ms + update_timeout_jitter_max.ms) {
    return InvalidArgument(
        "failover_timeout is not longer than update_timeout "
        "and update_timeout_jitter_max together: "
        "a replica that is alive would be taken for dead");
  }
  if (forget_after.ms < failover_timeout.ms)
    return InvalidArgument("forget_after is shorter than failover_timeout");
  return OkStatus();
}

}  // namespace kvs::sink::ha_dedup

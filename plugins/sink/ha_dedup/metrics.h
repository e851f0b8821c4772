// SPDX-License-Identifier: Apache-2.0
// Every metric of sink.ha_dedup. The names are Mimir's.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::ha_dedup {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : deduped(m.CounterFamily("cortex_distributor_deduped_samples_total",
                                "The total number of deduplicated samples.", {"user", "cluster"})),
        non_ha(m.CounterFamily("cortex_distributor_non_ha_samples_received_total",
                               "The total number of received samples for a user that has HA "
                               "tracking turned on, but the sample didn't contain both HA labels.",
                               {"user"})),
        discarded(m.CounterFamily("cortex_discarded_samples_total", "Samples refused, by reason",
                                  {"reason", "user"})),
        changes(m.CounterFamily("cortex_ha_tracker_elected_replica_changes_total",
                                "The total number of times the elected replica has "
                                "changed for a user ID/cluster.",
                                {"user", "cluster"})),
        elected_seconds(m.GaugeFamily("cortex_ha_tracker_elected_replica_timestamp_seconds",
                                      "The timestamp stored for the currently elected "
                                      "replica, from the KVStore.",
                                      {"user", "cluster"})),
        writes(m.CounterFamily("cortex_ha_tracker_kv_store_cas_total",
                               "The total number of CAS calls to the KV store for a user "
                               "ID/cluster.",
                               {"user", "cluster"})),
        propagation(m.HistogramFamily("cortex_ha_tracker_elected_replica_"
                                      "change_propagation_time_seconds",
                                      "The time it for the distributor to "
                                      "update the replica change.",
                                      {}, {.01, .05, .1, .5, 1, 5, 15, 60})
                        .With({})) {}

  sdk::Family deduped;
  sdk::Family non_ha;
  sdk::Family discarded;
  sdk::Family changes;
  sdk::Family elected_seconds;
  sdk::Family writes;
  sdk::Cell propagation;
};

}  // namespace kvs::sink::ha_dedup

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::ring::kv {

/// Under Mimir's names.
struct Metrics {
  explicit Metrics(const sdk::Metrics& registry)
      : members(registry.GaugeFamily(
            "cortex_ring_members",
            "Members of the ring by state; those that are not heard of are Unhealthy.",
            {"name", "state"})),
        tokens(registry.GaugeFamily("cortex_ring_tokens_total",
                                    "Tokens of all members of the ring.", {"name"})),
        heartbeats(registry.CounterFamily("cortex_member_ring_heartbeats_total",
                                          "Heartbeats of this member that the kv store has taken.",
                                          {"name"})),
        failures(registry.CounterFamily("cortex_ring_kv_failures_total",
                                        "Requests of the ring to the kv store that failed.",
                                        {"name"})) {}

  sdk::Family members, tokens, heartbeats, failures;
};

}  // namespace kvs::ring::kv

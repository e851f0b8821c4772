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
        member_tokens(registry.GaugeFamily("cortex_ring_tokens_owned",
                                           "Tokens of a member of the ring.", {"name", "member"})),
        own_tokens(registry.GaugeFamily("cortex_member_ring_tokens_owned",
                                        "Tokens of this member of the ring.", {"name"})),
        oldest(registry.GaugeFamily(
            "cortex_ring_oldest_member_timestamp",
            "Unix seconds of the last heartbeat of the member of a state that is silent for "
            "longest; 0: there is none.",
            {"name", "state"})),
        heartbeats(registry.CounterFamily("cortex_member_ring_heartbeats_total",
                                          "Heartbeats of this member that the kv store has taken.",
                                          {"name"})),
        failures(registry.CounterFamily("cortex_ring_kv_failures_total",
                                        "Requests of the ring to the kv store that failed.",
                                        {"name"})) {}

  sdk::Family members, tokens, member_tokens, own_tokens, oldest, heartbeats, failures;
};

}  // namespace kvs::ring::kv

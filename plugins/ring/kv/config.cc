// SPDX-License-Identifier: Apache-2.0
#include "config.h"

#include "kvs/ring/token_table.h"

namespace kvs::ring::kv {

const sdk::Schema<Config>& Config::Schema() {
  static const sdk::Schema<Config> kSchema{
      {"name", &Config::name, "Of the ring: what its members are, as in /ingester/ring"},
      {"kv_prefix", &Config::kv_prefix, "How keys of rings begin in the kv store"},
      {"replication_factor",
       &Config::replication_factor,
       "How many instances have each series",
       {.minimum = 1, .maximum = TokenTable::kReplicationMax}},
      {"zone_awareness_enabled", &Config::zone_awareness_enabled,
       "Whether those are of different zones"},
      {"heartbeat_period",
       &Config::heartbeat_period,
       "How often a member says that it is alive",
       {.minimum = 100, .maximum = 3'600'000}},
      {"heartbeat_timeout",
       &Config::heartbeat_timeout,
       "A member that was not heard of for so long is not healthy",
       {.minimum = 100, .maximum = 86'400'000}},
      {"auto_forget_unhealthy_periods",
       &Config::auto_forget_unhealthy_periods,
       "A member that was not heard of for so many times the timeout is forgotten; 0: never",
       {.minimum = 0, .maximum = 1e6}},
      {"join", &Config::join, "Whether this process is a member, and not only looks at the ring"},
      {"instance_id", &Config::instance_id,
       "Its name, from which its tokens follow; empty: the host's name"},
      {"instance_addr", &Config::instance_addr,
       "host:port where others reach it; of a member required"},
      {"instance_availability_zone", &Config::instance_availability_zone, "Its zone"},
      {"num_tokens",
       &Config::num_tokens,
       "How many parts of the ring it takes; twice as many, twice the series",
       {.minimum = 1, .maximum = 65'536}},
      {"observe_period", &Config::observe_period,
       "How long it is read before it is written to, so that every reader knows of it by then"},
      {"final_sleep", &Config::final_sleep,
       "How long it goes on answering reads when it has handed over what it has, before it leaves "
       "the ring"},
      {"unregister_on_shutdown", &Config::unregister_on_shutdown,
       "Whether it leaves the ring also when it keeps data that comes back with it"},
  };
  return kSchema;
}

Status Config::Validate() const {
  if (name.empty() || name.find('/') != std::string::npos)
    return InvalidArgument("name: \"", name, "\" is empty or has a slash");
  if (heartbeat_timeout.ms <= heartbeat_period.ms)
    return InvalidArgument(
        "heartbeat_timeout must be longer than heartbeat_period, or members are never healthy");
  if (join && instance_addr.rfind(':') == std::string::npos)
    return InvalidArgument("instance_addr: \"", instance_addr,
                           "\" has no port (write host:port): a member must be reachable");
  if (instance_id.find('/') != std::string::npos)
    return InvalidArgument("instance_id must not have a slash");
  if (join && zone_awareness_enabled && instance_availability_zone.empty())
    return InvalidArgument(
        "instance_availability_zone is empty, and zone_awareness_enabled is set");
  return OkStatus();
}

}  // namespace kvs::ring::kv

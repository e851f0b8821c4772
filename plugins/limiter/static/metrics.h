// SPDX-License-Identifier: Apache-2.0
// Every metric of limiter.static. The cortex_ names are Mimir's.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::limiter::static_limits {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : reload_ok(m.Gauge("cortex_runtime_config_last_reload_successful",
                          "Whether the last runtime-config reload attempt was successful.")),
        reload_failures(m.Counter("kvs_limiter_static_reload_failures_total",
                                  "Times the overrides file could not be used.")),
        config_hash(m.GaugeFamily("cortex_runtime_config_hash",
                                  "Hash of the currently active runtime configuration.",
                                  {"sha256"})),
        defaults(m.GaugeFamily("cortex_limits_defaults", "Resource limit defaults for tenants.",
                               {"limit_name"})),
        overrides(m.GaugeFamily("cortex_limits_overrides",
                                "Resource limit overrides applied to tenants.",
                                {"limit_name", "user"})),
        refused(m.CounterFamily("kvs_limiter_static_refused_total",
                                "Takes refused, by rate and tenant.", {"limit", "user"})) {}

  sdk::Cell reload_ok;
  sdk::Cell reload_failures;
  sdk::Family config_hash;
  sdk::Family defaults;
  sdk::Family overrides;
  sdk::Family refused;
};

}  // namespace kvs::limiter::static_limits

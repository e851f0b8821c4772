// SPDX-License-Identifier: Apache-2.0
// Every metric of auth.htpasswd. Beside them, kvs_reload_successful tells about its files.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::auth::htpasswd {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : wrong(registry.Counter("kvs_auth_htpasswd_wrong_total",
                               "Names or passwords that were wrong.")),
        checks(registry.Counter("kvs_auth_htpasswd_checks_total", "Passwords that were hashed.")),
        busy(registry.Counter(
            "kvs_auth_htpasswd_busy_total",
            "Requests turned away because too many passwords were being hashed.")) {}

  sdk::Cell wrong;   ///< kvs_auth_htpasswd_wrong_total
  sdk::Cell checks;  ///< kvs_auth_htpasswd_checks_total
  sdk::Cell busy;    ///< kvs_auth_htpasswd_busy_total
};

}  // namespace kvs::auth::htpasswd

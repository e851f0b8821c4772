// SPDX-License-Identifier: Apache-2.0
// Every metric of auth.mtls. Beside them, kvs_reload_successful tells about its file.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::auth::mtls {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : unknown(registry.Counter("kvs_auth_mtls_unknown_total",
                                 "Verified certificates that nothing is granted to.")) {}

  sdk::Cell unknown;  ///< kvs_auth_mtls_unknown_total
};

}  // namespace kvs::auth::mtls

// SPDX-License-Identifier: Apache-2.0
// Every metric of auth.token. Beside them, kvs_reload_successful tells about its file.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::auth::token {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : unknown(
            registry.Counter("kvs_auth_token_unknown_total", "Bearer tokens that nobody has.")) {}

  sdk::Cell unknown;  ///< kvs_auth_token_unknown_total
};

}  // namespace kvs::auth::token

// SPDX-License-Identifier: Apache-2.0
// Every metric of auth.jwt. Beside them, kvs_reload_successful tells about its files.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::auth::jwt {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : refused(registry.CounterFamily("kvs_auth_jwt_refused_total",
                                       "Tokens that were refused, by what is wrong with them.",
                                       {"reason"})),
        fetches(registry.CounterFamily("kvs_auth_jwt_key_fetches_total",
                                       "Attempts to fetch the keys, by how they ended.",
                                       {"result"})),
        keys(registry.Gauge("kvs_auth_jwt_keys", "Keys that tokens may be signed with.")) {}

  sdk::Family refused;  ///< kvs_auth_jwt_refused_total{reason}
  sdk::Family fetches;  ///< kvs_auth_jwt_key_fetches_total{result}
  sdk::Cell keys;       ///< kvs_auth_jwt_keys
};

}  // namespace kvs::auth::jwt

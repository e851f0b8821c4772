// SPDX-License-Identifier: Apache-2.0
// Every metric of source.federation. The names are Mimir's.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::source::federation {

struct Metrics {
  explicit Metrics(const sdk::Metrics& m)
      : tenants(m.HistogramFamily("cortex_querier_federation_tenants_queried",
                                  "Number of tenants queried for a single standard query.", {},
                                  {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024})
                    .With({})) {}

  sdk::Cell tenants;
};

}  // namespace kvs::source::federation

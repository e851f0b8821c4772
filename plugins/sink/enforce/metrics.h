// SPDX-License-Identifier: Apache-2.0
// Every metric of sink.enforce.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::sink::enforce {

struct Metrics {
  Metrics() = default;
  explicit Metrics(const sdk::Metrics& registry)
      : discarded_samples(registry.CounterFamily("cortex_discarded_samples_total",
                                                 "The total number of samples that were discarded.",
                                                 {"reason", "user"})) {}

  sdk::Family discarded_samples;  ///< cortex_discarded_samples_total{reason="label_policy", user}
};

}  // namespace kvs::sink::enforce

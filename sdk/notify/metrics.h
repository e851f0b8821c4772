// SPDX-License-Identifier: Apache-2.0
// Every metric of a notifier.
#pragma once

#include "kvs/sdk/host.h"

namespace kvs::notify {

struct Metrics {
  explicit Metrics(const sdk::Metrics& registry)
      : requests(registry.CounterFamily("kvs_notifier_requests_total",
                                        "Attempts to tell a receiver, by how they ended.",
                                        {"integration", "outcome"})) {}

  sdk::Family requests;  ///< kvs_notifier_requests_total{integration,outcome}
};

}  // namespace kvs::notify

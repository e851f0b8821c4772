// SPDX-License-Identifier: Apache-2.0
// Every metric of the plugin.
#pragma once

#include <array>

#include "kvs/sdk/host.h"

namespace kvs::store::retry {

enum Operation : size_t { kStat, kGet, kPut, kList, kRemove, kOperations };
inline constexpr std::array<const char*, kOperations> kOperationNames = {"stat", "get", "put",
                                                                         "list", "remove"};

struct Metrics {
  explicit Metrics(const sdk::Metrics& metrics) {
    const sdk::Family again = metrics.CounterFamily("kvs_store_retry_retries_total",
                                                    "Attempts after the first", {"operation"});
    const sdk::Family failed = metrics.CounterFamily(
        "kvs_store_retry_given_up_total",
        "Calls that failed in a way that may pass, and were not made again", {"operation"});
    for (size_t i = 0; i < kOperations; ++i) {
      retries[i] = again.With({kOperationNames[i]});
      given_up[i] = failed.With({kOperationNames[i]});
    }
  }
  std::array<sdk::Cell, kOperations> retries, given_up;
};

}  // namespace kvs::store::retry

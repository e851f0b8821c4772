// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::kv::etcd {

/// Under Mimir's name: by it, its alert sees a store that answers nobody.
class Metrics {
 public:
  explicit Metrics(const sdk::Host& host)
      : component_(host.component()),
        requests_(host.metrics().HistogramFamily(
            "cortex_kv_request_duration_seconds",
            "Time of requests to the key-value store, over all servers that were tried",
            {"kv_name", "operation", "status_code", "type"},
            {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})) {}

  /// `operation`: "GET", "List" or "CAS", of which one whose comparison fails is none that fails.
  void Requested(std::string_view operation, const Status& status, double seconds) const {
    const std::string_view code = status.ok()                               ? "200"
                                  : status.code() == StatusCode::kCancelled ? "cancel"
                                                                            : "500";
    requests_.With({component_, operation, code, "etcd"}).Observe(seconds);
  }

 private:
  const std::string component_;
  const sdk::Family requests_;
};

}  // namespace kvs::kv::etcd

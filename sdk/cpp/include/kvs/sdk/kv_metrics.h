// SPDX-License-Identifier: Apache-2.0
// KvMetrics: how long requests to a key-value store take, under Mimir's name: by it, its alert sees
// a store that answers nobody.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"

namespace kvs::sdk {

/// cortex_kv_request_duration_seconds of one component, which is its `kv_name`. [any]
class KvMetrics {
 public:
  static constexpr std::string_view kGet = "GET", kList = "List", kWrite = "CAS";

  /// `type`: what keeps the keys, eg: "etcd".
  KvMetrics(const Host& host, std::string_view type)
      : component_(host.component()),
        type_(type),
        clock_(host.clock()),
        requests_(host.metrics().HistogramFamily(
            "cortex_kv_request_duration_seconds",
            "Time of requests to the key-value store, over all servers that were tried",
            {"kv_name", "operation", "status_code", "type"},
            {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10})) {}

  /// `operation`: one of the above. A write whose comparison fails is none that fails: the store
  /// did what it was asked to.
  void Requested(std::string_view operation, const Status& status, double seconds) const {
    std::string_view code = "500";
    if (status.ok() || status.code() == StatusCode::kAborted) code = "200";
    if (status.code() == StatusCode::kCancelled) code = "cancel";
    requests_.With({component_, operation, code, type_}).Observe(seconds);
  }
  /// Runs a request that ends within the call, and tells how long it took.
  template <typename Request>
  Status Timed(std::string_view operation, Request&& request) const {
    const int64_t begin_ns = clock_.MonotonicNs();
    Status status = std::forward<Request>(request)();
    Requested(operation, status, static_cast<double>(clock_.MonotonicNs() - begin_ns) / 1e9);
    return status;
  }

 private:
  const std::string component_, type_;
  const Clock clock_;
  const Family requests_;
};

}  // namespace kvs::sdk

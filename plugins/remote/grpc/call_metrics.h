// SPDX-License-Identifier: Apache-2.0
// CallMetrics: how long calls over gRPC take, counted as Mimir's servers count theirs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/request_metrics.h"

namespace kvs::remote::grpc {

/// Of one server. [any]
class CallMetrics {
 public:
  /// `service`: the service of Mimir whose names calls go by, eg: "cortex.Ingester"; empty: they go by the port's.
  CallMetrics(const sdk::Host& host, std::string service);

  /// "/cortex.Ingester/Push" for `write` of a sink; "/kvs.series_sink/1/write" where nobody said whose names to use, and for
  /// what Mimir has no name for.
  std::string RouteOf(std::string_view interface, std::string_view method) const;

  /// A call under way, until it is destroyed.
  class Timer {
   public:
    Timer(const CallMetrics& metrics, std::string_view interface, std::string_view method);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// How it ended; without it the caller has gone.
    void Ended(StatusCode code) {
      code_ = code;
    }

   private:
    const CallMetrics& metrics_;
    const std::string route_;
    const int64_t begin_ns_;
    StatusCode code_ = StatusCode::kCancelled;
  };

 private:
  const sdk::Clock clock_;
  const std::string service_;
  const sdk::RequestMetrics requests_;
};

}  // namespace kvs::remote::grpc

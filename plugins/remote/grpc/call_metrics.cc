// SPDX-License-Identifier: Apache-2.0
#include "call_metrics.h"

#include <utility>

#include "kvs/abi/port/series_sink.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/base/str_cat.h"
#include "kvs/http/status_code.h"

namespace kvs::remote::grpc {
namespace {

constexpr std::string_view kMethod = "gRPC";

struct Name {
  std::string_view interface, method, mimirs;
};
// reference: pkg/ingester/client/ingester.proto, pkg/storegateway/storegatewaypb/gateway.proto.
constexpr Name kNames[] = {
    {KVS_SERIES_SINK_V1, "write", "Push"},
    {KVS_SERIES_SINK_V1, "write_known", "Push"},
    {KVS_SERIES_SOURCE_V1, "select", "QueryStream"},
    {KVS_SERIES_SOURCE_V1, "label_names", "LabelNames"},
    {KVS_SERIES_SOURCE_V1, "label_values", "LabelValues"},
    {KVS_SERIES_SOURCE_V1, "metadata", "MetricsMetadata"},
    {KVS_SERIES_SOURCE_V1, "exemplars", "QueryExemplars"},
};
constexpr std::string_view kStoreGateway = "gatewaypb.StoreGateway";

}  // namespace

CallMetrics::CallMetrics(const sdk::Host& host, std::string service)
    : clock_(host.clock()), service_(std::move(service)), requests_(host.metrics()) {}

std::string CallMetrics::RouteOf(std::string_view interface, std::string_view method) const {
  if (!service_.empty()) {
    for (const Name& name : kNames) {
      if (name.interface != interface || name.method != method) continue;
      const bool is_series = service_ == kStoreGateway && method == "select";
      return StrCat("/", service_, "/", is_series ? "Series" : name.mimirs);
    }
  }
  return StrCat("/", interface, "/", method);
}

CallMetrics::Timer::Timer(const CallMetrics& metrics, std::string_view interface, std::string_view method)
    : metrics_(metrics), route_(metrics.RouteOf(interface, method)), begin_ns_(metrics.clock_.MonotonicNs()) {
  metrics_.requests_.inflight.With({kMethod, route_}).Add();
}

CallMetrics::Timer::~Timer() {
  metrics_.requests_.inflight.With({kMethod, route_}).Add(-1);
  // As Mimir: words where HTTP has no code, and the code where it has.
  std::string status;
  switch (code_) {
    case StatusCode::kOk:
      status = "success";
      break;
    case StatusCode::kCancelled:
      status = "cancel";
      break;
    default:
      status = StrCat(http::HttpCode(code_));
  }
  metrics_.requests_.duration.With({kMethod, route_, status, "false", route_})
      .Observe(static_cast<double>(metrics_.clock_.MonotonicNs() - begin_ns_) / 1e9);
}

}  // namespace kvs::remote::grpc

// SPDX-License-Identifier: Apache-2.0
// Under which names calls go, and how they end.
#include "call_metrics.h"

#include <optional>

#include <gtest/gtest.h>

#include "kvs/abi/port/object_store.h"
#include "kvs/abi/port/series_sink.h"
#include "kvs/abi/port/series_source.h"
#include "kvs/testkit/test_host.h"

namespace kvs::remote::grpc {
namespace {

class CallMetricsTest : public ::testing::Test {
 protected:
  // So many calls have ended with this word.
  double Ended(const char* route, const char* status) {
    return host_.metrics().Value("cortex_request_duration_seconds", {{"method", "gRPC"},
                                                                     {"route", route},
                                                                     {"status_code", status},
                                                                     {"ws", "false"},
                                                                     {"route_path", route}});
  }
  double Inflight(const char* route) {
    return host_.metrics().Value("cortex_inflight_requests", {{"method", "gRPC"}, {"route", route}});
  }
  testkit::TestHost host_{{.manual_clock = true}};
};

TEST_F(CallMetricsTest, CallsGoByTheNamesOfTheServiceThatWasSaid) {
  const CallMetrics ingester(host_.host(), "cortex.Ingester"), gateway(host_.host(), "gatewaypb.StoreGateway"), plain(host_.host(), "");
  EXPECT_EQ(ingester.RouteOf(KVS_SERIES_SINK_V1, "write"), "/cortex.Ingester/Push");
  EXPECT_EQ(ingester.RouteOf(KVS_SERIES_SINK_V1, "write_known"), "/cortex.Ingester/Push") << "a write all the same";
  EXPECT_EQ(ingester.RouteOf(KVS_SERIES_SOURCE_V1, "select"), "/cortex.Ingester/QueryStream");
  EXPECT_EQ(gateway.RouteOf(KVS_SERIES_SOURCE_V1, "select"), "/gatewaypb.StoreGateway/Series");
  EXPECT_EQ(gateway.RouteOf(KVS_SERIES_SOURCE_V1, "label_values"), "/gatewaypb.StoreGateway/LabelValues");
  EXPECT_EQ(ingester.RouteOf(KVS_OBJECT_STORE_V1, "get"), "/kvs.object_store/1/get") << "Mimir has no such call";
  EXPECT_EQ(plain.RouteOf(KVS_SERIES_SINK_V1, "write"), "/kvs.series_sink/1/write");
}

TEST_F(CallMetricsTest, TheEndOfACallIsToldInMimirsWords) {
  const CallMetrics metrics(host_.host(), "cortex.Ingester");
  constexpr const char* kPush = "/cortex.Ingester/Push";
  const auto call = [&](std::optional<StatusCode> code) {
    CallMetrics::Timer timer(metrics, KVS_SERIES_SINK_V1, "write");
    EXPECT_EQ(Inflight(kPush), 1);
    if (code) timer.Ended(*code);
  };
  call(StatusCode::kOk);
  call(StatusCode::kUnavailable);
  call(StatusCode::kResourceExhausted);
  call(std::nullopt);
  EXPECT_EQ(Ended(kPush, "success"), 1);
  EXPECT_EQ(Ended(kPush, "503"), 1);
  EXPECT_EQ(Ended(kPush, "429"), 1);
  EXPECT_EQ(Ended(kPush, "cancel"), 1) << "the caller has gone";
  EXPECT_EQ(Inflight(kPush), 0);
}

}  // namespace
}  // namespace kvs::remote::grpc

// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/push_limits.h"

#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

namespace kvs::sdk {
namespace {

constexpr int64_t kOneSecond = 1'000'000'000;

PushSettings Settings(int64_t requests, int64_t bytes, int64_t rate) {
  PushSettings settings;
  settings.max_inflight_push_requests = requests;
  settings.max_inflight_push_requests_bytes.bytes = bytes;
  settings.max_ingestion_rate = rate;
  return settings;
}

TEST(PushLimitsTest, SoManyAtATime) {
  const testkit::TestHost host;
  PushLimits limits(host.host().metrics(), Settings(2, 0, 0));
  EXPECT_TRUE(limits.Enter(5, kOneSecond).ok());
  EXPECT_TRUE(limits.Enter(5, kOneSecond).ok());

  const Status refused = limits.Enter(5, kOneSecond);

  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.message(),
            "the write request has been rejected because the distributor exceeded the allowed "
            "number of inflight push requests (err-mimir-distributor-max-inflight-push-requests). "
            "To adjust the related limit, configure "
            "-distributor.instance-limits.max-inflight-push-requests, or contact your service "
            "administrator.");
  EXPECT_EQ(host.metrics().Value("cortex_distributor_instance_rejected_requests_total",
                                 {{"reason", "distributor_max_inflight_push_requests"}}),
            1);
  EXPECT_EQ(host.metrics().Value("cortex_distributor_inflight_push_requests"), 3);
  EXPECT_EQ(host.metrics().Value("cortex_distributor_instance_limits",
                                 {{"limit", "max_inflight_push_requests"}}),
            2);
  limits.Leave(5);
  limits.Leave(5);
  EXPECT_TRUE(limits.Enter(5, kOneSecond).ok());
}

TEST(PushLimitsTest, SoManyBytesAtATime) {
  const testkit::TestHost host;
  PushLimits limits(host.host().metrics(), Settings(0, 100, 0));
  EXPECT_TRUE(limits.Enter(60, kOneSecond).ok());
  EXPECT_EQ(limits.Enter(60, kOneSecond).reason(),
            "err-mimir-distributor-max-inflight-push-requests-bytes");
  limits.Leave(60);
  EXPECT_TRUE(limits.Enter(40, kOneSecond).ok());
}

TEST(PushLimitsTest, SoManySamplesASecond) {
  const testkit::TestHost host;
  PushLimits limits(host.host().metrics(), Settings(0, 0, 10));
  EXPECT_TRUE(limits.Enter(1, kOneSecond).ok());
  limits.NoteSamples(20, kOneSecond);
  EXPECT_EQ(limits.Enter(1, 2 * kOneSecond).reason(), "err-mimir-distributor-max-ingestion-rate");
  EXPECT_TRUE(limits.Enter(1, 60 * kOneSecond).ok());
}

}  // namespace
}  // namespace kvs::sdk

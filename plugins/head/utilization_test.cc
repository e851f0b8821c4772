// SPDX-License-Identifier: Apache-2.0
// What counts as busy, on a clock and a usage that only the test moves.
#include "utilization.h"

#include <gtest/gtest.h>

#include "kvs/testkit/test_host.h"

namespace kvs::head {
namespace {

class UtilizationTest : public ::testing::Test {
 protected:
  void Begin() {
    utilization_ = std::make_unique<Utilization>(config_, host_.host(), [this] { return usage_; });
    utilization_->Start();
  }
  // So many processors are busy for so long.
  void Run(double cpu, int seconds) {
    for (int i = 0; i < seconds; ++i) {
      usage_.cpu_seconds += cpu;
      host_.Advance(1'000);
    }
  }
  double Refused(const char* reason) {
    return host_.metrics().Value("cortex_ingester_utilization_limited_read_requests_total",
                                 {{"reason", reason}});
  }

  Config config_;
  Usage usage_;
  testkit::TestHost host_{{.manual_clock = true}};
  std::unique_ptr<Utilization> utilization_;
};

TEST_F(UtilizationTest, ReadsAreRefusedWhileTheProcessIsBusyForLong) {
  config_.read_path_cpu_utilization_limit = 1.5;
  Begin();
  Run(4, 59);
  EXPECT_TRUE(utilization_->MayRead().ok()) << "a start is busy";
  Run(4, 2);

  const Status refused = utilization_->MayRead();

  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(refused.retryable());
  EXPECT_EQ(refused.message(),
            "the ingester is currently too busy to process queries, try again later");
  EXPECT_EQ(Refused("cpu"), 1);
  EXPECT_GT(host_.metrics().Value("cortex_ingester_utilization_limiter_current_cpu_load"), 1.5);
  Run(0, 60);
  EXPECT_TRUE(utilization_->MayRead().ok());
}

TEST_F(UtilizationTest, ReadsAreRefusedWhileMemoryIsShort) {
  config_.read_path_memory_utilization_limit.bytes = 1'000;
  usage_.resident_bytes = 1'000;
  Begin();
  EXPECT_FALSE(utilization_->MayRead().ok());
  EXPECT_EQ(Refused("memory"), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_utilization_limiter_current_memory_usage_bytes"),
            1'000);
  usage_.resident_bytes = 999;
  Run(8, 1);
  EXPECT_TRUE(utilization_->MayRead().ok());
}

TEST_F(UtilizationTest, WithoutALimitNobodyLooks) {
  usage_.resident_bytes = 1 << 30;
  Begin();
  Run(64, 120);
  EXPECT_TRUE(utilization_->MayRead().ok());
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_utilization_limiter_current_cpu_load"), 0);
}

TEST(UsageTest, OfThisProcess) {
  const Usage usage = UsageOfThisProcess();
  EXPECT_GT(usage.cpu_seconds, 0);
  EXPECT_GT(usage.resident_bytes, 1'000'000u);
}

}  // namespace
}  // namespace kvs::head

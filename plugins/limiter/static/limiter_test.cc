// SPDX-License-Identifier: Apache-2.0
// Limits as a tenant sees them, rates on a clock that only the test moves, and reloading with good
// and broken files.
#include "limiter.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_ring.h"
#include "kvs/testkit/test_host.h"

namespace kvs::limiter::static_limits {
namespace {

using ::testing::HasSubstr;

class StaticLimiterTest : public ::testing::Test {
 protected:
  StaticLimiterTest() {
    char folder[] = "/tmp/kvs_limits_XXXXXX";
    folder_ = mkdtemp(folder);
    file_ = folder_ + "/runtime.yaml";
  }
  ~StaticLimiterTest() override {
    StopLimiter();
    std::remove(file_.c_str());
    std::remove(folder_.c_str());
  }
  void WriteFile(std::string_view text) { std::ofstream(file_, std::ios::trunc) << text; }
  Status StartLimiter(sdk::RingRef ring = {}) {
    limiter_ = std::make_unique<StaticLimiter>(host_.host(), config_);
    limiter_->ring = ring;
    sdk::Completer unused(nullptr, nullptr);
    return limiter_->Start(sdk::OwnedCall(""), unused).status();
  }
  void StopLimiter() {
    if (limiter_ == nullptr) return;
    sdk::Completer unused(nullptr, nullptr);
    (void)limiter_->Stop(sdk::OwnedCall(""), unused);
    limiter_.reset();
  }
  sdk::LimiterRef ref() { return sdk::LimiterRef(sdk::IfaceOf<sdk::Limiter>(limiter_.get())); }
  double Limit(std::string_view tenant, std::string_view name) {
    const kvs_str_t names[] = {sdk::Str(name)};
    auto in = sdk::Record<kvs_limit_names_t>();
    in.names = names;
    in.n_names = 1;
    double value = -1;
    auto out = sdk::Record<kvs_limit_values_t>();
    out.values = &value;
    EXPECT_TRUE(sdk::Await(ref().limits(), sdk::OwnedCall(tenant), &in, &out).ok());
    EXPECT_EQ(out.epoch, limiter_->Epoch());
    return value;
  }
  Status Take(std::string_view tenant, std::string_view name, double amount) {
    auto in = sdk::Record<kvs_limit_take_t>();
    in.name = sdk::Str(name);
    in.amount = amount;
    return sdk::Await(ref().take(), sdk::OwnedCall(tenant), &in, nullptr);
  }

  testkit::TestHost host_{{.manual_clock = true}};
  std::string folder_, file_;
  Config config_;
  std::unique_ptr<StaticLimiter> limiter_;
};

TEST_F(StaticLimiterTest, DefaultsThenConfigurationThenOverrides) {
  WriteFile("overrides: {a: {max_label_names_per_series: 100}}");
  config_.overrides_file = file_;
  config_.limits["max_label_names_per_series"] = "50";
  ASSERT_TRUE(StartLimiter().ok());

  EXPECT_EQ(Limit("a", "max_label_names_per_series"), 100);
  EXPECT_EQ(Limit("b", "max_label_names_per_series"), 50);
  EXPECT_EQ(Limit("b", "max_label_name_length"), 1024);
  EXPECT_EQ(Limit("b", "creation_grace_period"), 600'000);
  EXPECT_TRUE(std::isnan(Limit("b", "nobody_knows_this")));
}

TEST_F(StaticLimiterTest, RatesRefillAndKeepTenantsApart) {
  config_.limits["ingestion_rate"] = "10";
  config_.limits["ingestion_burst_size"] = "20";
  ASSERT_TRUE(StartLimiter().ok());

  EXPECT_TRUE(Take("a", "ingestion_rate", 20).ok());
  const Status refused = Take("a", "ingestion_rate", 5);
  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.retry_after_ms(), 500u);
  EXPECT_EQ(refused.reason(), "err-mimir-tenant-max-ingestion-rate");
  EXPECT_THAT(refused.message(), HasSubstr("(err-mimir-tenant-max-ingestion-rate)"));
  EXPECT_TRUE(Take("b", "ingestion_rate", 20).ok());
  host_.Advance(500);
  EXPECT_TRUE(Take("a", "ingestion_rate", 5).ok());
  EXPECT_EQ(host_.metrics().Value("kvs_limiter_static_refused_total",
                                  {{"limit", "ingestion_rate"}, {"user", "a"}}),
            1);
}

TEST_F(StaticLimiterTest, MembersOfARingShareARateAndNotABurst) {
  config_.limits["ingestion_rate"] = "300";
  testkit::FakeRing ring;
  for (const char* id : {"a", "b", "c"}) ring.Add(id, std::string(id) + ":1");
  ASSERT_TRUE(StartLimiter(ring.ref()).ok());
  host_.Advance(1'000);

  EXPECT_TRUE(Take("t", "ingestion_rate", 300).ok()) << "a whole second's worth at once";
  host_.Advance(1'000);
  EXPECT_FALSE(Take("t", "ingestion_rate", 101).ok());
  EXPECT_TRUE(Take("t", "ingestion_rate", 100).ok());

  ring.SetHealthy("b", false);
  ring.SetState("c", KVS_RING_LEAVING);
  host_.Advance(1'000);
  host_.Advance(900);
  EXPECT_TRUE(Take("t", "ingestion_rate", 270).ok()) << "alone, all of it is ours";
}

TEST_F(StaticLimiterTest, WhatIsNotLimitedAlwaysSucceeds) {
  ASSERT_TRUE(StartLimiter().ok());

  EXPECT_TRUE(Take("a", "ingestion_rate", 1e12).ok());
  EXPECT_TRUE(Take("a", "nobody_knows_this", 1e12).ok());
}

TEST_F(StaticLimiterTest, ABurstFactorReplacesTheBurst) {
  config_.limits["ingestion_rate"] = "10";
  config_.limits["ingestion_burst_size"] = "10";
  config_.limits["ingestion_burst_factor"] = "3";
  ASSERT_TRUE(StartLimiter().ok());

  EXPECT_TRUE(Take("a", "ingestion_rate", 30).ok());
}

TEST_F(StaticLimiterTest, MoreThanTheBurstIsRefusedWithoutAHopefulWait) {
  config_.limits["request_rate"] = "2";
  ASSERT_TRUE(StartLimiter().ok());

  EXPECT_EQ(Take("a", "request_rate", 3).retry_after_ms(), 0u);
  EXPECT_EQ(Take("a", "request_rate", 3).reason(), "err-mimir-tenant-max-request-rate");
}

TEST_F(StaticLimiterTest, AChangedFileIsReadAndMovesTheEpoch) {
  WriteFile("overrides: {a: {ingestion_rate: 5}}");
  config_.overrides_file = file_;
  ASSERT_TRUE(StartLimiter().ok());
  const uint64_t before = limiter_->Epoch();

  host_.Advance(20'000);
  EXPECT_EQ(limiter_->Epoch(), before);
  WriteFile("overrides: {a: {ingestion_rate: 6}}");
  host_.Advance(10'000);

  EXPECT_NE(limiter_->Epoch(), before);
  EXPECT_EQ(Limit("a", "ingestion_rate"), 6);
}

TEST_F(StaticLimiterTest, ABrokenFileKeepsTheLimitsBefore) {
  WriteFile("overrides: {a: {ingestion_rate: 5}}");
  config_.overrides_file = file_;
  ASSERT_TRUE(StartLimiter().ok());
  EXPECT_EQ(host_.metrics().Value("cortex_runtime_config_last_reload_successful"), 1);

  WriteFile("overrides: {a: {ingestion_rate: lots}}");
  host_.Advance(10'000);
  EXPECT_EQ(Limit("a", "ingestion_rate"), 5);
  EXPECT_EQ(host_.metrics().Value("cortex_runtime_config_last_reload_successful"), 0);
  EXPECT_TRUE(host_.Logged("cannot be used"));
  std::remove(file_.c_str());
  host_.Advance(10'000);
  EXPECT_EQ(Limit("a", "ingestion_rate"), 5);
  WriteFile("overrides: {}");
  host_.Advance(10'000);

  EXPECT_EQ(Limit("a", "ingestion_rate"), 0);
  EXPECT_EQ(host_.metrics().Value("cortex_runtime_config_last_reload_successful"), 1);
  EXPECT_EQ(host_.metrics().Value("kvs_limiter_static_reload_failures_total"), 2);
}

TEST_F(StaticLimiterTest, ABrokenFileStopsTheStart) {
  config_.overrides_file = file_;
  EXPECT_EQ(StartLimiter().code(), StatusCode::kUnavailable);
  WriteFile("overrides: 5");
  EXPECT_THAT(StartLimiter().message(), HasSubstr("line 1"));
}

}  // namespace
}  // namespace kvs::limiter::static_limits

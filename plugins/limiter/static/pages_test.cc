// SPDX-License-Identifier: Apache-2.0
// Limits over HTTP: shown, set, kept in a kv store, refused, and told to the log.
#include "pages.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

#include "limiter.h"

namespace kvs::limiter::static_limits {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kLimits[] = "/api/v1/user_limits";

class PagesTest : public ::testing::Test {
 protected:
  void StartLimiter(bool with_kv = true) {
    limiter_ = std::make_unique<StaticLimiter>(host_.host(), config_);
    limiter_->http = routes_.ref();
    if (with_kv) limiter_->kv = kv_.ref();
    sdk::Completer unused(nullptr, nullptr);
    ASSERT_TRUE(limiter_->Start(sdk::OwnedCall(""), unused).status().ok());
    host_.Advance(1);
  }
  void TearDown() override {
    sdk::Completer unused(nullptr, nullptr);
    (void)limiter_->Stop(sdk::OwnedCall(""), unused);
  }
  testkit::FakeRoutes::Reply Put(std::string body, std::string tenant = "a") {
    return routes_.Ask("PUT", kLimits, {.tenant = std::move(tenant), .body = std::move(body)});
  }
  std::string Get(std::string tenant = "a") {
    return routes_.Ask("GET", kLimits, {.tenant = std::move(tenant)}).body;
  }

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeRoutes routes_;
  testkit::FakeKv kv_;
  Config config_;
  std::unique_ptr<StaticLimiter> limiter_;
};

TEST_F(PagesTest, AllLimitsAreShownAsTheyAreWritten) {
  config_.limits["ingestion_rate"] = "5000";
  StartLimiter();

  const std::string shown = Get();

  EXPECT_THAT(shown, HasSubstr(R"("ingestion_rate":5000)"));
  EXPECT_THAT(shown, HasSubstr(R"("creation_grace_period":"10m")"));
  EXPECT_THAT(shown, HasSubstr(R"("metric_relabeling_enabled":true)"));
  EXPECT_THAT(shown, HasSubstr(R"("drop_labels":[])"));
}

TEST_F(PagesTest, SettingCountsAtOnceForThatTenantAndIsAudited) {
  StartLimiter();
  const uint64_t before = limiter_->Epoch();

  const auto reply = Put(R"({"ingestion_rate": 7, "drop_labels": ["x"]})");

  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(R"("ingestion_rate":7)"));
  EXPECT_THAT(Get(), HasSubstr(R"("drop_labels":["x"])"));
  EXPECT_THAT(Get("b"), HasSubstr(R"("ingestion_rate":0)"));
  EXPECT_NE(limiter_->Epoch(), before);
  EXPECT_EQ(kv_.Value("limits/a"), R"({"drop_labels":["x"],"ingestion_rate":7})");
  EXPECT_TRUE(host_.Logged("audit: a limit was changed over HTTP"));
  EXPECT_EQ(host_.metrics().Value("cortex_limits_overrides",
                                  {{"limit_name", "ingestion_rate"}, {"user", "a"}}),
            7);
}

TEST_F(PagesTest, NullTakesALimitBack) {
  StartLimiter();
  Put(R"({"ingestion_rate": 7})");

  EXPECT_EQ(Put(R"({"ingestion_rate": null})").status, 200);

  EXPECT_THAT(Get(), HasSubstr(R"("ingestion_rate":0)"));
  EXPECT_EQ(kv_.Value("limits/a"), "");
  EXPECT_EQ(host_.metrics().Value("cortex_limits_overrides"), 0);
}

TEST_F(PagesTest, WhatAnotherProcessSetIsReadInTime) {
  StartLimiter();
  kv_.Put("limits/a", R"({"ingestion_rate":9})");

  host_.Advance(10'000);

  EXPECT_THAT(Get(), HasSubstr(R"("ingestion_rate":9)"));
}

TEST_F(PagesTest, BadRequestsSayWhatIsWrongAndChangeNothing) {
  StartLimiter();

  EXPECT_EQ(Put("ingestion_rate").status, 400);
  EXPECT_THAT(Put(R"({"ingestion_rate": "lots"})").body, HasSubstr("limit ingestion_rate"));
  EXPECT_THAT(Put(R"({"ingestion_rat": 5})").body, HasSubstr("no limit is called ingestion_rat"));
  EXPECT_THAT(Put(R"({"drop_labels": "x"})").body, HasSubstr("is a list or a table"));
  EXPECT_THAT(Put(R"({"class": "gold"})").body, HasSubstr("class cannot be set here"));
  EXPECT_EQ(kv_.revision(), 0u);
}

TEST_F(PagesTest, WithoutAStoreNothingCanBeSet) {
  StartLimiter(false);

  EXPECT_EQ(Put(R"({"ingestion_rate": 5})").status, 501);
}

TEST_F(PagesTest, AStoreThatFailsIsSaidAndLimitsStay) {
  StartLimiter();
  Put(R"({"ingestion_rate": 7})");
  kv_.FailWith(Unavailable("no leader"));

  EXPECT_EQ(Put(R"({"ingestion_rate": 8})").status, 503);
  host_.Advance(10'000);

  EXPECT_THAT(Get(), HasSubstr(R"("ingestion_rate":7)"));
  EXPECT_TRUE(host_.Logged("limits set over HTTP cannot be read"));
}

TEST_F(PagesTest, SettingIsForOperators) {
  StartLimiter();

  EXPECT_NE(routes_.Flags("PUT", kLimits) & KVS_HTTP_ADMIN, 0u);
  EXPECT_EQ(routes_.Flags("GET", kLimits), KVS_HTTP_NEEDS_TENANT | KVS_HTTP_READS);
  EXPECT_FALSE(routes_.Has("GET", "/runtime_config")) << "there is no file";
}

TEST_F(PagesTest, TheRuntimeFileIsShown) {
  const testkit::TempDir folder;
  config_.limits["overrides_config_file"] = folder.path() + "/overrides.yaml";
  std::ofstream(config_.limits["overrides_config_file"]) << "overrides: {a: {ingestion_rate: 5}}";
  StartLimiter();

  EXPECT_EQ(routes_.Ask("GET", "/runtime_config").body, "overrides: {a: {ingestion_rate: 5}}");
  EXPECT_EQ(host_.metrics().Value("cortex_runtime_config_hash"), 1);
  EXPECT_THAT(Get(), HasSubstr(R"("ingestion_rate":5)"));
  Put(R"({"ingestion_rate": 7})");
  EXPECT_THAT(Get(), HasSubstr(R"("ingestion_rate":7)"))
      << "what is set over HTTP counts before the file";
}

}  // namespace
}  // namespace kvs::limiter::static_limits

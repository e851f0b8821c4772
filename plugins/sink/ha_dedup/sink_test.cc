// SPDX-License-Identifier: Apache-2.0
// Who is taken, who is not, what is left of labels, and failover, on a clock
// that only the test moves.
#include "sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/fake_kv.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sink::ha_dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Keeps what it was given.
class KeepingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call&, const kvs_write_view_t& in, kvs_write_result_t&,
                     sdk::Completer&) override {
    if (in.rows == nullptr && in.batch->n_metadata != 0) {
      in.batch->ref->retain(in.batch->ref);  // As those do that answer before they have written.
      kept.push_back(in.batch);
      if (in.batch->n_series == 0) return OkStatus();
    }
    series.clear();
    const uint32_t n = in.rows == nullptr ? in.batch->n_series : in.n_rows;
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t row = in.rows == nullptr ? i : in.rows[i];
      series.push_back(model::FormatSeries(model::LabelCursor(sdk::LabelSourceOf(*in.batch), row)));
    }
    batch = in.batch;
    return OkStatus();
  }
  ~KeepingSink() override {
    for (const kvs_write_batch_t* one : kept) one->ref->release(one->ref);
  }
  std::vector<std::string> Metadata() const {
    std::vector<std::string> metrics;
    for (const kvs_write_batch_t* one : kept) {
      for (uint64_t i = 0; i < one->n_metadata; ++i)
        metrics.push_back(sdk::Text(one->metadata[i].metric));
    }
    return metrics;
  }
  std::vector<const kvs_write_batch_t*> kept;  // Those with metadata.
  std::vector<std::string> series;
  const kvs_write_batch_t* batch = nullptr;
};

class HaDedupTest : public ::testing::Test {
 protected:
  HaDedupTest() { Open(); }
  ~HaDedupTest() override { (void)testkit::StopComponent(*sink_); }
  void Open(Config config = {}) {
    if (sink_ != nullptr) (void)testkit::StopComponent(*sink_);
    sink_ = std::make_unique<HaDedupSink>(host_.host(), std::move(config));
    sink_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&next_));
    sink_->kv = kv_.ref();
    sink_->http = routes_.ref();
    ASSERT_TRUE(testkit::StartComponent(*sink_).ok());
  }
  Status Write(std::vector<testkit::LabelPairs> series, std::string_view tenant = "t") {
    next_.series.clear();
    testkit::TestBatch batch;
    for (const auto& labels : series) batch.Add(labels, {{host_.now_ms(), 1}});
    auto result = sdk::Record<kvs_write_result_t>();
    const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(sink_.get()));
    const sdk::OwnedCall call(tenant);
    const Status status = sdk::Await(ref.write(), call, batch.view(), &result);
    handed_on_as_it_came_ = next_.batch == batch.view()->batch;
    return status;
  }
  Status WriteOf(std::string_view replica, std::string_view cluster = "c",
                 std::string_view tenant = "t") {
    return Write({{{"__name__", "up"},
                   {"__replica__", std::string(replica)},
                   {"cluster", std::string(cluster)}}},
                 tenant);
  }

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeKv kv_;
  testkit::FakeRoutes routes_;
  testkit::TestBatch batch_;  // Outlives what is kept of it.
  KeepingSink next_;
  std::unique_ptr<HaDedupSink> sink_;
  bool handed_on_as_it_came_ = false;
};

TEST_F(HaDedupTest, OneReplicaIsTakenAndItsLabelTakenOut) {
  ASSERT_TRUE(WriteOf("a").ok());
  EXPECT_THAT(next_.series, ElementsAre(R"(up{cluster="c"})"));

  const Status dropped = WriteOf("b");

  EXPECT_EQ(dropped.code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(dropped.message(),
            "ha-tracker: replicas did not match, rejecting "
            "sample: replica=b, elected=a");
  EXPECT_THAT(next_.series, IsEmpty());
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_deduped_samples_total",
                                  {{"user", "t"}, {"cluster", "c"}}),
            1);
  EXPECT_TRUE(WriteOf("a").ok());
}

TEST_F(HaDedupTest, WhatHasNoReplicaIsHandedOnAsItCame) {
  ASSERT_TRUE(Write({{{"__name__", "up"}, {"cluster", "c"}}}).ok());

  EXPECT_TRUE(handed_on_as_it_came_);
  EXPECT_EQ(
      host_.metrics().Value("cortex_distributor_non_ha_samples_received_total", {{"user", "t"}}),
      1);
}

TEST_F(HaDedupTest, GroupsAndTenantsAreApart) {
  EXPECT_TRUE(WriteOf("a", "c").ok());
  EXPECT_TRUE(WriteOf("b", "d").ok());
  EXPECT_TRUE(WriteOf("b", "c", "another").ok());
}

TEST_F(HaDedupTest, OfAMixedBatchWhatIsTakenIsWritten) {
  ASSERT_TRUE(WriteOf("a").ok());

  const Status mixed = Write({{{"__name__", "plain"}},
                              {{"__name__", "up"}, {"__replica__", "b"}, {"cluster", "c"}},
                              {{"__name__", "up"}, {"__replica__", "a"}, {"cluster", "c"}}});

  EXPECT_TRUE(mixed.ok()) << mixed.ToString();
  EXPECT_THAT(next_.series, ElementsAre("plain", R"(up{cluster="c"})"));
}

TEST_F(HaDedupTest, OfAMixedBatchMetadataAreWritten) {
  ASSERT_TRUE(WriteOf("a").ok());
  batch_.Add({{"__name__", "plain"}}, {{host_.now_ms(), 1}});
  batch_.Add({{"__name__", "up"}, {"__replica__", "b"}, {"cluster", "c"}}, {{host_.now_ms(), 1}});
  batch_.AddMetadata("plain");
  batch_.AddMetadata("up");
  auto result = sdk::Record<kvs_write_result_t>();
  const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(sink_.get()));

  const Status mixed = sdk::Await(ref.write(), sdk::OwnedCall("t"), batch_.view(), &result);

  EXPECT_TRUE(mixed.ok()) << mixed.ToString();
  EXPECT_THAT(next_.series, ElementsAre("plain"));
  EXPECT_THAT(next_.Metadata(), ElementsAre("plain", "up")) << "what was kept is still there";
}

TEST_F(HaDedupTest, AnotherReplicaTakesOverWhenTheElectedOneIsSilent) {
  ASSERT_TRUE(WriteOf("a").ok());
  host_.Advance(30'000);
  EXPECT_FALSE(WriteOf("b").ok()) << "not yet";
  host_.Advance(1);

  EXPECT_TRUE(WriteOf("b").ok());

  EXPECT_EQ(WriteOf("a").code(), StatusCode::kAlreadyExists) << "it came back too late";
  EXPECT_THAT(kv_.Value("ha-tracker/t/c"), HasSubstr(R"("replica":"b")"));
  EXPECT_EQ(host_.metrics().Value("cortex_ha_tracker_elected_replica_changes_total"), 1);
}

TEST_F(HaDedupTest, AReplicaThatIsHeardOfStaysElected) {
  ASSERT_TRUE(WriteOf("a").ok());
  for (int i = 0; i < 10; ++i) {
    host_.Advance(15'000);
    EXPECT_TRUE(WriteOf("a").ok());
    EXPECT_FALSE(WriteOf("b").ok());
  }
  host_.Advance(2'000);
  EXPECT_THAT(kv_.Value("ha-tracker/t/c"), HasSubstr(StrCat("\"elected_at\":", 1'700'000'000'000)));
}

TEST_F(HaDedupTest, AnotherProcessSeesWhoIsAlive) {
  ASSERT_TRUE(WriteOf("a").ok());
  host_.Advance(25'000);
  ASSERT_TRUE(WriteOf("a").ok());
  host_.Advance(2'000);  // The kv store is told.
  Open();                // As a process that knows nothing.
  host_.Advance(10'000);

  EXPECT_EQ(WriteOf("b").code(), StatusCode::kAlreadyExists);
}

TEST_F(HaDedupTest, SamplesThatAreNotNewerDoNotTakeOver) {
  Config config;
  config.failover_sample_timeout.ms = 3'600'000;
  Open(config);
  ASSERT_TRUE(WriteOf("a").ok());
  host_.Advance(40'000);

  EXPECT_EQ(WriteOf("b").code(), StatusCode::kAlreadyExists);
}

TEST_F(HaDedupTest, GroupsBeyondTheLimitAreRefused) {
  Config config;
  config.ha_max_clusters = 1;
  Open(config);
  ASSERT_TRUE(WriteOf("a", "c").ok());

  const Status refused = WriteOf("a", "d");

  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.reason(), "err-mimir-tenant-too-many-ha-clusters");
  EXPECT_EQ(
      host_.metrics().Value("cortex_discarded_samples_total", {{"reason", "too_many_ha_clusters"}}),
      1);
  EXPECT_TRUE(WriteOf("a", "d", "another").ok());
}

TEST_F(HaDedupTest, WithoutTheStoreTheSenderTriesAgain) {
  kv_.FailWith(Unavailable("no leader"));

  const Status status = WriteOf("a");

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_TRUE(status.retryable());
  kv_.FailWith(OkStatus());
  ASSERT_TRUE(WriteOf("a").ok());
  kv_.FailWith(Unavailable("no leader"));
  EXPECT_TRUE(WriteOf("a").ok()) << "an elected replica needs no store";
  EXPECT_EQ(WriteOf("b").code(), StatusCode::kAlreadyExists);
}

TEST_F(HaDedupTest, SwitchedOffItDoesNothing) {
  Config config;
  config.accept_ha_samples = false;
  Open(config);

  EXPECT_TRUE(WriteOf("a").ok());
  EXPECT_TRUE(WriteOf("b").ok());
  EXPECT_TRUE(handed_on_as_it_came_);
}

TEST_F(HaDedupTest, ATenantMayNameItsOwnLabel) {
  testkit::FakeLimiter limiter;
  limiter.texts["ha_replica_label"] = "prometheus_replica";
  sink_->limiter = limiter.ref();

  ASSERT_TRUE(Write({{{"__name__", "up"}, {"cluster", "c"}, {"prometheus_replica", "p-0"}}}).ok());
  EXPECT_THAT(next_.series, ElementsAre(R"(up{cluster="c"})"));
  EXPECT_FALSE(Write({{{"__name__", "up"}, {"cluster", "c"}, {"prometheus_replica", "p-1"}}}).ok());
}

TEST_F(HaDedupTest, ThePageShowsWhoIsElected) {
  ASSERT_TRUE(WriteOf("<a>").ok());

  EXPECT_THAT(routes_.Ask("GET", "/distributor/ha_tracker").body, HasSubstr("&lt;a&gt;"));
  EXPECT_THAT(
      routes_.Ask("GET", "/distributor/ha_tracker", {.headers = {{"accept", "application/json"}}})
          .body,
      HasSubstr(R"({"elected":[{"userID":"t","cluster":"c","replica":"<a>")"));
}

TEST(ConfigTest, ATimeoutThatWouldTakeTheLivingForDeadIsRefused) {
  Config config;
  config.failover_timeout.ms = 20'000;
  EXPECT_FALSE(config.Validate().ok());
}

}  // namespace
}  // namespace kvs::sink::ha_dedup

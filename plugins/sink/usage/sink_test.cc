// SPDX-License-Identifier: Apache-2.0
// Active series, trackers, attribution and rates, on a clock that only the test
// moves.
#include "sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_origin.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

#include "pages.h"

namespace kvs::sink::usage {
namespace {

using ::testing::HasSubstr;

class TakingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call&, const kvs_write_view_t&, kvs_write_result_t&,
                     sdk::Completer&) override {
    return OkStatus();
  }
};

class UsageSinkTest : public ::testing::Test {
 protected:
  UsageSinkTest() {
    sink_.next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&next_));
    limiter_.numbers["max_cost_attribution_cardinality"] = 2;
    limiter_.texts["cost_attribution_labels"] = "team";
    Track(R"({"of a":"{job=\"a\"}","all":"{job=~\".+\"}"})");
    sink_.limiter = limiter_.ref();
    sink_.http = routes_.ref();
    EXPECT_TRUE(testkit::StartComponent(sink_).ok());
  }
  void Track(std::string trackers) {
    limiter_.texts["active_series_custom_trackers"] = std::move(trackers);
    ++limiter_.epoch;
  }
  ~UsageSinkTest() override { (void)testkit::StopComponent(sink_); }
  void Write(const std::vector<testkit::LabelPairs>& series, std::string_view tenant = "t",
             bool by_rule = false) {
    testkit::TestBatch batch;
    for (const auto& labels : series) batch.Add(labels, {{host_.now_ms(), 1}});
    auto result = sdk::Record<kvs_write_result_t>();
    const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    const sdk::OwnedCall call(tenant);
    const sdk::RuleCall from_rule(call);
    const sdk::Call as = by_rule ? sdk::Call(from_rule) : call.call();
    ASSERT_TRUE(sdk::Await(ref.write(), as, batch.view(), &result).ok());
  }
  double Active(const testkit::TestMetrics::Labels& labels = {{"user", "t"}}) {
    return host_.metrics().Value("cortex_ingester_active_series", labels);
  }
  double Tracked(const std::string& name) {
    return host_.metrics().Value("cortex_ingester_active_series_custom_tracker",
                                 {{"user", "t"}, {"name", name}});
  }

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeRoutes routes_;
  TakingSink next_;
  testkit::FakeLimiter limiter_;
  UsageSink sink_{host_.host(), Config{}};
};

const testkit::LabelPairs kA = {{"__name__", "up"}, {"job", "a"}, {"team", "x"}};
const testkit::LabelPairs kB = {{"__name__", "up"}, {"job", "b"}};

TEST_F(UsageSinkTest, ActiveSeriesAreThoseOfTheLastTwentyMinutes) {
  Write({kA, kB});
  Write({kA});
  host_.Advance(60'000);
  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(Tracked("of a"), 1);
  EXPECT_EQ(Tracked("all"), 2);

  for (int i = 0; i < 21; ++i) {
    Write({kA});
    host_.Advance(60'000);
  }

  EXPECT_EQ(Active(), 1);
  EXPECT_EQ(Tracked("all"), 1);
  host_.Advance(22 * 60'000);
  EXPECT_EQ(Active(), 0);
}

TEST_F(UsageSinkTest, BucketsAreThoseOfTheLastHistogramOfASeries) {
  const auto write = [this](uint32_t positive, uint32_t negative) {
    testkit::TestBatch batch;
    batch.Add(kA);
    batch.Add(kB, {{host_.now_ms(), 1}});
    const uint32_t of_series[] = {0, 1, 1}, positives[] = {0, positive},
                   negatives[] = {positive, positive + negative};
    auto histograms = sdk::Record<kvs_histogram_columns_t>();
    histograms.n_histograms = 1;
    histograms.begin = of_series;
    histograms.positive_bucket_begin = positives;
    histograms.negative_bucket_begin = negatives;
    kvs_write_batch_t with = *batch.view()->batch;
    with.histograms = &histograms;
    auto view = sdk::Record<kvs_write_view_t>();
    view.batch = &with;
    auto result = sdk::Record<kvs_write_result_t>();
    const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    const sdk::OwnedCall call("t");
    ASSERT_TRUE(sdk::Await(ref.write(), call, &view, &result).ok());
    host_.Advance(60'000);
  };
  const auto shown = [this](const char* name, testkit::TestMetrics::Labels labels) {
    return host_.metrics().Value(name, labels);
  };
  write(3, 1);
  EXPECT_EQ(shown("cortex_ingester_active_native_histogram_series", {{"user", "t"}}), 1);
  EXPECT_EQ(shown("cortex_ingester_active_native_histogram_buckets", {{"user", "t"}}), 4);
  write(5, 0);
  EXPECT_EQ(shown("cortex_ingester_active_native_histogram_buckets", {{"user", "t"}}), 5);
  EXPECT_EQ(shown("cortex_ingester_active_native_histogram_series_custom_tracker",
                  {{"user", "t"}, {"name", "all"}}),
            1);
  EXPECT_EQ(shown("cortex_ingester_active_native_histogram_buckets_custom_tracker",
                  {{"user", "t"}, {"name", "of a"}}),
            5);
}

TEST_F(UsageSinkTest, UsageIsAttributedByLabel) {
  Write({kA, kB});
  Write({kA});
  host_.Advance(60'000);

  const auto samples = [&](const std::string& values) {
    return host_.metrics().Value("kvs_sink_usage_attributed_samples_total",
                                 {{"labels", "team"}, {"values", values}});
  };
  EXPECT_EQ(samples("x"), 2);
  EXPECT_EQ(samples("__missing__"), 1);
  EXPECT_EQ(host_.metrics().Value("kvs_sink_usage_attributed_active_series", {{"values", "x"}}), 1);
  Write({{{"__name__", "up"}, {"team", "third"}}});
  EXPECT_EQ(samples("__overflow__"), 1) << "two values at most";
}

TEST_F(UsageSinkTest, OtherRulesCountAnew) {
  Write({kA, kB});
  Track(R"({"b":"{job=\"b\"}"})");
  Write({kA, kB});
  host_.Advance(60'000);

  EXPECT_EQ(Active(), 2);
  EXPECT_EQ(Tracked("b"), 1);
}

TEST_F(UsageSinkTest, TrackersThatCannotBeReadStopNoData) {
  Track(R"({"bad":"{job="})");
  Write({kA});
  host_.Advance(60'000);

  EXPECT_EQ(Active(), 1);
  EXPECT_TRUE(host_.Logged("trackers of a tenant cannot be used"));
}

TEST_F(UsageSinkTest, WhatRulesWriteHasARateOfItsOwn) {
  Write({kA, kB});
  Write({kA}, "t", true);
  host_.Advance(15'000);

  EXPECT_EQ(
      routes_.Ask("GET", "/api/v1/user_stats", {.tenant = "t"}).body,
      R"({"ingestionRate":0.2,"numSeries":2,"APIIngestionRate":0.13333333333333333,"RuleIngestionRate":0.06666666666666667})");
}

TEST_F(UsageSinkTest, FiguresAreShown) {
  Write({kA, kB});
  host_.Advance(15'000);

  EXPECT_EQ(
      routes_.Ask("GET", "/api/v1/user_stats", {.tenant = "t"}).body,
      R"({"ingestionRate":0.13333333333333333,"numSeries":2,"APIIngestionRate":0.13333333333333333,"RuleIngestionRate":0})");
  EXPECT_THAT(routes_.Ask("GET", "/api/v1/user_stats", {.tenant = "nobody"}).body,
              HasSubstr(R"("numSeries":0)"));
  EXPECT_THAT(routes_.Ask("GET", "/distributor/all_user_stats").body,
              HasSubstr(R"([{"userID":"t")"));
}

}  // namespace
}  // namespace kvs::sink::usage

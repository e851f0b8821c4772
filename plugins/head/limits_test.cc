// SPDX-License-Identifier: Apache-2.0
// What a tenant may have in the head, and what is told and counted of what it may not.
#include <filesystem>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/test_host.h"

#include "head_testing.h"

namespace kvs::head {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class HeadLimitsTest : public ::testing::Test {
 protected:
  HeadLimitsTest() {
    Config config;
    config.data_dir = folder_.path();
    config.durability = "os";
    config.wal_segment_size.bytes = 64 << 10;
    h_ = std::make_unique<HeadUnderTest>(host_.host(), config, &MakeLeanFile);
    h_->head.limits = limiter_.ref();
    EXPECT_TRUE(h_->head.Open().ok());
  }
  static model::Labels Series(const std::string& metric, int i) {
    return model::Labels{{"__name__", metric}, {"n", std::to_string(i)}};
  }
  double Discarded(const std::string& what, const std::string& reason) {
    return host_.metrics().Value(StrCat("cortex_discarded_", what, "_total"), {{"reason", reason}});
  }
  uint64_t CountMetadata() {
    const auto query = sdk::Record<kvs_metadata_query_t>();
    sdk::Owned<kvs_metadata_list_t> found;
    EXPECT_TRUE(sdk::Await(h_->source().metadata(), sdk::OwnedCall("a"), &query, found.out()).ok());
    return found->n_items;
  }
  // Writes exemplars of one series at times 1 to `n`.
  void WriteExemplars(int n) {
    for (int t = 1; t <= n; ++t) {
      model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
      builder.BeginSeries(Series("m", 0));
      builder.AddSample(1000 + t, 1);
      builder.AddExemplar(t, 1, std::vector<model::LabelView>{{"trace_id", "x"}});
      ASSERT_TRUE(h_->Write(builder.Finish()).ok());
    }
  }
  std::vector<int64_t> ExemplarTimes() {
    auto query = sdk::Record<kvs_label_query_t>();
    query.max_ms = 1'000'000;
    sdk::Owned<kvs_exemplar_list_t> found;
    EXPECT_TRUE(
        sdk::Await(h_->source().exemplars(), sdk::OwnedCall("a"), &query, found.out()).ok());
    const kvs_exemplar_columns_t& e = found->exemplars;
    return {e.timestamp_ms, e.timestamp_ms + e.n_exemplars};
  }

  TempFolder folder_;
  testkit::TestHost host_;
  testkit::FakeLimiter limiter_;
  std::unique_ptr<HeadUnderTest> h_;
};

TEST_F(HeadLimitsTest, ATenantMakesNoMoreSeriesThanItMayAndKeepsThoseItHas) {
  limiter_.Set({{"max_global_series_per_user", 2}});
  ASSERT_TRUE(h_->Write(Series("up", 1), 1000, 1).ok());
  ASSERT_TRUE(h_->Write(Series("up", 2), 1000, 1).ok());

  const Status refused = h_->Write(Series("up", 3), 1000, 1);

  EXPECT_EQ(refused.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(refused.reason(), "err-mimir-max-series-per-user");
  EXPECT_THAT(refused.message(),
              HasSubstr("per-user series limit of 2 exceeded (err-mimir-max-series-per-user)"));
  EXPECT_EQ(Discarded("samples", "per_user_series_limit"), 1);
  EXPECT_TRUE(h_->Write(Series("up", 1), 2000, 1).ok());
  limiter_.Set({{"max_global_series_per_user", 3}});
  EXPECT_TRUE(h_->Write(Series("up", 3), 2000, 1).ok());
}

TEST_F(HeadLimitsTest, AMetricHasNoMoreSeriesThanItMay) {
  limiter_.Set({{"max_global_series_per_metric", 2}});
  model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
  for (const char* const metric : {"a", "b"}) {
    for (int i = 0; i < 3; ++i) {
      builder.BeginSeries(Series(metric, i));
      builder.AddSample(1000, i);
    }
  }

  const Status refused = h_->Write(builder.Finish());

  EXPECT_EQ(refused.reason(), "err-mimir-max-series-per-metric");
  EXPECT_TRUE(refused.partial());
  EXPECT_EQ(
      refused.message(),
      "per-metric series limit of 2 exceeded (err-mimir-max-series-per-metric). To adjust the "
      "related per-tenant limit, configure -ingester.max-global-series-per-metric, or contact "
      "your service administrator. This is for series a{n=\"2\"}");
  EXPECT_EQ(Discarded("samples", "per_metric_series_limit"), 2);
  EXPECT_THAT(h_->Read(), SizeIs(4));
  EXPECT_TRUE(h_->Write(Series("a", 1), 2000, 1).ok());
  EXPECT_EQ(h_->Write(Series("b", 7), 2000, 1).reason(), "err-mimir-max-series-per-metric");
}

TEST_F(HeadLimitsTest, MetadataBeyondALimitAreNotKept) {
  limiter_.Set({{"max_global_metadata_per_user", 2}, {"max_global_metadata_per_metric", 2}});
  const auto write = [&](std::string_view metric, std::string_view help) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.AddMetadata(metric, model::MetricType::kGauge, help, "");
    EXPECT_TRUE(h_->Write(builder.Finish()).ok());
  };
  write("a", "1");
  write("a", "2");
  write("a", "3");
  EXPECT_EQ(Discarded("metadata", "per_metric_metadata_limit"), 1);
  write("b", "1");
  write("c", "1");
  write("a", "2");
  EXPECT_EQ(Discarded("metadata", "per_user_metadata_limit"), 1);
  EXPECT_EQ(Discarded("metadata", "per_metric_metadata_limit"), 1);
  EXPECT_EQ(CountMetadata(), 3u);
}

TEST_F(HeadLimitsTest, TheNewestExemplarsAreKept) {
  limiter_.Set({{"max_global_exemplars_per_user", 3}});
  WriteExemplars(5);
  EXPECT_THAT(ExemplarTimes(), ::testing::ElementsAre(3, 4, 5));
}

TEST_F(HeadLimitsTest, WithALimitOf0NoExemplarsAreKept) {
  limiter_.Set({{"max_global_exemplars_per_user", 0}});
  WriteExemplars(2);
  EXPECT_THAT(ExemplarTimes(), SizeIs(0));
}

class HeadZerosTest : public HeadLimitsTest {
 protected:
  Status WriteStarted(int64_t t, double v, int64_t start) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(model::Labels{{"__name__", "c"}});
    builder.AddSample(t, v, start);
    return h_->Write(builder.Finish());
  }
  Status WriteStartedHistogram(int64_t t, uint64_t count, int64_t start, uint8_t hint = 0) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(model::Labels{{"__name__", "h"}});
    model::HistogramView view;
    view.timestamp_ms = t;
    view.start_timestamp_ms = start;
    view.reset_hint = hint;
    view.count = count;
    view.zero_count = count;
    builder.AddHistogram(view);
    return h_->Write(builder.Finish());
  }
  // What a head says that begins with the log of this one.
  std::string AfterRestart(const std::string& series) {
    TempFolder copy;
    std::filesystem::copy(folder_.path(), copy.path(), std::filesystem::copy_options::recursive);
    testkit::TestHost host;
    Config config;
    config.data_dir = copy.path();
    config.durability = "os";
    config.wal_segment_size.bytes = 64 << 10;
    HeadUnderTest head(host.host(), config, &MakeLeanFile);
    EXPECT_TRUE(head.head.Open().ok());
    return head.Read()[series];
  }
  static constexpr char kZeros[] = "otel_created_timestamp_zero_ingestion_enabled";
};

TEST_F(HeadZerosTest, ACounterGetsAZeroWhereItSaysToHaveBegun) {
  limiter_.Set({{kZeros, 1}});

  ASSERT_TRUE(WriteStarted(60'000, 5, 30'000).ok());
  ASSERT_TRUE(WriteStarted(75'000, 7, 30'000).ok());
  ASSERT_TRUE(WriteStarted(90'000, 1, 80'000).ok());

  constexpr char kWanted[] = "30000=0 60000=5 75000=7 80000=0 90000=1";
  EXPECT_EQ(h_->Read()["c"], kWanted);
  EXPECT_EQ(AfterRestart("c"), kWanted);
  EXPECT_EQ(host_.metrics().Value("cortex_ingester_ingested_samples_total"), 5);
}

TEST_F(HeadZerosTest, ABeginningThatIsNoneIsPassedOver) {
  limiter_.Set({{kZeros, 1}});

  ASSERT_TRUE(WriteStarted(60'000, 5, 60'000).ok());
  ASSERT_TRUE(WriteStarted(75'000, 6, 80'000).ok());
  ASSERT_TRUE(WriteStarted(90'000, 7, 0).ok());

  EXPECT_EQ(h_->Read()["c"], "60000=5 75000=6 90000=7");
}

TEST_F(HeadZerosTest, NobodyGetsAZeroUnasked) {
  ASSERT_TRUE(WriteStarted(60'000, 5, 30'000).ok());
  ASSERT_TRUE(WriteStartedHistogram(60'000, 3, 30'000).ok());

  EXPECT_EQ(h_->Read()["c"], "60000=5");
  EXPECT_EQ(h_->Read()["h"], "60000=h3");
}

TEST_F(HeadZerosTest, AHistogramGetsOneWithoutObservationsUnlessItIsAGauge) {
  limiter_.Set({{kZeros, 1}});
  constexpr uint8_t kGauge = 3;

  ASSERT_TRUE(WriteStartedHistogram(60'000, 3, 30'000).ok());
  ASSERT_TRUE(WriteStartedHistogram(75'000, 4, 30'000).ok());
  ASSERT_TRUE(WriteStartedHistogram(90'000, 1, 80'000, kGauge).ok());

  constexpr char kWanted[] = "30000=h0 60000=h3 75000=h4 90000=h1";
  EXPECT_EQ(h_->Read()["h"], kWanted);
  EXPECT_EQ(AfterRestart("h"), kWanted);
}

// What one process takes of all tenants together.
class InstanceLimitsTest : public ::testing::Test {
 protected:
  void Open(Config config) {
    config.data_dir = folder_.path();
    config.durability = "os";
    config.wal_segment_size.bytes = 64 << 10;
    h_.reset();
    // What an earlier one collects goes with its host.
    host_ = std::make_unique<testkit::TestHost>(testkit::TestHostOptions{.manual_clock = true});
    h_ = std::make_unique<HeadUnderTest>(host_->host(), config, &MakeLeanFile);
    ASSERT_TRUE(h_->head.Open().ok());
  }
  Status Write(const std::string& tenant, int series, int64_t t = 1000) {
    model::WriteBatchBuilder builder(HeadUnderTest::kSeed);
    builder.BeginSeries(model::Labels{{"__name__", "up"}, {"n", std::to_string(series)}});
    builder.AddSample(t, 1);
    return h_->Write(builder.Finish(), tenant);
  }
  double Rejected(const std::string& reason) {
    return host_->metrics().Value("cortex_ingester_instance_rejected_requests_total",
                                  {{"reason", reason}});
  }

  TempFolder folder_;
  std::unique_ptr<testkit::TestHost> host_;
  std::unique_ptr<HeadUnderTest> h_;
};

TEST_F(InstanceLimitsTest, SeriesOfAllTenantsAreBoundedAlsoAfterAStart) {
  Open({.max_series = 2});
  ASSERT_TRUE(Write("a", 1).ok());
  ASSERT_TRUE(Write("b", 1).ok());
  Open({.max_series = 2});

  const Status refused = Write("b", 2);

  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.message(),
            "the write request has been rejected because the ingester exceeded the allowed number "
            "of in-memory series (err-mimir-ingester-max-series). To adjust the related limit, "
            "configure -ingester.instance-limits.max-series, or contact your service "
            "administrator.");
  EXPECT_EQ(Rejected("ingester_max_series"), 1);
  EXPECT_TRUE(Write("a", 1, 2000).ok()) << "what is known goes on";
  EXPECT_EQ(host_->metrics().Value("cortex_ingester_instance_limits", {{"limit", "max_series"}}),
            2);
}

TEST_F(InstanceLimitsTest, TenantsAreBounded) {
  Open({.max_tenants = 1});
  ASSERT_TRUE(Write("a", 1).ok());
  EXPECT_EQ(Write("b", 1).reason(), "err-mimir-ingester-max-tenants");
  EXPECT_TRUE(Write("a", 2).ok());
}

TEST_F(InstanceLimitsTest, SamplesASecondAreBounded) {
  Open({.max_ingestion_rate = 2});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Write("a", i).ok());
  host_->Advance(1000);
  EXPECT_EQ(Write("b", 1).reason(), "err-mimir-ingester-max-ingestion-rate");
  host_->Advance(60'000);
  EXPECT_TRUE(Write("b", 1).ok());
}

TEST_F(InstanceLimitsTest, BytesOfWritesAreBounded) {
  Config config;
  config.max_inflight_push_requests_bytes.bytes = 10;
  Open(config);

  const Status refused = Write("a", 1);

  EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
  EXPECT_EQ(refused.message(),
            "the write request has been rejected because the ingester exceeded the allowed total "
            "size in bytes of inflight push requests "
            "(err-mimir-ingester-max-inflight-push-requests-bytes). To adjust the related limit, "
            "configure -ingester.instance-limits.max-inflight-push-requests-bytes, or contact your "
            "service administrator.");
  config.max_inflight_push_requests_bytes.bytes = 10'000;
  Open(config);
  EXPECT_TRUE(Write("a", 1).ok());
  EXPECT_EQ(host_->metrics().Value("cortex_ingester_inflight_push_requests_bytes"), 0);
}

TEST_F(InstanceLimitsTest, ReadsUnderWayAreBounded) {
  Open({.max_inflight_read_requests = 1});
  ASSERT_TRUE(Write("a", 1).ok());
  const sdk::OwnedCall call("a");
  const sdk::SourceRef source(sdk::IfaceOf<sdk::SeriesSource>(&h_->head));
  auto select = sdk::Record<kvs_select_t>();
  select.max_ms = 10'000;
  auto labels = sdk::Record<kvs_label_query_t>();
  labels.max_ms = 10'000;
  {
    sdk::OpenSelection first, second;
    ASSERT_TRUE(sdk::Await(source.select(), call, &select, first.out()).ok());

    const Status refused = sdk::Await(source.select(), call, &select, second.out());

    EXPECT_EQ(refused.code(), StatusCode::kUnavailable);
    EXPECT_EQ(
        refused.message(),
        "the read request has been rejected because the ingester exceeded the allowed number "
        "of inflight read requests (err-mimir-ingester-max-inflight-read-requests). To adjust "
        "the related limit, configure -ingester.instance-limits.max-inflight-read-requests, "
        "or contact your service administrator.");
    sdk::Owned<kvs_strings_t> names;
    EXPECT_EQ(sdk::Await(source.label_names(), call, &labels, names.out()).reason(),
              "err-mimir-ingester-max-inflight-read-requests");
    EXPECT_EQ(Rejected("ingester_max_inflight_read_requests"), 2);
    EXPECT_TRUE(Write("a", 1, 2'000).ok()) << "writes go on";
  }
  sdk::OpenSelection again;
  EXPECT_TRUE(sdk::Await(source.select(), call, &select, again.out()).ok()) << "it was read";
}

}  // namespace
}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
// Rules of the configuration and of a tenant on batches of both kinds.
#include "sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/test_batch.h"
#include "kvs/testkit/test_host.h"

namespace kvs::sink::relabel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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
      keys.push_back(in.batch->series_key[row].lo);
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
  std::vector<uint64_t> keys;
  const kvs_write_batch_t* batch = nullptr;
};

class RelabelSinkTest : public ::testing::Test {
 protected:
  void Open(Config config = {}) {
    sink_ = std::make_unique<RelabelSink>(host_.host(), std::move(config));
    sink_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&next_));
    sink_->limiter = limiter_.ref();
  }
  std::vector<std::string> Write(std::string_view tenant = "t") {
    testkit::TestBatch batch;
    batch.Add({{"__name__", "up"}, {"job", "a"}, {"zone", "z"}}, {{1, 1}});
    batch.Add({{"__name__", "down"}, {"job", "b"}}, {{1, 1}, {2, 2}});
    next_.series.clear();
    next_.keys.clear();
    auto result = sdk::Record<kvs_write_result_t>();
    const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(sink_.get()));
    const Status status = sdk::Await(ref.write(), sdk::OwnedCall(tenant), batch.view(), &result);
    EXPECT_TRUE(status.ok()) << status.ToString();
    untouched_ = next_.batch == batch.view()->batch;
    return next_.series;
  }

  testkit::TestHost host_;
  testkit::TestBatch batch_;  // Outlives what is kept of it.
  KeepingSink next_;
  testkit::FakeLimiter limiter_;
  std::unique_ptr<RelabelSink> sink_;
  bool untouched_ = false;
};

TEST_F(RelabelSinkTest, WithoutRulesBatchesPassAsTheyCame) {
  Open();

  EXPECT_THAT(Write(), ElementsAre(R"(up{job="a", zone="z"})", R"(down{job="b"})"));
  EXPECT_TRUE(untouched_);
}

TEST_F(RelabelSinkTest, RulesOfATenantDropAndRewrite) {
  limiter_.texts["metric_relabel_configs"] =
      R"([{"source_labels": ["job"], "regex": "b", "action": "drop"},
                       {"source_labels": ["__meta_tenant_id"], "target_label": "of"}])";
  Open();

  for (int i = 0; i < 3; ++i) EXPECT_THAT(Write(), ElementsAre(R"(up{job="a", of="t", zone="z"})"));
  EXPECT_THAT(Write("x"), ElementsAre(R"(up{job="a", of="x", zone="z"})"));
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_samples_total",
                                  {{"reason", "relabel_configuration"}, {"user", "t"}}),
            6);
}

TEST_F(RelabelSinkTest, LabelsAreDroppedByName) {
  limiter_.texts["drop_labels"] = R"(["zone", "nothing"])";
  Open();

  EXPECT_THAT(Write(), ElementsAre(R"(up{job="a"})", R"(down{job="b"})"));
  EXPECT_THAT(Write(), ElementsAre(R"(up{job="a"})", R"(down{job="b"})"));
}

TEST_F(RelabelSinkTest, RulesOfTheConfigurationComeFirst) {
  limiter_.texts["metric_relabel_configs"] =
      R"([{"source_labels": ["new"], "regex": "", "action": "drop"}])";
  Open(
      {.metric_relabel_configs =
           R"([{"source_labels": ["job"], "regex": "a", "target_label": "new", "replacement": "x"}])"});

  EXPECT_THAT(Write(), ElementsAre(R"(up{job="a", new="x", zone="z"})"));
}

TEST_F(RelabelSinkTest, AChangeOfRulesCountsAtOnceAndGivesOtherKeys) {
  limiter_.texts["drop_labels"] = R"(["zone"])";
  Open();
  Write();
  const std::vector<uint64_t> before = next_.keys;
  limiter_.texts["drop_labels"] = R"(["job"])";
  ++limiter_.epoch;

  EXPECT_THAT(Write(), ElementsAre(R"(up{zone="z"})", "down"));
  EXPECT_NE(next_.keys[0], before[0]);
}

TEST_F(RelabelSinkTest, RulesCanBeSwitchedOff) {
  limiter_.texts["metric_relabel_configs"] = R"([{"regex": ".*", "action": "drop"}])";
  limiter_.numbers["metric_relabeling_enabled"] = 0;
  Open();

  EXPECT_EQ(Write().size(), 2u);
}

TEST_F(RelabelSinkTest, RulesThatCannotBeUsedStopNoData) {
  limiter_.texts["metric_relabel_configs"] = R"([{"regex": "("}])";
  Open();

  EXPECT_EQ(Write().size(), 2u);
  EXPECT_TRUE(host_.Logged("relabel rules of a tenant cannot be used"));
  EXPECT_EQ(host_.metrics().Value("kvs_sink_relabel_bad_rules_total", {{"user", "t"}}), 1);
}

TEST_F(RelabelSinkTest, WhenNothingIsLeftNothingIsWritten) {
  limiter_.texts["metric_relabel_configs"] = R"([{"action": "drop"}])";
  Open();

  EXPECT_THAT(Write(), IsEmpty());
}

TEST_F(RelabelSinkTest, MetadataStayWhenSeriesAreDropped) {
  batch_.Add({{"__name__", "up"}, {"job", "a"}}, {{1, 1}});
  batch_.Add({{"__name__", "down"}, {"job", "b"}}, {{1, 1}});
  batch_.AddMetadata("up");
  batch_.AddMetadata("down");
  auto result = sdk::Record<kvs_write_result_t>();
  const sdk::OwnedCall call("t");
  const auto write = [&] {
    const sdk::SinkRef ref(sdk::IfaceOf<sdk::SeriesSink>(sink_.get()));
    next_.series.clear();
    EXPECT_TRUE(sdk::Await(ref.write(), call, batch_.view(), &result).ok());
  };
  limiter_.texts["metric_relabel_configs"] =
      R"([{"source_labels": ["job"], "regex": "b", "action": "drop"}])";
  Open();
  write();
  EXPECT_THAT(next_.series, ElementsAre(R"(up{job="a"})"));
  EXPECT_THAT(next_.Metadata(), ElementsAre("up", "down")) << "what was kept is still there";

  limiter_.texts["metric_relabel_configs"] = R"([{"action": "drop"}])";
  Open();
  write();
  EXPECT_THAT(next_.series, IsEmpty());
  EXPECT_THAT(next_.Metadata(), ElementsAre("up", "down", "up", "down"));
}

TEST(ConfigTest, BadRulesAreRefusedBeforeAnythingStarts) {
  Config config;
  config.metric_relabel_configs = R"([{"action": "jump"}])";

  EXPECT_THAT(config.Validate().message(), HasSubstr("jump"));
}

}  // namespace
}  // namespace kvs::sink::relabel

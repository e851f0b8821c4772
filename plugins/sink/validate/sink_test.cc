// SPDX-License-Identifier: Apache-2.0
// The sink between a sender and a recorder: what is handed on, in which rows, and how limiters and
// errors behind it count.
#include "sink.h"

#include <functional>
#include <map>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/test_host.h"

#include "histogram_rules.h"

namespace kvs::sink::validate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordingSink final : public sdk::SeriesSink {
 public:
  sdk::Outcome Write(const sdk::Call&, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer&) override {
    ++writes;
    all_rows = in.rows == nullptr;
    rows.clear();
    for (uint32_t i = 0; in.rows != nullptr && i < in.n_rows; ++i) rows.push_back(in.rows[i]);
    batch = in.batch;
    if (!keep) return Answer(in, out);
    batch->ref->retain(batch->ref);
    return Answer(in, out);
  }
  sdk::Outcome Answer(const kvs_write_view_t& in, kvs_write_result_t& out) {
    out.samples_accepted = all_rows ? in.batch->n_samples : in.n_rows;
    return answer;
  }
  Status answer;
  int writes = 0;
  bool all_rows = false;
  std::vector<uint32_t> rows;
  bool keep = false;
  const kvs_write_batch_t* batch = nullptr;
};

class LateLimiter final : public testkit::FakeLimiter {
 public:
  sdk::Outcome Limits(const sdk::Call& call, const kvs_limit_names_t& in, kvs_limit_values_t& out,
                      sdk::Completer& completer) override {
    sdk::Outcome now = FakeLimiter::Limits(call, in, out, completer);
    if (!late) return now;
    thread = std::thread(
        [done = std::make_shared<sdk::Completion>(completer.Defer())] { (*done)(OkStatus()); });
    return sdk::Pending();
  }
  bool late = false;
  std::thread thread;
};

class ValidateSinkTest : public ::testing::Test {
 protected:
  void Make(Config config = {}, bool with_limiter = false) {
    sink_ = std::make_unique<ValidateSink>(host_.host(), config);
    sink_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&next_));
    if (with_limiter) sink_->limiter = limiter_.ref();
  }
  void Series(const std::vector<model::LabelView>& labels, int64_t t = kNow) {
    builder_.BeginSeries(labels);
    builder_.AddSample(t, 1);
  }
  void Good(std::string_view job) { Series({{"__name__", "up"}, {"job", job}}); }
  void Bad() { Series({{"job", "x"}}); }
  Status Write(const std::vector<uint32_t>* rows = nullptr) {
    if (sink_ == nullptr) Make();
    batch_ = builder_.Take();
    kvs_ref_t ref{};
    auto view = sdk::Record<kvs_write_view_t>();
    view.batch = columns_.Show(batch_, &ref);
    if (rows != nullptr) {
      view.rows = rows->data();
      view.n_rows = static_cast<uint32_t>(rows->size());
    }
    result_ = sdk::Record<kvs_write_result_t>();
    const sdk::Method<kvs_write_view_t, kvs_write_result_t> write{
        &sdk::Thunk<&sdk::SeriesSink::Write>::Entry, static_cast<sdk::SeriesSink*>(sink_.get())};
    return sdk::Await(write, sdk::OwnedCall("team-a"), &view, &result_);
  }
  double Discarded(std::string_view reason) {
    return host_.metrics().Value("cortex_discarded_samples_total",
                                 {{"reason", std::string(reason)}, {"user", "team-a"}});
  }

  static constexpr int64_t kNow = 1'700'000'000'000;
  testkit::TestHost host_{{.manual_clock = true, .now_ms = kNow}};
  RecordingSink next_;
  LateLimiter limiter_;
  std::unique_ptr<ValidateSink> sink_;
  model::WriteBatchBuilder builder_{1};
  model::WriteBatch batch_;
  sdk::WriteBatchColumns columns_;
  kvs_write_result_t result_{};
};

TEST_F(ValidateSinkTest, AGoodBatchPassesAsItCame) {
  Good("a");
  Good("b");

  EXPECT_TRUE(Write().ok());

  EXPECT_TRUE(next_.all_rows);
  EXPECT_EQ(result_.samples_accepted, 2u);
}

TEST_F(ValidateSinkTest, BadSeriesAreLeftOutAndTheFirstIsTold) {
  Good("a");
  Bad();
  Good("b");
  Series({{"__name__", "up"}, {"a-b", "x"}});
  Good("c");

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(status.reason(), "err-mimir-missing-metric-name");
  EXPECT_TRUE(status.partial());
  EXPECT_THAT(next_.rows, ElementsAre(0, 2, 4));
  EXPECT_EQ(result_.samples_accepted, 3u);
  EXPECT_EQ(Discarded("missing_metric_name"), 1);
  EXPECT_EQ(Discarded("label_invalid"), 1);
}

TEST_F(ValidateSinkTest, NothingIsHandedOnWhenAllIsBad) {
  Bad();

  EXPECT_EQ(Write().reason(), "err-mimir-missing-metric-name");

  EXPECT_EQ(next_.writes, 0);
}

TEST_F(ValidateSinkTest, ASelectionOfRowsIsNarrowed) {
  Bad();
  Good("a");
  Bad();
  Good("b");
  const std::vector<uint32_t> rows{1, 2, 3};

  EXPECT_FALSE(Write(&rows).ok());

  EXPECT_THAT(next_.rows, ElementsAre(1, 3));
}

TEST_F(ValidateSinkTest, AGoodSelectionPassesAsItCame) {
  Bad();
  Good("a");
  const std::vector<uint32_t> rows{1};

  EXPECT_TRUE(Write(&rows).ok());

  EXPECT_THAT(next_.rows, ElementsAre(1));
}

TEST_F(ValidateSinkTest, KnownSeriesAreNotReadAgain) {
  for (int i = 0; i < 5; ++i) {
    for (int s = 0; s < 100; ++s) Good(StrCat("j", s));
    ASSERT_TRUE(Write().ok());
  }

  EXPECT_EQ(host_.metrics().Value("kvs_sink_validate_series_judged_total"), 100);
}

TEST_F(ValidateSinkTest, BadSeriesAreReadEachTime) {
  for (int i = 0; i < 3; ++i) {
    Bad();
    EXPECT_FALSE(Write().ok());
  }
}

TEST_F(ValidateSinkTest, SamplesInTheFarFutureAreRefused) {
  Series({{"__name__", "edge"}}, kNow + 600'000);
  Series({{"__name__", "beyond"}}, kNow + 600'001);

  const Status status = Write();

  EXPECT_EQ(status.reason(), "err-mimir-too-far-in-future");
  EXPECT_THAT(next_.rows, ElementsAre(0));
  EXPECT_EQ(Discarded("too_far_in_future"), 1);
}

TEST_F(ValidateSinkTest, SamplesInTheFarPastAreRefusedOnlyWhenConfigured) {
  Series({{"__name__", "old"}}, 1);
  EXPECT_TRUE(Write().ok());
  Config config;
  config.past_grace_period.ms = 1000;
  Make(config);
  Series({{"__name__", "edge"}}, kNow - 1000);
  Series({{"__name__", "old"}}, kNow - 1001);

  EXPECT_EQ(Write().reason(), "err-mimir-too-far-in-past");

  EXPECT_THAT(next_.rows, ElementsAre(0));
}

TEST_F(ValidateSinkTest, AKnownSeriesIsStillHeldToItsTimes) {
  Good("a");
  ASSERT_TRUE(Write().ok());
  Series({{"__name__", "up"}, {"job", "a"}}, kNow + 3'600'000);

  EXPECT_EQ(Write().reason(), "err-mimir-too-far-in-future");
}

TEST_F(ValidateSinkTest, HistogramsAreHeldToTheirTimes) {
  builder_.BeginSeries(model::Labels{{"__name__", "h"}});
  model::HistogramView histogram;
  histogram.timestamp_ms = kNow + 3'600'000;
  builder_.AddHistogram(histogram);

  EXPECT_EQ(Write().reason(), "err-mimir-too-far-in-future");
}

TEST_F(ValidateSinkTest, ErrorsBehindReplaceRefusalsUnlessTheyAreRefusalsToo) {
  Good("a");
  Bad();
  next_.answer = Unavailable("disk full");
  EXPECT_EQ(Write().code(), StatusCode::kUnavailable);
  Good("a");
  Bad();
  next_.answer =
      InvalidArgument("out of order").WithReason("err-mimir-sample-out-of-order").Partial();
  EXPECT_EQ(Write().reason(), "err-mimir-missing-metric-name");
}

TEST_F(ValidateSinkTest, LimitsOfTheTenantReplaceTheConfiguration) {
  limiter_.numbers["max_label_names_per_series"] = 1;
  Make({}, true);
  Good("a");

  EXPECT_EQ(Write().reason(), "err-mimir-max-label-names-per-series");
}

TEST_F(ValidateSinkTest, LimitsAreAskedForOncePerEpoch) {
  Make({}, true);
  for (int i = 0; i < 3; ++i) {
    Good("a");
    EXPECT_TRUE(Write().ok());
  }
  EXPECT_EQ(limiter_.asked, 1);

  ++limiter_.epoch;
  limiter_.numbers["max_label_names_per_series"] = 1;
  Good("a");

  EXPECT_EQ(Write().reason(), "err-mimir-max-label-names-per-series");
  EXPECT_EQ(limiter_.asked, 2);
}

TEST_F(ValidateSinkTest, ALimiterMayAnswerLate) {
  Make({}, true);
  limiter_.late = true;
  Good("a");
  Bad();

  EXPECT_EQ(Write().reason(), "err-mimir-missing-metric-name");

  limiter_.thread.join();
  EXPECT_THAT(next_.rows, ElementsAre(0));
}

TEST_F(ValidateSinkTest, RatesAreOnlyAskedForWhereTheyAreLimited) {
  Make({}, true);
  Good("a");
  EXPECT_TRUE(Write().ok());

  EXPECT_THAT(limiter_.taken, IsEmpty());
}

TEST_F(ValidateSinkTest, GoodSamplesExemplarsAndMetadataCountAgainstTheRate) {
  limiter_.numbers["ingestion_rate"] = 10;
  limiter_.numbers["request_rate"] = 10;
  Make({}, true);
  Good("a");
  builder_.AddSample(kNow + 1, 2);
  builder_.AddExemplar(kNow, 1, std::vector<model::LabelView>{{"t", "x"}});
  builder_.AddMetadata("up", model::MetricType::kGauge, "", "");

  EXPECT_TRUE(Write().ok());

  EXPECT_EQ(limiter_.taken["ingestion_rate"], 4);
  EXPECT_EQ(limiter_.taken["request_rate"], 1);
}

TEST_F(ValidateSinkTest, OverTheRateTheWholeBatchIsRefused) {
  limiter_.numbers["ingestion_rate"] = 10;
  limiter_.used_up = "ingestion_rate";
  Make({}, true);
  Good("a");
  Good("b");
  Bad();

  const Status status = Write();

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_FALSE(status.partial());
  EXPECT_EQ(next_.writes, 0);
  EXPECT_EQ(Discarded("rate_limited"), 2);
}

TEST_F(ValidateSinkTest, OverTheRequestRateNothingIsEvenRead) {
  limiter_.numbers["request_rate"] = 10;
  limiter_.used_up = "request_rate";
  Make({}, true);
  Bad();

  EXPECT_EQ(Write().code(), StatusCode::kResourceExhausted);

  EXPECT_EQ(Discarded("missing_metric_name"), 0);
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_requests_total", {{"reason", "rate_limited"}}),
            1);
}

TEST_F(ValidateSinkTest, LabelsOutOfOrderAreSortedInACopy) {
  next_.keep = true;
  Good("a");
  Bad();
  Series({{"z", "1"}, {"__name__", "up"}, {"empty", ""}, {"a", "2"}});
  builder_.AddExemplar(kNow, 7, std::vector<model::LabelView>{{"t", "x"}});
  builder_.BeginSeries(std::vector<model::LabelView>{{"b", "1"}, {"__name__", "h"}});
  const int64_t bucket[] = {3, -1};
  const int32_t offset[] = {-2};
  const uint32_t length[] = {2};
  model::HistogramView histogram;
  histogram.timestamp_ms = kNow;
  histogram.schema = 3;
  histogram.count = 5;
  histogram.positive_span_offset = offset;
  histogram.positive_span_length = length;
  histogram.positive_bucket = {reinterpret_cast<const uint64_t*>(bucket), 2};
  builder_.AddHistogram(histogram);
  builder_.AddMetadata("up", model::MetricType::kGauge, "Help", "");

  EXPECT_EQ(Write().reason(), "err-mimir-missing-metric-name");

  const kvs_write_batch_t& copy = *next_.batch;
  const auto series = [&](uint32_t i) {
    std::string out;
    model::LabelCursor cursor(sdk::LabelSourceOf(copy), i);
    for (model::LabelView label; cursor.Next(&label);)
      StrAppend(out, label.name, "=", label.value, " ");
    return out;
  };
  EXPECT_TRUE(next_.all_rows);
  ASSERT_EQ(copy.n_series, 3u);
  EXPECT_EQ(series(0), "__name__=up job=a ");
  EXPECT_EQ(series(1), "__name__=up a=2 z=1 ");
  EXPECT_EQ(series(2), "__name__=h b=1 ");
  EXPECT_EQ(copy.exemplars->begin[2], 1u);
  EXPECT_EQ(copy.histograms->count[0], 5u);
  EXPECT_EQ(static_cast<int64_t>(copy.histograms->bucket[1]), -1);
  EXPECT_EQ(copy.histograms->span_offset[0], -2);
  EXPECT_EQ(copy.n_metadata, 1u);
  copy.ref->release(copy.ref);
}

TEST_F(ValidateSinkTest, TheSameSeriesInAnotherOrderHasTheSameKeyBehind) {
  next_.keep = true;
  Series({{"z", "1"}, {"__name__", "up"}, {"a", "2"}});
  Series({{"a", "2"}, {"z", "1"}, {"__name__", "up"}});

  EXPECT_TRUE(Write().ok());

  EXPECT_EQ(next_.batch->series_key[0].lo, next_.batch->series_key[1].lo);
  next_.batch->ref->release(next_.batch->ref);
}

TEST_F(ValidateSinkTest, ValuesTooLongAreShortenedWhereTheTenantSaysSo) {
  Make({}, true);
  limiter_.numbers = {{"max_label_value_length", 80}};
  const std::string value(100, 'a');
  Good("a");
  Series({{"__name__", "up"}, {"job", value}});
  EXPECT_EQ(Write().reason(), "err-mimir-label-value-too-long");

  const auto jobs = [&] {
    std::vector<std::string> out;
    for (uint32_t i = 0; i < next_.batch->n_series; ++i) {
      model::LabelCursor cursor(sdk::LabelSourceOf(*next_.batch), i);
      for (model::LabelView label; cursor.Next(&label);)
        if (label.name == "job") out.emplace_back(label.value);
    }
    return out;
  };
  next_.keep = true;
  for (const auto how : {LongValues::kTruncate, LongValues::kDrop}) {
    limiter_.numbers["label_value_length_over_limit_action"] = static_cast<double>(how);
    ++limiter_.epoch;
    Good("a");
    Series({{"__name__", "up"}, {"job", value}});
    EXPECT_TRUE(Write().ok());
    EXPECT_THAT(jobs(), ElementsAre("a", Shorten(value, 80, how)));
    next_.batch->ref->release(next_.batch->ref);
  }
  EXPECT_EQ(host_.metrics().Value("kvs_sink_validate_series_shortened_total"), 2);
  next_.keep = false;
  // Without room for the hash there is nothing to do but to refuse.
  limiter_.numbers["max_label_value_length"] = 70;
  ++limiter_.epoch;
  Series({{"__name__", "up"}, {"job", value}});
  EXPECT_EQ(Write().reason(), "err-mimir-label-value-too-long");
}

TEST_F(ValidateSinkTest, AnEmptyBatchPasses) {
  EXPECT_TRUE(Write().ok());
}

TEST_F(ValidateSinkTest, BadExemplarsAreDroppedAndTheRestIsWritten) {
  Make();
  next_.keep = true;
  Good("a");
  builder_.AddExemplar(kNow, 7, std::vector<model::LabelView>{{"t", "x"}});
  builder_.AddExemplar(kNow, 8, {});
  builder_.AddExemplar(kNow - 600'000, 9, std::vector<model::LabelView>{{"t", "y"}});

  EXPECT_TRUE(Write().ok());

  const kvs_write_batch_t& copy = *next_.batch;
  EXPECT_EQ(copy.n_samples, 1u);
  ASSERT_EQ(copy.exemplars->n_exemplars, 1u);
  EXPECT_EQ(copy.exemplars->value[0], 7);
  const auto dropped = [this](const char* reason) {
    return host_.metrics().Value("cortex_discarded_exemplars_total",
                                 {{"reason", reason}, {"user", "team-a"}});
  };
  EXPECT_EQ(dropped("exemplar_labels_missing"), 1);
  EXPECT_EQ(dropped("exemplar_too_far_in_past"), 1);
  copy.ref->release(copy.ref);
}

TEST_F(ValidateSinkTest, BadMetadataAreRefusedAndLongHelpIsCut) {
  Config config;
  config.max_metadata_length = 8;
  Make(config);
  next_.keep = true;
  Good("a");
  builder_.AddMetadata("up", model::MetricType::kGauge, "Whether it is up", "");
  builder_.AddMetadata("", model::MetricType::kGauge, "", "");

  const Status status = Write();

  EXPECT_EQ(status.reason(), "err-mimir-metadata-missing-metric-name");
  EXPECT_TRUE(status.partial());
  const kvs_write_batch_t& copy = *next_.batch;
  EXPECT_EQ(copy.n_samples, 1u);
  ASSERT_EQ(copy.n_metadata, 1u);
  EXPECT_EQ(sdk::View(copy.metadata[0].help), "Whether ");
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_metadata_total",
                                  {{"reason", "metadata_missing_metric_name"}, {"user", "team-a"}}),
            1);
  copy.ref->release(copy.ref);
}

TEST_F(ValidateSinkTest, MetadataOfAPartlyRefusedBatchAreWritten) {
  Make();
  next_.keep = true;
  Good("a");
  Bad();
  builder_.AddMetadata("up", model::MetricType::kGauge, "Help", "");

  EXPECT_EQ(Write().reason(), "err-mimir-missing-metric-name");

  EXPECT_EQ(next_.batch->n_series, 1u);
  EXPECT_EQ(next_.batch->n_metadata, 1u);
  next_.batch->ref->release(next_.batch->ref);
}

class HistogramLimitsTest : public ValidateSinkTest {
 protected:
  HistogramLimitsTest() { next_.keep = true; }
  ~HistogramLimitsTest() override {
    if (next_.batch != nullptr) next_.batch->ref->release(next_.batch->ref);
  }
  // Three buckets of schema 0, of which the last two are one in the next schema.
  void Histogram(std::string_view name, bool with_sample = false) {
    static const int32_t kOffset[] = {1};
    static const uint32_t kLength[] = {3};
    static const uint64_t kDelta[] = {1, 0, 0};
    model::HistogramView view;
    view.timestamp_ms = kNow;
    view.count = 3;
    view.positive_span_offset = kOffset;
    view.positive_span_length = kLength;
    view.positive_bucket = kDelta;
    builder_.BeginSeries(std::vector<model::LabelView>{{"__name__", name}});
    if (with_sample) builder_.AddSample(kNow - 1, 1);
    builder_.AddHistogram(view);
  }
};

TEST_F(HistogramLimitsTest, TooManyBucketsAreMerged) {
  limiter_.numbers = {{"max_native_histogram_buckets", 2}};
  Make({}, true);
  Histogram("h");

  EXPECT_TRUE(Write().ok());

  EXPECT_EQ(next_.batch->histograms->schema[0], -1);
  EXPECT_EQ(BucketsOf(*next_.batch->histograms, 0), 2u);
  EXPECT_EQ(next_.batch->histograms->count[0], 3u);
}

TEST_F(HistogramLimitsTest, TooManyBucketsAreRefusedWhereMergingIsOff) {
  limiter_.numbers = {{"max_native_histogram_buckets", 2},
                      {"reduce_native_histogram_over_max_buckets", 0}};
  Make({}, true);
  Histogram("h");
  Good("a");

  const Status status = Write();

  EXPECT_EQ(status.reason(), "err-mimir-max-native-histogram-buckets");
  EXPECT_TRUE(status.partial());
  EXPECT_EQ(Discarded("max_native_histogram_buckets"), 1);
  EXPECT_EQ(next_.batch->n_series, 1u);
}

TEST_F(HistogramLimitsTest, HistogramsArePassedOverWhereTheyAreOff) {
  limiter_.numbers = {{"native_histograms_ingestion_enabled", 0}};
  Make({}, true);
  Histogram("h");
  Histogram("both", true);
  Good("a");

  EXPECT_TRUE(Write().ok());

  EXPECT_EQ(next_.batch->n_series, 2u);
  EXPECT_EQ(next_.batch->n_samples, 2u);
  EXPECT_TRUE(next_.batch->histograms == nullptr || next_.batch->histograms->n_histograms == 0);
}

TEST_F(HistogramLimitsTest, ABatchOfNothingElseIsTakenAndForgotten) {
  limiter_.numbers = {{"native_histograms_ingestion_enabled", 0}};
  Make({}, true);
  Histogram("h");

  EXPECT_TRUE(Write().ok());

  EXPECT_EQ(next_.writes, 0);
}

TEST_F(HistogramLimitsTest, ExemplarsBeyondThoseOfARequestAreDropped) {
  limiter_.numbers = {{"max_exemplars_per_series_per_request", 2}};
  Make({}, true);
  for (const std::string_view job : {"a", "b"}) {
    Good(job);
    for (int i = 0; i < 3; ++i)
      builder_.AddExemplar(kNow + i, i, std::vector<model::LabelView>{{"trace_id", "x"}});
  }

  EXPECT_TRUE(Write().ok());

  EXPECT_THAT(std::vector(next_.batch->exemplars->begin, next_.batch->exemplars->begin + 3),
              ElementsAre(0, 2, 4));
  EXPECT_EQ(host_.metrics().Value("cortex_discarded_exemplars_total",
                                  {{"reason", "too_many_exemplars_per_series_per_request"}}),
            2);
}

TEST_F(ValidateSinkTest, MetadataNeedNoNameWhereThatIsNotAskedFor) {
  limiter_.numbers = {{"enforce_metadata_metric_name", 0}};
  Make({}, true);
  Good("a");
  builder_.AddMetadata("", model::MetricType::kGauge, "help", "");

  EXPECT_TRUE(Write().ok());

  EXPECT_TRUE(next_.all_rows);
  EXPECT_EQ(next_.batch->n_metadata, 1u);
}

}  // namespace
}  // namespace kvs::sink::validate

// SPDX-License-Identifier: Apache-2.0
// Requests, written as OTLP's JSON, to the series they become.
#include "translator.h"

#include <algorithm>
#include <bit>
#include <span>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

#include "delta_streams.h"

namespace kvs::ingest::otlp {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string Number(double v) {
  return std::bit_cast<uint64_t>(v) == model::kStaleNanBits ? "stale" : StrCat(v);
}

template <typename T>
std::string List(std::span<const T> values) {
  std::string out = "[";
  for (const T& value : values) StrAppend(out, out.size() > 1 ? " " : "", value);
  return out + "]";
}

// Series as lines: name{labels} value@time (since start), histograms and exemplars behind.
std::vector<std::string> Lines(const model::WriteBatch& batch) {
  std::vector<std::string> lines;
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    std::string line = model::FormatSeries(batch.labels(i));
    for (uint32_t k = batch.sample_begin[i]; k < batch.sample_begin[i + 1]; ++k) {
      StrAppend(line, " ", Number(batch.value[k]), "@", batch.timestamp_ms[k]);
      if (!batch.start_timestamp_ms.empty() && batch.start_timestamp_ms[k] != 0)
        StrAppend(line, " since ", batch.start_timestamp_ms[k]);
    }
    const model::HistogramColumns& h = batch.histograms;
    for (uint32_t k = h.begin.empty() ? 0 : h.begin[i]; !h.begin.empty() && k < h.begin[i + 1];
         ++k) {
      const model::HistogramView v = h.At(k);
      StrAppend(line, " histogram@", v.timestamp_ms, " schema ", v.schema, " count ", v.count,
                " sum ", Number(v.sum), " zero ", v.zero_count, "<=", v.zero_threshold, " ",
                List(v.positive_span_offset), List(v.positive_span_length), List(v.positive_bucket),
                List(v.custom_bound), " hint ", int{v.reset_hint});
      if (v.start_timestamp_ms != 0) StrAppend(line, " since ", v.start_timestamp_ms);
    }
    const model::ExemplarColumns& e = batch.exemplars;
    for (uint32_t k = e.begin.empty() ? 0 : e.begin[i]; !e.begin.empty() && k < e.begin[i + 1];
         ++k) {
      StrAppend(line, " exemplar ", e.value[k], "@", e.timestamp_ms[k]);
      for (uint32_t l = e.label_begin[k]; l < e.label_begin[k + 1]; ++l)
        StrAppend(line, " ", e.label[l].name.view(), "=", e.label[l].value.view());
    }
    lines.push_back(line);
  }
  return lines;
}

class TranslatorTest : public ::testing::Test {
 protected:
  std::vector<std::string> Translated(std::string_view json) {
    wire::otlp::Request request;
    const Status status = wire::otlp::DecodeJson(json, &request);
    EXPECT_TRUE(status.ok()) << status.ToString();
    settings_.labels.escape = settings_.strategy.escape;
    model::WriteBatchBuilder builder(1);
    Translator translator(settings_, &streams_, "t", 1000, &builder);
    translator.Translate(request, &report_);
    batch_ = builder.Take();
    return Lines(batch_);
  }
  // One metric of a resource of these attributes, both as JSON.
  std::vector<std::string> Metric(std::string_view metric, std::string_view resource = "") {
    return Translated(StrCat(R"({"resourceMetrics":[{"resource":{"attributes":[)", resource,
                             R"(]},"scopeMetrics":[{"scope":{"name":"lib","version":"1"},)",
                             R"("metrics":[)", metric, "]}]}]}"));
  }
  static std::string Attribute(std::string_view key, std::string_view value) {
    return StrCat(R"({"key":")", key, R"(","value":{"stringValue":")", value, R"("}})");
  }
  static std::string Gauge(std::string_view name, std::string_view attributes) {
    return StrCat(R"({"name":")", name, R"(","gauge":{"dataPoints":[{"asInt":1,)",
                  R"("timeUnixNano":"2000000000","attributes":[)", attributes, "]}]}}");
  }

  Settings settings_;
  DeltaStreams streams_{1000, 1000, 7};
  Report report_;
  model::WriteBatch batch_;
};

TEST_F(TranslatorTest, GaugesAndSums) {
  settings_.strategy.suffixes = true;

  const auto lines = Metric(R"(
    {"name":"queue.size","unit":"1","description":"Jobs","gauge":{"dataPoints":[
      {"asDouble":2.5,"timeUnixNano":"2000999999","startTimeUnixNano":"1000000000"}]}},
    {"name":"requests","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
      {"asInt":"7","timeUnixNano":"2000000000","startTimeUnixNano":"1000000000"}]}},
    {"name":"open","sum":{"aggregationTemporality":2,"dataPoints":[
      {"asInt":"3","timeUnixNano":"2000000000","startTimeUnixNano":"1000000000"}]}})");

  EXPECT_THAT(lines, ElementsAre("queue_size_ratio 2.5@2000", "requests_total 7@2000 since 1000",
                                 "open 3@2000"));
  ASSERT_EQ(batch_.metadata.size(), 3u);
  EXPECT_EQ(batch_.metadata[0].help.view(), "Jobs");
  EXPECT_EQ(batch_.metadata[1].type, static_cast<uint32_t>(model::MetricType::kCounter));
  EXPECT_EQ(batch_.metadata[2].type, static_cast<uint32_t>(model::MetricType::kGauge));
  EXPECT_TRUE(report_.empty());
}

TEST_F(TranslatorTest, HistogramsBecomeClassicOnes) {
  const auto lines = Metric(R"({"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[
      {"count":6,"sum":12.5,"bucketCounts":[1,2,3],"explicitBounds":[0.5,10],
       "timeUnixNano":"2000000000","startTimeUnixNano":"1000000000",
       "attributes":[{"key":"Zone","value":{"stringValue":"z"}}],
       "exemplars":[{"asDouble":11,"timeUnixNano":"1500000000"},
                    {"asDouble":0.5,"traceId":"0102","timeUnixNano":"1500000000"}]}]}})");

  EXPECT_THAT(
      lines,
      ElementsAre(
          R"(h_sum{Zone="z"} 12.5@2000 since 1000)", R"(h_count{Zone="z"} 6@2000 since 1000)",
          R"(h_bucket{Zone="z", le="0.5"} 1@2000 since 1000 exemplar 0.5@1500 trace_id=0102)",
          R"(h_bucket{Zone="z", le="10"} 3@2000 since 1000)",
          R"(h_bucket{Zone="z", le="+Inf"} 6@2000 since 1000 exemplar 11@1500)"));
}

TEST_F(TranslatorTest, HistogramsBecomeCustomBucketsByASetting) {
  settings_.custom_buckets = true;

  const auto lines = Metric(R"({"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[
      {"count":5,"sum":12.5,"bucketCounts":[0,2,3],"explicitBounds":[0.5,10],
       "timeUnixNano":"2000000000"},
      {"count":4,"timeUnixNano":"2000000000"},
      {"count":4,"bucketCounts":[4],"explicitBounds":[1],"timeUnixNano":"2000000000"}]}})");

  EXPECT_THAT(
      lines, ElementsAre("h histogram@2000 schema -53 count 5 sum 12.5 zero 0<=0 [1][2][2 1]"
                         "[0.5 10] hint 0",
                         "h histogram@2000 schema -53 count 4 sum 0 zero 0<=0 [0][1][4][] hint 0"));
  EXPECT_THAT(report_.errors, ElementsAre(HasSubstr("1 buckets and 1 bounds")));
  EXPECT_EQ(report_.rejected_points, 1u);
}

TEST_F(TranslatorTest, ExponentialHistogramsBecomeNativeOnes) {
  const auto lines =
      Metric(R"({"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[
      {"count":10,"sum":5,"scale":1,"zeroCount":1,"timeUnixNano":"2000000000",
       "positive":{"offset":-2,"bucketCounts":[1,0,2,0,0,0,3,3]}},
      {"count":6,"scale":9,"timeUnixNano":"2000000000",
       "positive":{"offset":-1,"bucketCounts":[1,2,3]}},
      {"count":6,"scale":-5,"timeUnixNano":"2000000000"}]}})");

  EXPECT_THAT(
      lines,
      ElementsAre("e histogram@2000 schema 1 count 10 sum 5 zero 1<=1e-128 [-1 3][3 2]"
                  "[1 18446744073709551615 2 1 0][] hint 0",
                  "e histogram@2000 schema 8 count 6 sum 0 zero 0<=1e-128 [0][2][1 4][] hint 0"));
  EXPECT_THAT(report_.errors, ElementsAre(HasSubstr("the scale is -5, and must be -4 or more")));
}

TEST_F(TranslatorTest, Summaries) {
  const auto lines = Metric(R"({"name":"q","summary":{"dataPoints":[
      {"count":4,"sum":8,"timeUnixNano":"2000000000",
       "quantileValues":[{"quantile":0.99,"value":3}]}]}})");

  EXPECT_THAT(lines, ElementsAre("q_sum 8@2000", "q_count 4@2000", R"(q{quantile="0.99"} 3@2000)"));
}

TEST_F(TranslatorTest, NoRecordedValueIsAStaleMarker) {
  const auto lines = Metric(R"(
    {"name":"g","gauge":{"dataPoints":[{"flags":1,"timeUnixNano":"2000000000"}]}},
    {"name":"e","exponentialHistogram":{"aggregationTemporality":2,"dataPoints":[
      {"flags":1,"timeUnixNano":"2000000000"}]}})");

  EXPECT_THAT(lines, ElementsAre("g stale@2000", StartsWith("e histogram@2000 schema 0 count 0 "
                                                            "sum stale")));
}

TEST_F(TranslatorTest, JobInstanceAndTargetInfoComeFromTheResource) {
  const auto lines =
      Metric(Gauge("g", Attribute("job", "mine") + "," + Attribute("http.method", "GET")),
             Attribute("service.name", "shop") + "," + Attribute("service.namespace", "eu") + "," +
                 Attribute("service.instance.id", "i1") + "," + Attribute("host.name", "h1"));

  EXPECT_THAT(lines,
              ElementsAre(R"(g{http_method="GET", instance="i1", job="eu/shop"} 1@2000)",
                          R"(target_info{host_name="h1", instance="i1", job="eu/shop"} 1@2000)"));
}

TEST_F(TranslatorTest, TargetInfoNeedsSomethingToSayAndSomebodyToSayItOf) {
  EXPECT_THAT(Metric(Gauge("g", ""), Attribute("service.name", "shop")),
              ElementsAre(R"(g{job="shop"} 1@2000)"));
  EXPECT_THAT(Metric(Gauge("g", ""), Attribute("host.name", "h1")), ElementsAre("g 1@2000"));

  settings_.keep_identifying = true;
  EXPECT_THAT(Metric(Gauge("g", ""), Attribute("service.name", "shop") + "," + Attribute("x", "y")),
              Contains(R"(target_info{job="shop", service_name="shop", x="y"} 1@2000)"));
}

TEST_F(TranslatorTest, TargetInfoCoversTheTimeOfItsPoints) {
  const auto lines = Metric(
      R"({"name":"g","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"1000000000000"},
                                            {"asInt":1,"timeUnixNano":"1310000000000"}]}})",
      Attribute("service.name", "shop") + "," + Attribute("x", "y"));

  EXPECT_THAT(lines, ElementsAre(R"(g{job="shop"} 1@1000000)", R"(g{job="shop"} 1@1310000)",
                                 R"(target_info{job="shop", x="y"} 1@1000000)",
                                 R"(target_info{job="shop", x="y"} 1@1150000)",
                                 R"(target_info{job="shop", x="y"} 1@1300000)",
                                 R"(target_info{job="shop", x="y"} 1@1310000)"));
}

TEST_F(TranslatorTest, ResourcesOfOneTargetGiveOneTargetInfo) {
  const std::string resource =
      StrCat(R"({"resource":{"attributes":[)", Attribute("service.name", "s"), ",",
             Attribute("x", "y"), R"(]},"scopeMetrics":[{"metrics":[)", Gauge("g", ""), "]}]}");

  const auto lines = Translated(StrCat(R"({"resourceMetrics":[)", resource, ",", resource, "]}"));

  EXPECT_EQ(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.starts_with("target_info"); }),
            1);
}

TEST_F(TranslatorTest, PromotedAttributesAreLabelsUnlessAPointHasThem) {
  settings_.promoted = {"host.name", "zone"};

  const auto lines = Metric(Gauge("g", Attribute("zone", "mine")),
                            Attribute("host.name", "h1") + "," + Attribute("zone", "z") + "," +
                                Attribute("service.name", "shop"));

  EXPECT_EQ(lines[0], R"(g{host_name="h1", job="shop", zone="mine"} 1@2000)");
}

TEST_F(TranslatorTest, OfPromotedAttributesWithOneNameTheLastCounts) {
  settings_.promoted = {"host.name", "host-name"};

  const auto lines =
      Metric(Gauge("g", ""), Attribute("host.name", "h1") + "," + Attribute("host-name", "h2"));

  EXPECT_EQ(lines[0], R"(g{host_name="h2"} 1@2000)");
}

TEST_F(TranslatorTest, AllButSomeAttributesMayBePromoted) {
  settings_.promote_all = true;
  settings_.not_promoted = {"zone"};

  const auto lines =
      Metric(Gauge("g", ""), Attribute("host.name", "h1") + "," + Attribute("zone", "z"));

  EXPECT_EQ(lines[0], R"(g{host_name="h1"} 1@2000)");
}

TEST_F(TranslatorTest, ScopesAreLabelsByASetting) {
  settings_.promote_scope = true;

  EXPECT_THAT(Metric(Gauge("g", Attribute("otel_scope_schema_url", "gone"))),
              ElementsAre(R"(g{otel_scope_name="lib", otel_scope_version="1"} 1@2000)"));
}

TEST_F(TranslatorTest, CollidingAttributesAreJoinedInOrderOfTheirNames) {
  EXPECT_THAT(Metric(Gauge("g", Attribute("a.b", "2") + "," + Attribute("a-b", "1") + "," +
                                    Attribute("__name__", "no") + "," + Attribute("empty", ""))),
              ElementsAre(R"(g{a_b="1;2"} 1@2000)"));
}

TEST_F(TranslatorTest, NamesMayStayAsTheyAre) {
  settings_.strategy = {.escape = false, .suffixes = false};

  EXPECT_THAT(Metric(Gauge("g.x", Attribute("a.b", "2") + "," + Attribute("a-b", "1"))),
              ElementsAre(R"({"g.x", "a-b"="1", "a.b"="2"} 1@2000)"));
}

TEST_F(TranslatorTest, OtherValuesOfTheSameKeysReuseThePlan) {
  const auto point = [](std::string_view a, std::string_view b) {
    return StrCat(R"({"asInt":1,"timeUnixNano":"2000000000","attributes":[)", Attribute("b", b),
                  ",", Attribute("a", a), "]}");
  };

  const auto lines =
      Metric(StrCat(R"({"name":"g","gauge":{"dataPoints":[)", point("1", "2"), ",", point("3", "4"),
                    ",", point("", "5"), ",", point("6", "7"), "]}}"));

  EXPECT_THAT(lines, ElementsAre(R"(g{a="1", b="2"} 1@2000)", R"(g{a="3", b="4"} 1@2000)",
                                 R"(g{b="5"} 1@2000)", R"(g{a="6", b="7"} 1@2000)"));
}

TEST_F(TranslatorTest, WhatCannotBeTranslatedIsCountedAndTheRestGoesOn) {
  const auto lines =
      Metric(StrCat(Gauge("", ""), ",", Gauge("...", ""), ",", Gauge("g", Attribute("..", "x")),
                    R"(,{"name":"none"},{"name":"d","sum":{"aggregationTemporality":1,
                     "dataPoints":[{"asInt":1},{"asInt":2}]}},)",
                    Gauge("good", "")));

  EXPECT_THAT(lines, ElementsAre("good 1@2000"));
  EXPECT_EQ(report_.rejected_points, 5u);
  EXPECT_THAT(report_.errors,
              ElementsAre("metric has no name", HasSubstr("resulted in empty name"),
                          HasSubstr("metric \"g\": normalization for label name \"..\""),
                          HasSubstr("\"none\" has no data"),
                          HasSubstr("metric \"d\": delta is not taken, see delta_temporality")));
}

TEST_F(TranslatorTest, DeltasAreAddedUp) {
  settings_.delta = DeltaMode::kCumulative;
  const auto sum = [](int value, int start, int time) {
    return StrCat(R"({"name":"c","sum":{"aggregationTemporality":1,"isMonotonic":true,
        "dataPoints":[{"asInt":)",
                  value, R"(,"startTimeUnixNano":")", start, R"(000000",
        "timeUnixNano":")",
                  time, R"(000000"}]}})");
  };

  EXPECT_THAT(Metric(sum(5, 1000, 2000)), ElementsAre("c 5@2000 since 1000"));
  EXPECT_THAT(Metric(sum(7, 2000, 3000)), ElementsAre("c 12@3000 since 1000"));
  EXPECT_THAT(Metric(sum(7, 2000, 3000)), IsEmpty());
  EXPECT_THAT(report_.errors, ElementsAre(HasSubstr("is not newer than the last one")));
  EXPECT_THAT(Metric(sum(1, 3000, 4000), Attribute("service.name", "other")),
              ElementsAre(R"(c{job="other"} 1@4000 since 3000)"));
}

TEST_F(TranslatorTest, DeltasMayBeStoredAsTheyAre) {
  settings_.delta = DeltaMode::kNative;

  const auto lines = Metric(R"(
    {"name":"c","sum":{"aggregationTemporality":1,"isMonotonic":true,
      "dataPoints":[{"asInt":5,"timeUnixNano":"2000000000"}]}},
    {"name":"e","exponentialHistogram":{"aggregationTemporality":1,"dataPoints":[
      {"count":1,"timeUnixNano":"2000000000","zeroCount":1}]}})");

  EXPECT_THAT(lines, ElementsAre("c 5@2000", HasSubstr("hint 3")));
  EXPECT_EQ(batch_.metadata[0].type, static_cast<uint32_t>(model::MetricType::kUnknown));
}

TEST_F(TranslatorTest, ExemplarsOfSumsCarryTheirContext) {
  const auto lines = Metric(StrCat(
      R"({"name":"c","sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
        {"asInt":5,"timeUnixNano":"2000000000","exemplars":[
          {"asInt":1,"timeUnixNano":"1500000000","spanId":"0102030405060708",
           "traceId":"01020304050607080102030405060708","filteredAttributes":[)",
      Attribute("user", "u1"), R"(]},{"asInt":2,"filteredAttributes":[)",
      Attribute("long", std::string(125, 'x')), "]}]}]}}"));

  EXPECT_THAT(lines,
              ElementsAre("c 5@2000 exemplar 1@1500 span_id=0102030405060708 "
                          "trace_id=01020304050607080102030405060708 user=u1 exemplar 2@2000"));
}

}  // namespace
}  // namespace kvs::ingest::otlp

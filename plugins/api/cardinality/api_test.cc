// SPDX-License-Identifier: Apache-2.0
// The endpoints over a handful of series: Mimir's shapes, orders, limits and refusals.
#include "api.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/fake_routes.h"
#include "kvs/testkit/label_source.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::api::cardinality {
namespace {

using ::testing::HasSubstr;

class CardinalityTest : public ::testing::Test {
 protected:
  CardinalityTest() {
    source_.series["t"] = {{{"__name__", "up"}, {"job", "a"}},
                           {{"__name__", "up"}, {"job", "b"}, {"zone", "z"}},
                           {{"__name__", "http_requests"}, {"job", "b"}}};
    Open({});
  }
  void Open(Config config) {
    api_ = std::make_unique<Api>(host_.host(), std::move(config));
    api_->http = routes_.ref();
    api_->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    api_->limits = limiter_.ref();
    ASSERT_TRUE(testkit::StartComponent(*api_).ok());
  }
  std::string Get(const std::string& path, std::string query) {
    const auto reply = routes_.Ask("GET", "/prometheus/api/v1/" + path,
                                   {.tenant = "t", .query = std::move(query)});
    return StrCat(reply.status, " ", reply.body);
  }

  testkit::TestHost host_{{.manual_clock = true}};
  testkit::FakeRoutes routes_;
  testkit::LabelSource source_;
  testkit::FakeLimiter limiter_;
  std::unique_ptr<Api> api_;
};

TEST_F(CardinalityTest, LabelNamesByNumberOfValues) {
  EXPECT_EQ(
      Get("cardinality/label_names", "limit=2"),
      R"(200 {"label_values_count_total":5,"label_names_count":3,"cardinality":[{"label_name":"__name__","label_values_count":2},{"label_name":"job","label_values_count":2}]})");
  EXPECT_THAT(Get("cardinality/label_names", "selector=up"),
              HasSubstr(R"("label_values_count_total":4)"));
}

TEST_F(CardinalityTest, LabelValuesByNumberOfSeries) {
  EXPECT_EQ(
      Get("cardinality/label_values", "label_names[]=zone&label_names[]=job"),
      R"(200 {"series_count_total":3,"labels":[{"label_name":"job","label_values_count":2,"series_count":3,"cardinality":[{"label_value":"b","series_count":2},{"label_value":"a","series_count":1}]},{"label_name":"zone","label_values_count":1,"series_count":1,"cardinality":[{"label_value":"z","series_count":1}]}]})");
  EXPECT_THAT(Get("cardinality/label_values", "label_names[]=job&selector=%7Bzone%3D%22z%22%7D"),
              HasSubstr(R"("series_count_total":1)"));
}

TEST_F(CardinalityTest, ActiveSeriesAreLabelSets) {
  EXPECT_EQ(Get("cardinality/active_series", "selector=http_requests"),
            R"(200 {"data":[{"__name__":"http_requests","job":"b"}]})");
}

TEST_F(CardinalityTest, MetricsWithoutHistogramsAreNotAmongThoseWithThem) {
  EXPECT_EQ(Get("cardinality/active_native_histogram_metrics", "selector=up"),
            R"(200 {"data":[]})");
  EXPECT_THAT(Get("cardinality/active_native_histogram_metrics", ""),
              HasSubstr("'selector' param is required"));
}

TEST_F(CardinalityTest, SearchGivesTheBestFirst) {
  EXPECT_EQ(Get("search/metric_names", "search[]=requests"),
            "200 "
            "{\"name\":\"http_requests\",\"score\":0.6230769230769231}\n{\"status\":\"success\","
            "\"has_more\":false}\n");
  EXPECT_THAT(Get("search/label_names", "limit=1"), HasSubstr(R"("has_more":true)"));
  EXPECT_THAT(Get("search/label_values", "label=job&search[]=A"),
              HasSubstr(R"({"name":"a","score":1})"));
}

TEST_F(CardinalityTest, BadParametersAreRefusedInMimirsWords) {
  EXPECT_THAT(Get("cardinality/label_names", "limit=501"), HasSubstr("400"));
  EXPECT_THAT(Get("cardinality/label_names", "limit=501"),
              HasSubstr("'limit' param cannot be greater than '500'"));
  EXPECT_THAT(Get("cardinality/label_names", "count_method=x"),
              HasSubstr("invalid 'count_method' param 'x'"));
  EXPECT_THAT(Get("cardinality/label_names", "selector=up%7B"), HasSubstr("parse error"));
  EXPECT_THAT(Get("cardinality/label_values", ""), HasSubstr("'label_names[]' param is required"));
  EXPECT_THAT(Get("cardinality/active_series", ""), HasSubstr("'selector' param is required"));
}

TEST_F(CardinalityTest, TooManySeriesAreRefused) {
  Open({.max_series = 2});

  EXPECT_THAT(Get("cardinality/label_values", "label_names[]=job"), HasSubstr("422"));
  EXPECT_THAT(Get("cardinality/active_series", "selector=%7Bjob%3D~%22.%2B%22%7D"),
              HasSubstr("more than 2 series"));
}

TEST_F(CardinalityTest, ATenantMayBeKeptOut) {
  limiter_.numbers = {{"cardinality_analysis_enabled", 0}};

  EXPECT_THAT(Get("cardinality/label_names", ""), HasSubstr("400 "));
  EXPECT_THAT(Get("cardinality/active_series", "selector=up"),
              HasSubstr("cardinality analysis is disabled for the tenant: t"));
  EXPECT_THAT(Get("search/metric_names", ""), HasSubstr("200 "));
}

TEST_F(CardinalityTest, ATenantsLimitsCountInsteadOfTheConfigured) {
  limiter_.numbers = {{"cardinality_analysis_max_results", 2},
                      {"label_values_max_cardinality_label_names_per_request", 1}};

  EXPECT_THAT(Get("cardinality/label_names", "limit=3"),
              HasSubstr("'limit' param cannot be greater than '2'"));
  EXPECT_THAT(Get("cardinality/label_values", "label_names[]=job&label_names[]=zone"),
              HasSubstr("label_names[] has 2 names, more than 1"));
}

TEST_F(CardinalityTest, AnAnswerThatIsTooLargeIsNotGiven) {
  limiter_.numbers = {{"label_names_and_values_results_max_size_bytes", 8},
                      {"active_series_results_max_size_bytes", 8}};

  EXPECT_THAT(Get("cardinality/label_names", ""),
              HasSubstr("see label_names_and_values_results_max_size_bytes"));
  EXPECT_THAT(Get("cardinality/active_series", "selector=up"),
              HasSubstr("see active_series_results_max_size_bytes"));
}

TEST_F(CardinalityTest, BlockedRequestsAreRefused) {
  limiter_.texts["blocked_requests"] = R"([{"path":"/prometheus/api/v1/cardinality/label_names"}])";

  EXPECT_THAT(Get("cardinality/label_names", ""), HasSubstr("400 "));
  EXPECT_THAT(Get("cardinality/label_names", ""), HasSubstr("(err-mimir-request-blocked)"));
  EXPECT_THAT(Get("cardinality/active_series", "selector=up"), HasSubstr("200 "));
}

TEST_F(CardinalityTest, WhatASourceCouldNotGiveIsSaid) {
  source_.warning = "one store is away";

  EXPECT_THAT(Get("cardinality/active_series", "selector=up"),
              HasSubstr(R"("warnings":["one store is away"])"));
  EXPECT_THAT(Get("cardinality/label_values", "label_names[]=job"),
              HasSubstr(R"("warnings":["one store is away"])"));
}

}  // namespace
}  // namespace kvs::api::cardinality

// SPDX-License-Identifier: Apache-2.0
// Exports from request to sink and back: encodings, headers, partial successes, errors.
#include "handler.h"

#include <map>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/push_client.h"
#include "kvs/testkit/test_host.h"
#include "kvs/wire/protobuf.h"

namespace kvs::ingest::otlp {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kBody =
    R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
      {"name":"a.b","unit":"s","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"2000000000"}]}},
      {"name":"c","gauge":{"dataPoints":[{"asInt":2,"timeUnixNano":"2000000000"}]}}]}]}]})";
constexpr std::string_view kHalfBad =
    R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[
      {"name":"...","gauge":{"dataPoints":[{"asInt":1,"timeUnixNano":"2000000000"}]}},
      {"name":"c","gauge":{"dataPoints":[{"asInt":2,"timeUnixNano":"2000000000"}]}}]}]}]})";

class OtlpHandlerTest : public ::testing::Test {
 protected:
  void StartHandler(const Config& config = {}) {
    handler_ = std::make_unique<OtlpHandler>(host_.host(), config);
    handler_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    handler_->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    sdk::Completer unused(nullptr, nullptr);
    const sdk::OwnedCall call("");
    ASSERT_TRUE(handler_->Start(call, unused).status().ok());
  }
  testkit::HttpAnswer Export(std::string_view body, std::string_view type = "application/json",
                             std::string_view encoding = "", std::string_view strategy = "",
                             std::string_view suffixes = "") {
    if (handler_ == nullptr) StartHandler();
    return testkit::PostTo(handler_.get(),
                           {.body = body,
                            .headers = {{"content-type", type},
                                        {"content-encoding", encoding},
                                        {"x-mimir-otlp-translationstrategy", strategy},
                                        {"x-mimir-otlp-addsuffixes", suffixes}}});
  }
  void SinkAnswers(Status status, uint64_t accepted = 0) {
    sink_.answer = [status, accepted](const kvs_write_view_t&, kvs_write_result_t& out,
                                      sdk::Completer&) -> sdk::Outcome {
      out.samples_accepted = accepted;
      return status;
    };
  }

  testkit::TestHost host_;
  testkit::RecordingSink sink_;
  testkit::RecordingRoutes routes_;
  std::unique_ptr<OtlpHandler> handler_;
};

TEST_F(OtlpHandlerTest, JsonReachesTheSink) {
  const auto answer = Export(kBody);

  EXPECT_THAT(routes_.added, ElementsAre("test POST /otlp/v1/metrics 69"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.headers.at("Content-Type"), "application/json");
  EXPECT_EQ(sink_.tenant, "team-a");
  EXPECT_THAT(sink_.seen, ElementsAre("a_b 1@2000", "c 2@2000"));
  EXPECT_THAT(sink_.metadata, ElementsAre("a_b 2 ", "c 2 "));
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_samples_total"), 2);
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_otlp_requests_total", {{"user", "team-a"}}),
            1);
  EXPECT_EQ(host_.metrics().Value("kvs_ingest_otlp_points_total"), 2);
}

TEST_F(OtlpHandlerTest, ATenantHasSettingsOfItsOwn) {
  testkit::FakeLimiter limits;
  limits.tenant = "team-a";
  StartHandler();
  handler_->limiter = limits.ref();
  limits.numbers = {{"otel_metric_suffixes_enabled", 1}};

  EXPECT_EQ(Export(kBody).status, 200);
  EXPECT_EQ(Export(kBody).status, 200);
  EXPECT_THAT(sink_.seen,
              ElementsAre("a_b_seconds 1@2000", "c 2@2000", "a_b_seconds 1@2000", "c 2@2000"));
  EXPECT_EQ(limits.asked, 1);

  sink_.seen.clear();
  limits.numbers.clear();
  limits.texts = {{"otel_translation_strategy", "NoTranslation"}};
  ++limits.epoch;
  EXPECT_EQ(Export(kBody).status, 200);
  EXPECT_THAT(sink_.seen, ElementsAre("{\"a.b\"} 1@2000", "c 2@2000"));

  sink_.seen.clear();
  limits.texts = {{"otel_translation_strategy", "Nonsense"}};
  ++limits.epoch;
  EXPECT_EQ(Export(kBody).status, 200);
  EXPECT_THAT(sink_.seen, ElementsAre("a_b 1@2000", "c 2@2000"));
  EXPECT_TRUE(host_.Logged("the otel_translation_strategy of a tenant cannot be used"));
}

TEST_F(OtlpHandlerTest, ProtobufIsAnsweredInProtobuf) {
  std::string body;
  wire::AppendBytesField(body, 1, "");

  const auto fine = Export(body, "application/x-protobuf");
  const auto broken = Export("\x0a\x7f", "application/x-protobuf; charset=x");

  EXPECT_EQ(fine.status, 200);
  EXPECT_EQ(fine.body, "");
  EXPECT_EQ(fine.headers.at("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(broken.status, 400);
  EXPECT_THAT(broken.body, testing::StartsWith("\x08\x03\x12"));
  EXPECT_THAT(broken.body, HasSubstr("malformed protobuf at byte"));
}

TEST_F(OtlpHandlerTest, BodiesMayBeCompressed) {
  for (const wire::Encoding encoding : {wire::Encoding::kGzip, wire::Encoding::kZstd}) {
    wire::ByteBuffer packed;
    ASSERT_TRUE(wire::Compress(encoding,
                               {reinterpret_cast<const uint8_t*>(kBody.data()), kBody.size()},
                               &packed)
                    .ok());
    EXPECT_EQ(Export(packed.view(), "application/json",
                     encoding == wire::Encoding::kGzip ? "gzip" : "zstd")
                  .status,
              200);
  }
  EXPECT_EQ(Export(kBody, "application/json", "br").status, 415);
  EXPECT_EQ(Export(kBody, "text/plain").status, 415);
  EXPECT_EQ(sink_.seen.size(), 4u);
}

TEST_F(OtlpHandlerTest, HeadersChooseTheNames) {
  Export(kBody, "application/json", "", "NoTranslation");
  Export(kBody, "application/json", "", "", "true");

  EXPECT_THAT(sink_.seen,
              ElementsAre(R"({"a.b"} 1@2000)", "c 2@2000", "a_b_seconds 1@2000", "c 2@2000"));
  EXPECT_EQ(Export(kBody, "application/json", "", "Nonsense").status, 400);
  EXPECT_EQ(Export(kBody, "application/json", "", "", "maybe").status, 400);
}

TEST_F(OtlpHandlerTest, WhatCannotBeTranslatedIsAPartialSuccess) {
  const auto answer = Export(kHalfBad);

  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr(R"({"partialSuccess":{"rejectedDataPoints":"1",)"));
  EXPECT_THAT(answer.body, HasSubstr("resulted in empty name"));
  EXPECT_THAT(sink_.seen, ElementsAre("c 2@2000"));
  EXPECT_EQ(host_.metrics().Value("kvs_ingest_otlp_rejected_points_total"), 1);
}

TEST_F(OtlpHandlerTest, WhatTheSinkRefusesIsAPartialSuccess) {
  SinkAnswers(InvalidArgument("too old (err-mimir-x)").Partial(), 1);

  const auto answer = Export(kBody);

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"_({"partialSuccess":{"rejectedDataPoints":"1",)_"
                         R"_("errorMessage":"too old (err-mimir-x)"}})_");
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_samples_total"), 1);
}

TEST_F(OtlpHandlerTest, NothingTakenIsAnError) {
  SinkAnswers(InvalidArgument("too old (err-mimir-x)").Partial(), 0);

  const auto answer = Export(kBody);

  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, R"_({"code":3,"message":"too old (err-mimir-x)"})_");
}

TEST_F(OtlpHandlerTest, ExportersAreToldWhenToComeBack) {
  SinkAnswers(ResourceExhausted("slow down"));
  const auto limited = Export(kBody);
  SinkAnswers(Internal("oops"));
  const auto failed = Export(kBody);

  EXPECT_EQ(limited.status, 429);
  EXPECT_GE(std::stoi(limited.headers.at("Retry-After")), 6);
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(failed.headers.count("Retry-After"), 1u);
}

TEST_F(OtlpHandlerTest, LargeRequestsAre413WithTheirId) {
  Config config;
  config.max_request_size.bytes = 100;
  StartHandler(config);
  wire::ByteBuffer packed;
  const std::string zeros(1000, ' ');
  ASSERT_TRUE(wire::Compress(wire::Encoding::kGzip,
                             {reinterpret_cast<const uint8_t*>(zeros.data()), zeros.size()},
                             &packed)
                  .ok());

  const auto answer = Export(packed.view(), "application/json", "gzip");

  EXPECT_EQ(answer.status, 413);
  EXPECT_THAT(answer.body, HasSubstr("(err-mimir-distributor-max-otlp-request-size)"));
  EXPECT_THAT(sink_.seen, IsEmpty());
}

TEST_F(OtlpHandlerTest, DeltasAreAddedUpFromRequestToRequest) {
  Config config;
  config.delta_temporality = "cumulative";
  StartHandler(config);
  const auto body = [](int time) {
    return StrCat(R"({"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"c","sum":
      {"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":5,"timeUnixNano":")",
                  time, R"(000000"}]}}]}]}]})");
  };

  Export(body(1000));
  Export(body(2000));

  EXPECT_THAT(sink_.seen, ElementsAre("c 5@1000", "c 10@2000"));
}

}  // namespace
}  // namespace kvs::ingest::otlp

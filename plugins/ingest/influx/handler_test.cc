// SPDX-License-Identifier: Apache-2.0
// Writes from request to sink and back.
#include "handler.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/push_client.h"
#include "kvs/testkit/test_host.h"

namespace kvs::ingest::influx {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class InfluxHandlerTest : public ::testing::Test {
 protected:
  void StartHandler(const Config& config = {}) {
    handler_ = std::make_unique<InfluxHandler>(host_.host(), config);
    handler_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    handler_->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    sdk::Completer unused(nullptr, nullptr);
    const sdk::OwnedCall call("");
    ASSERT_TRUE(handler_->Start(call, unused).status().ok());
  }
  testkit::HttpAnswer Write(std::string_view body, std::string_view query = "",
                            std::string_view path = "/influx/write",
                            std::string_view encoding = "") {
    if (handler_ == nullptr) StartHandler();
    return testkit::PostTo(
        handler_.get(),
        {.body = body, .headers = {{"content-encoding", encoding}}, .path = path, .query = query});
  }

  testkit::TestHost host_;
  testkit::RecordingSink sink_;
  testkit::RecordingRoutes routes_;
  std::unique_ptr<InfluxHandler> handler_;
};

TEST_F(InfluxHandlerTest, LinesReachTheSink) {
  const auto answer = Write("m,t=a v=1 1000000000\nm,t=b v=2 1000000000\n");

  EXPECT_THAT(routes_.added,
              ElementsAre("test POST /api/v1/push/influx/write 69", "test POST /influx/write 69",
                          "test POST /api/v2/write 69"));
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(sink_.tenant, "team-a");
  EXPECT_THAT(sink_.seen, ElementsAre(R"(m_v{__mimir_source__="influx", t="a"} 1@1000)",
                                      R"(m_v{__mimir_source__="influx", t="b"} 2@1000)"));
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_influx_requests_total", {{"user", "team-a"}}),
            1);
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_samples_total"), 2);
}

TEST_F(InfluxHandlerTest, PrecisionAndCompression) {
  wire::ByteBuffer packed;
  const std::string_view body = "m v=1 5";
  ASSERT_TRUE(wire::Compress(wire::Encoding::kGzip,
                             {reinterpret_cast<const uint8_t*>(body.data()), body.size()}, &packed)
                  .ok());

  EXPECT_EQ(Write(packed.view(), "precision=s&db=x", "/influx/write", "gzip").status, 204);
  EXPECT_THAT(sink_.seen, ElementsAre(HasSubstr("1@5000")));
  EXPECT_EQ(Write("m v=1 5", "precision=days").status, 400);
  EXPECT_EQ(Write("m v=1 5", "", "/influx/write", "br").status, 415);
}

TEST_F(InfluxHandlerTest, DamagedLinesAreNamedAndTheRestIsWritten) {
  const auto v1 = Write("m v=1 0\nbad\n");
  const auto v2 = Write("m v=1 0\nbad\n", "", "/api/v2/write");

  EXPECT_EQ(v1.status, 400);
  EXPECT_EQ(v1.body,
            "{\"error\":\"partial write: 1 of the lines could not be read: line 2: there are no "
            "fields\"}\n");
  EXPECT_THAT(v2.body, HasSubstr(R"({"code":"invalid","message":"partial write: )"));
  EXPECT_EQ(sink_.seen.size(), 2u);
  EXPECT_EQ(host_.metrics().Value("kvs_ingest_influx_bad_lines_total"), 2);
}

TEST_F(InfluxHandlerTest, NothingButDamageIsNoPartialWrite) {
  const auto answer = Write("bad");

  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("partial")));
  EXPECT_THAT(sink_.seen, IsEmpty());
}

TEST_F(InfluxHandlerTest, SendersAreToldWhenToComeBack) {
  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&) -> sdk::Outcome {
    return ResourceExhausted("slow down");
  };

  const auto answer = Write("m v=1 0", "", "/api/v2/write");

  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(std::stoi(answer.headers.at("Retry-After")), 6);
  EXPECT_EQ(answer.body, "{\"code\":\"too many requests\",\"message\":\"slow down\"}\n");
}

TEST_F(InfluxHandlerTest, LargeRequestsAre413) {
  Config config;
  config.max_request_size.bytes = 5;
  StartHandler(config);

  EXPECT_EQ(Write("m v=1 0").status, 413);
}

}  // namespace
}  // namespace kvs::ingest::influx

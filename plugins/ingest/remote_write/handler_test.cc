// SPDX-License-Identifier: Apache-2.0
// Pushes from request to sink and back: both protocols, counts, refusals, answers that come late,
// batches that are kept.
#include "handler.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/model/label_cursor.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/testkit/push_client.h"
#include "kvs/testkit/test_host.h"
#include "kvs/wire/remote_write.h"

namespace kvs::ingest::remote_write {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kV1Type = "application/x-protobuf";
constexpr std::string_view kV2Type = "application/x-protobuf;proto=io.prometheus.write.v2.Request";

class PushHandlerTest : public ::testing::Test {
 protected:
  void StartHandler(Config config = {}) {
    handler_ = std::make_unique<PushHandler>(host_.host(), config);
    handler_->next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
    handler_->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    sdk::Completer unused(nullptr, nullptr);
    const sdk::OwnedCall call("");
    ASSERT_TRUE(handler_->Start(call, unused).status().ok());
  }

  testkit::HttpAnswer Push(std::string_view body, std::string_view type = kV1Type,
                           std::string_view encoding = "snappy", std::string_view tenant = "team-a",
                           std::string_view attempt = "") {
    if (handler_ == nullptr) StartHandler();
    return testkit::PostTo(handler_.get(), {.body = body,
                                            .headers = {{"content-type", type},
                                                        {"content-encoding", encoding},
                                                        {"retry-attempt", attempt}},
                                            .tenant = tenant});
  }

  static std::string Packed(std::string_view message,
                            wire::Encoding encoding = wire::Encoding::kSnappy) {
    wire::ByteBuffer out;
    EXPECT_TRUE(wire::Compress(encoding,
                               {reinterpret_cast<const uint8_t*>(message.data()), message.size()},
                               &out)
                    .ok());
    return std::string(out.view());
  }
  static model::WriteBatch Batch(uint32_t n_series = 2) {
    model::WriteBatchBuilder builder(1);
    for (uint32_t i = 0; i < n_series; ++i) {
      builder.BeginSeries(model::Labels{{"__name__", "up"}, {"job", StrCat("j", i)}});
      builder.AddSample(1000 + i, i + 0.5);
    }
    return builder.Take();
  }
  static std::string V1(uint32_t n_series = 2) {
    std::string message;
    wire::EncodeWriteRequestV1(Batch(n_series), &message);
    return Packed(message);
  }
  static std::string V2(uint32_t n_series = 2) {
    std::string message;
    wire::EncodeWriteRequestV2(Batch(n_series), &message);
    return Packed(message);
  }

  testkit::TestHost host_;
  testkit::RecordingSink sink_;
  testkit::RecordingRoutes routes_;
  std::unique_ptr<PushHandler> handler_;
};

TEST_F(PushHandlerTest, HangsUpItsRouteAndTakesItDown) {
  StartHandler();
  sdk::Completer unused(nullptr, nullptr);
  const sdk::OwnedCall call("");

  (void)handler_->Stop(call, unused);

  EXPECT_THAT(routes_.added, ElementsAre("test POST /api/v1/push 69", "-test"));
  EXPECT_GT(routes_.max_body_bytes, uint64_t{100} << 20);
}

TEST_F(PushHandlerTest, AV1RequestReachesTheSink) {
  const testkit::HttpAnswer answer = Push(V1());

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.headers.count("X-Prometheus-Remote-Write-Samples-Written"), 0u);
  EXPECT_EQ(sink_.tenant, "team-a");
  EXPECT_THAT(sink_.seen, ElementsAre(R"(up{job="j0"} 0.5@1000)", R"(up{job="j1"} 1.5@1001)"));
  EXPECT_EQ(
      host_.metrics().Value("cortex_distributor_received_samples_total", {{"user", "team-a"}}), 2);
  EXPECT_EQ(
      host_.metrics().Value("cortex_distributor_received_requests_total", {{"user", "team-a"}}), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_requests_in_total", {{"version", "1.0"}}), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_inflight_push_requests"), 0);
}

TEST_F(PushHandlerTest, AV2RequestIsAnsweredWithCounts) {
  const testkit::HttpAnswer answer = Push(V2(), kV2Type);

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("X-Prometheus-Remote-Write-Samples-Written"), "2");
  EXPECT_EQ(answer.headers.at("X-Prometheus-Remote-Write-Histograms-Written"), "0");
  EXPECT_EQ(answer.headers.at("X-Prometheus-Remote-Write-Exemplars-Written"), "0");
  EXPECT_THAT(sink_.seen, ElementsAre(R"(up{job="j0"} 0.5@1000)", R"(up{job="j1"} 1.5@1001)"));
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_requests_in_total", {{"version", "2.0"}}), 1);
}

TEST_F(PushHandlerTest, OtherEncodingsAreUnderstoodAndAMissingOneIsSnappy) {
  std::string message;
  wire::EncodeWriteRequestV1(Batch(), &message);

  EXPECT_EQ(Push(Packed(message, wire::Encoding::kZstd), kV1Type, "zstd").status, 200);
  EXPECT_EQ(Push(Packed(message, wire::Encoding::kGzip), kV1Type, "gzip").status, 200);
  EXPECT_EQ(Push(V1(), kV1Type, "").status, 200);
  EXPECT_EQ(Push(message, kV1Type, "br").status, 415);
  EXPECT_EQ(sink_.seen.size(), 6u);
}

TEST_F(PushHandlerTest, MalformedRequestsAre400AndNeverReachTheSink) {
  EXPECT_EQ(Push("not snappy at all").status, 400);
  EXPECT_EQ(Push(Packed("not protobuf")).status, 400);
  EXPECT_EQ(Push(Packed("\x0a\x7f")).status, 400);
  EXPECT_EQ(Push(Packed("\x0a\x7f"), kV2Type).status, 400);
  EXPECT_EQ(Push(V1(), "application/x-protobuf;proto=unknown.Message").status, 415);

  EXPECT_TRUE(sink_.seen.empty());
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_requests_total"), 0);
}

TEST_F(PushHandlerTest, AnEmptyRequestIsFine) {
  EXPECT_EQ(Push(Packed("")).status, 200);
}

TEST_F(PushHandlerTest, MessagesOverTheLimitAre400WithTheirId) {
  Config config;
  config.max_recv_msg_size.bytes = 1000;
  StartHandler(config);

  const testkit::HttpAnswer unpacked = Push(Packed(std::string(1001, '\0')));
  const testkit::HttpAnswer sent = Push(std::string(1001, 'x'));

  EXPECT_EQ(unpacked.status, 400);
  EXPECT_THAT(unpacked.body, HasSubstr("(err-mimir-distributor-max-write-message-size)"));
  EXPECT_EQ(sent.status, 400);
  EXPECT_THAT(sent.body, HasSubstr("(err-mimir-distributor-max-write-message-size)"));
  EXPECT_EQ(sent.headers.count("Retry-After"), 0u);
}

TEST_F(PushHandlerTest, LargeBodiesAreDecodedOnAWorker) {
  Config config;
  config.inline_size.bytes = 10;
  StartHandler(config);

  EXPECT_EQ(Push(V1(1000)).status, 200);

  EXPECT_EQ(sink_.seen.size(), 1000u);
  EXPECT_NE(sink_.ran_on, std::this_thread::get_id());
}

TEST_F(PushHandlerTest, SmallBodiesAreWrittenRightHere) {
  EXPECT_EQ(Push(V1()).status, 200);

  EXPECT_EQ(sink_.ran_on, std::this_thread::get_id());
}

TEST_F(PushHandlerTest, ASinkMayEndLater) {
  for (int i = 0; i < 200; ++i) {
    std::thread later;
    sink_.answer = [&](const kvs_write_view_t&, kvs_write_result_t&,
                       sdk::Completer& completer) -> sdk::Outcome {
      later = std::thread([done = std::make_shared<sdk::Completion>(completer.Defer())] {
        (*done)(Unavailable("disk full"));
      });
      return sdk::Pending();
    };
    const testkit::HttpAnswer answer = Push(V1());
    later.join();
    ASSERT_EQ(answer.status, 503);
    ASSERT_EQ(answer.body, "disk full\n");
    ASSERT_EQ(answer.headers.count("Retry-After"), 1u);
  }
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_samples_total"), 0);
}

TEST_F(PushHandlerTest, PartialWritesCountWhatWasTaken) {
  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t& out,
                    sdk::Completer&) -> sdk::Outcome {
    out.samples_accepted = 1;
    return InvalidArgument("bad series (err-mimir-label-invalid)").Partial();
  };

  const testkit::HttpAnswer v2 = Push(V2(), kV2Type);

  EXPECT_EQ(v2.status, 400);
  EXPECT_EQ(v2.body, "bad series (err-mimir-label-invalid)\n");
  EXPECT_EQ(v2.headers.at("X-Prometheus-Remote-Write-Samples-Written"), "1");
  EXPECT_EQ(host_.metrics().Value("cortex_distributor_received_samples_total"), 1);
}

TEST_F(PushHandlerTest, ASeriesWithoutSamplesIsRefusedButTheRestIsWritten) {
  model::WriteBatchBuilder builder(1);
  builder.BeginSeries(model::Labels{{"__name__", "empty"}});
  builder.BeginSeries(model::Labels{{"__name__", "up"}});
  builder.AddSample(1, 2);
  std::string message;
  wire::EncodeWriteRequestV2(builder.Take(), &message);

  const testkit::HttpAnswer answer = Push(Packed(message), kV2Type);

  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(sink_.seen, ElementsAre("up 2@1"));
  EXPECT_EQ(answer.headers.at("X-Prometheus-Remote-Write-Samples-Written"), "1");
}

TEST_F(PushHandlerTest, RefusalsCarryRetryAfterWhereASenderShouldWait) {
  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&) -> sdk::Outcome {
    return ResourceExhausted("slow down");
  };
  const testkit::HttpAnswer limited = Push(V1());
  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&) -> sdk::Outcome {
    return AlreadyExists("replica");
  };
  const testkit::HttpAnswer replica = Push(V1());

  EXPECT_EQ(limited.status, 429);
  EXPECT_GE(std::stoi(limited.headers.at("Retry-After")), 6);
  EXPECT_EQ(replica.status, 202);
  EXPECT_EQ(replica.headers.count("Retry-After"), 0u);
}

TEST_F(PushHandlerTest, ASinkMayKeepTheBatch) {
  const kvs_write_batch_t* kept = nullptr;
  sink_.answer = [&](const kvs_write_view_t& in, kvs_write_result_t&,
                     sdk::Completer&) -> sdk::Outcome {
    if (kept == nullptr) {
      kept = in.batch;
      kept->ref->retain(kept->ref);
    }
    return OkStatus();
  };
  Push(V1());
  Push(V1(5));

  EXPECT_EQ(model::FormatSeries(model::LabelCursor(sdk::LabelSourceOf(*kept), 1)),
            R"(up{job="j1"})");
  EXPECT_EQ(kept->n_series, 2u);
  kept->ref->release(kept->ref);
}

TEST_F(PushHandlerTest, KeysAreStableForATenantAndDifferBetweenTenants) {
  Push(V1(1));
  Push(V1(1));
  Push(V1(1), kV1Type, "snappy", "team-b");

  ASSERT_EQ(sink_.keys.size(), 3u);
  EXPECT_EQ(sink_.keys[0], sink_.keys[1]);
  EXPECT_NE(sink_.keys[0], sink_.keys[2]);
}

TEST_F(PushHandlerTest, RefusalsOfATenantAreToldAtAPace) {
  testkit::TestHost host({.manual_clock = true});
  Config config;
  config.refusals_per_second = 1;
  PushHandler handler(host.host(), config);
  handler.next = sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&sink_));
  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t&, sdk::Completer&) {
    return InvalidArgument("too many series");
  };
  const std::string body = V1();
  const auto push = [&](std::string_view tenant) {
    return testkit::PostTo(&handler,
                           {.body = body, .headers = {{"content-type", kV1Type}}, .tenant = tenant})
        .status;
  };
  const auto held = [&] { return host.metrics().Value("kvs_push_refusals_held_total"); };

  EXPECT_EQ(push("team-a"), 400) << "a second's worth of them is told at once";
  std::atomic<int> later = 0;
  std::thread second([&] { later = push("team-a"); });
  while (held() == 0 && later == 0) std::this_thread::yield();
  EXPECT_EQ(held(), 1);
  EXPECT_EQ(push("team-b"), 400) << "another tenant does not wait";
  EXPECT_EQ(later, 0);
  while (later == 0) {
    host.Advance(1000);
    std::this_thread::yield();
  }
  second.join();
  EXPECT_EQ(later, 400);

  sink_.answer = [](const kvs_write_view_t&, kvs_write_result_t& out, sdk::Completer&) {
    out.samples_accepted = 1;
    return InvalidArgument("one of two").Partial();
  };
  EXPECT_EQ(push("team-b"), 400) << "what was written in part is not held";
  EXPECT_EQ(held(), 1);
}

}  // namespace
}  // namespace kvs::ingest::remote_write

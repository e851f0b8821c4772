// SPDX-License-Identifier: Apache-2.0
// Requests from body to answer, over a source that gives what it is told.
#include "handler.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/chunk/xor.h"
#include "kvs/testkit/push_client.h"
#include "kvs/testkit/select_source.h"
#include "kvs/testkit/test_host.h"
#include "kvs/wire/compression.h"
#include "kvs/wire/protobuf.h"

namespace kvs::api::remote_read {
namespace {

using ::testing::HasSubstr;

// Gives one series, {job="a"} with 1@10 and 2@20, in one batch.
class OneSeries final : public testkit::SelectSource {
 public:
  OneSeries() {
    EXPECT_TRUE(builder_.Append(10, 1));
    EXPECT_TRUE(builder_.Append(20, 2));
    chunk_ = {10,
              20,
              builder_.bytes().data(),
              static_cast<uint32_t>(builder_.bytes().size()),
              2,
              KVS_CHUNK_XOR,
              0};
    batch_ = sdk::Record<kvs_series_batch_t>();
    batch_.n_series = 1;
    batch_.labels.n_series = 1;
    batch_.labels.symbols = symbols_;
    batch_.labels.n_symbols = 2;
    batch_.labels.begin = label_begin_;
    batch_.labels.refs = refs_;
    batch_.chunk_begin = chunk_begin_;
    batch_.chunks = &chunk_;
  }
  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer&) override {
    tenant = call.tenant();
    flags = in.flags;
    asked.clear();
    for (uint64_t i = 0; i < in.matchers.n; ++i) {
      StrAppend(asked, sdk::View(in.matchers.matchers[i].name), in.matchers.matchers[i].type,
                sdk::View(in.matchers.matchers[i].value));
    }
    sdk::HandOutCursor(out, std::make_unique<Cursor>(this));
    return OkStatus();
  }
  std::string tenant;
  std::string asked;
  uint32_t flags = 0;
  int batches = 1;      // As often as the series is given.
  Status end;           // What comes instead of the end; OK: the end.
  std::string warning;  // What is missing.

 private:
  class Cursor final : public sdk::SeriesCursor {
   public:
    explicit Cursor(OneSeries* owner) : owner_(owner) {}
    sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
      if (given_ == owner_->batches) {
        if (!owner_->end.ok()) return Status(owner_->end);
        return sdk::End();
      }
      ++given_;
      out = &owner_->batch_;
      return OkStatus();
    }
    void AddLateWarnings(std::vector<std::string>* warnings) override {
      if (!owner_->warning.empty()) warnings->push_back(owner_->warning);
    }

   private:
    OneSeries* const owner_;
    int given_ = 0;
  };
  chunk::XorChunkBuilder builder_;
  kvs_chunk_t chunk_{};
  kvs_str_t symbols_[2] = {{"job", 3}, {"a", 1}};
  uint32_t label_begin_[2] = {0, 2};
  uint32_t refs_[2] = {0, 1};
  uint32_t chunk_begin_[2] = {0, 1};
  kvs_series_batch_t batch_{};
};

class ReadHandlerTest : public ::testing::Test {
 protected:
  testkit::HttpAnswer Read(std::vector<uint32_t> accepted, const Config& config = {}) {
    wire::ReadRequest request;
    wire::ReadQuery& query = request.queries.emplace_back();
    query.max_ms = 15;
    query.matchers = {{2, "job", "a|b"}};
    request.accepted = std::move(accepted);
    std::string body;
    wire::EncodeReadRequest(request, &body);
    wire::ByteBuffer packed;
    EXPECT_TRUE(wire::Compress(wire::Encoding::kSnappy,
                               {reinterpret_cast<const uint8_t*>(body.data()), body.size()},
                               &packed)
                    .ok());
    return Post(packed.view(), config);
  }
  testkit::HttpAnswer Post(std::string_view body, const Config& config = {}) {
    handler_ = std::make_unique<ReadHandler>(host_.host(), config);
    handler_->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));
    return testkit::PostTo(handler_.get(), {.body = body, .headers = {}});
  }
  static std::string Unpacked(std::string_view body) {
    std::string out;
    EXPECT_TRUE(wire::Decompress(wire::Encoding::kSnappy,
                                 {reinterpret_cast<const uint8_t*>(body.data()), body.size()},
                                 1 << 20, &out)
                    .ok());
    return out;
  }

  testkit::TestHost host_;
  OneSeries source_;
  std::unique_ptr<ReadHandler> handler_;
};

TEST_F(ReadHandlerTest, SamplesAreOneMessage) {
  const auto answer = Read({});

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(answer.headers.at("Content-Encoding"), "snappy");
  EXPECT_EQ(source_.tenant, "team-a");
  EXPECT_EQ(source_.asked, "job2a|b");
  std::string expected;
  const size_t result = wire::BeginMessage(expected, 1);
  const size_t series = wire::BeginMessage(expected, 1);
  wire::AppendReadLabel(expected, {"job", "a"});
  wire::AppendReadSample(expected, 10, 1);
  wire::EndMessage(expected, series);
  wire::EndMessage(expected, result);
  EXPECT_EQ(Unpacked(answer.body), expected);
}

TEST_F(ReadHandlerTest, ChunksAreFramesInOrderOfLabels) {
  const auto answer = Read({1, 0});

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("Content-Type"),
            "application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse");
  EXPECT_EQ(answer.headers.count("Content-Encoding"), 0u);
  EXPECT_EQ(source_.flags, uint32_t{KVS_SELECT_SORTED});
  EXPECT_EQ(answer.body.size(), 5u + static_cast<size_t>(answer.body[0]));
}

TEST_F(ReadHandlerTest, ReadersThatAskTooMuchOrNonsenseGet400) {
  Config few;
  few.sample_limit = 0;
  EXPECT_EQ(Read({}, few).status, 200);
  few.max_response_size.bytes = 5;
  EXPECT_EQ(Read({}, few).status, 400);

  const auto unknown = Read({7});
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.body, HasSubstr("does not support any of the requested response types: 7"));
  EXPECT_EQ(Post("not snappy").status, 400);
}

TEST_F(ReadHandlerTest, FramesAreSentABatchAtATime) {
  const auto one = Read({1});
  source_.batches = 3;

  const auto three = Read({1});

  EXPECT_EQ(three.pieces, 2) << "behind the first, which stands in the answer";
  EXPECT_EQ(three.cut, "");
  EXPECT_EQ(three.body, StrCat(one.body, one.body, one.body));
}

TEST_F(ReadHandlerTest, WhatGoesWrongBeforeTheFirstFrameHasAStatus) {
  source_.batches = 0;
  source_.end = Unavailable("the store is away");

  const auto answer = Read({1});

  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "the store is away\n");
}

TEST_F(ReadHandlerTest, WhatGoesWrongLaterCutsTheAnswer) {
  source_.batches = 2;
  source_.end = Unavailable("the store is away");

  const auto answer = Read({1});

  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.cut, HasSubstr("the store is away"));
  EXPECT_EQ(Read({0}).status, 503) << "samples are told when they are complete";
}

TEST_F(ReadHandlerTest, NoMoreReadersThanMayBeAreAnsweredAndOthersWait) {
  Config config;
  config.max_concurrent = 1;
  handler_ = std::make_unique<ReadHandler>(host_.host(), config);
  handler_->source = sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&source_));

  for (int i = 0; i < 3; ++i) {
    const auto answer = testkit::PostTo(handler_.get(), {.body = "not snappy", .headers = {}});
    EXPECT_EQ(answer.status, 400) << "a turn is given back whatever became of the request";
  }
}

TEST_F(ReadHandlerTest, WhatIsMissingIsSaid) {
  source_.warning = "one \"store\" is away";

  EXPECT_EQ(Read({0}).headers.at("Warning"), R"(199 kvasir "one \"store\" is away")");
  EXPECT_EQ(Read({1}).headers.count("Warning"), 0u) << "it turned up behind the head";
}

}  // namespace
}  // namespace kvs::api::remote_read

// SPDX-License-Identifier: Apache-2.0
// Remote read: requests back and forth, negotiation, and frames as clients check them.
#include "kvs/wire/remote_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/crc32c.h"
#include "kvs/wire/protobuf.h"

#include "testing.h"

namespace kvs::wire {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ReadRequest Example() {
  ReadRequest request;
  ReadQuery& query = request.queries.emplace_back();
  query.min_ms = -5;
  query.max_ms = 1'700'000'000'000;
  query.matchers = {{0, "__name__", "up"}, {3, "job", "a|b"}};
  query.hints = {15'000, "rate", 1, 2, {"job", "instance"}, true, 300'000};
  request.queries.emplace_back();
  request.accepted = {1, 0};
  return request;
}

TEST(RemoteReadTest, RequestsComeBackAsTheyWere) {
  std::string body;
  EncodeReadRequest(Example(), &body);
  const Exact exact(body);
  ReadRequest request;

  ASSERT_TRUE(DecodeReadRequest(exact.span(), &request).ok());

  ASSERT_EQ(request.queries.size(), 2u);
  const ReadQuery& query = request.queries[0];
  EXPECT_EQ(query.min_ms, -5);
  EXPECT_EQ(query.max_ms, 1'700'000'000'000);
  ASSERT_EQ(query.matchers.size(), 2u);
  EXPECT_EQ(query.matchers[1].type, 3u);
  EXPECT_EQ(query.matchers[1].name, "job");
  EXPECT_EQ(query.matchers[1].value, "a|b");
  EXPECT_EQ(query.hints.func, "rate");
  EXPECT_EQ(query.hints.step_ms, 15'000);
  EXPECT_EQ(query.hints.range_ms, 300'000);
  EXPECT_TRUE(query.hints.by);
  EXPECT_THAT(query.hints.grouping, ElementsAre("job", "instance"));
  EXPECT_THAT(request.accepted, ElementsAre(1, 0));
}

TEST(RemoteReadTest, TypesMayComeOneByOne) {
  ReadRequest request;

  ASSERT_TRUE(DecodeReadRequest(Bytes("\x10\x01\x10\x07"), &request).ok());

  EXPECT_THAT(request.accepted, ElementsAre(1, 7));
}

TEST(RemoteReadTest, TheFirstKnownTypeIsTaken) {
  const auto negotiated = [](std::vector<uint32_t> accepted) {
    ReadRequest request;
    request.accepted = std::move(accepted);
    return NegotiateReadResponse(request);
  };

  EXPECT_EQ(*negotiated({}), ReadResponseType::kSamples);
  EXPECT_EQ(*negotiated({1, 0}), ReadResponseType::kStreamedXorChunks);
  EXPECT_EQ(*negotiated({9, 0, 1}), ReadResponseType::kSamples);
  EXPECT_THAT(negotiated({9, 8}).status().message(), HasSubstr("response types: 9, 8; supported"));
}

TEST(RemoteReadTest, DamageSaysWhere) {
  std::string body;
  EncodeReadRequest(Example(), &body);
  ReadRequest request;

  for (size_t n = 1; n < body.size(); ++n) {
    const Exact exact(body.substr(0, n));
    (void)DecodeReadRequest(exact.span(), &request);
  }
  EXPECT_THAT(DecodeReadRequest(Bytes("\x0a\x05"), &request).message(),
              HasSubstr("malformed protobuf at byte"));
  EXPECT_THAT(DecodeReadRequest(Bytes("\x08\x05"), &request).message(),
              HasSubstr("wrong wire type"));
}

TEST(RemoteReadTest, FramesCarryLengthAndChecksum) {
  std::string series;
  AppendReadLabel(series, {"job", "a"});
  const std::string_view chunk = "bytes";
  AppendReadChunk(series, 5, 10, 1, Bytes(chunk));
  std::string out;

  AppendReadFrame(out, series, 3);

  const auto size = static_cast<size_t>(out[0]);
  ASSERT_EQ(out.size(), 5 + size);
  const std::string_view data = std::string_view(out).substr(5);
  uint32_t checksum = 0;
  for (int i = 1; i <= 4; ++i) checksum = checksum << 8 | static_cast<uint8_t>(out[i]);
  EXPECT_EQ(checksum, Crc32c(Bytes(data)));
  EXPECT_EQ(data.substr(0, 2), FromHex("0a 1c").substr(0, 1) + static_cast<char>(series.size()));
  EXPECT_TRUE(data.ends_with("\x10\x03"));
  EXPECT_THAT(series, HasSubstr(FromHex("12 0d 08 05 10 0a 18 01 22 05") + "bytes"));
}

}  // namespace
}  // namespace kvs::wire

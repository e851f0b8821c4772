// SPDX-License-Identifier: Apache-2.0
// What clients must not do: malformed requests, bodies and headers that are too large, bombs,
// slowness, too many connections.
#include <libdeflate.h>
#include <zstd.h>

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "test_client.h"

namespace kvs::net::http {
namespace {

using ::testing::HasSubstr;

std::string Gzipped(std::string_view text) {
  libdeflate_compressor* c = libdeflate_alloc_compressor(6);
  std::string out(libdeflate_gzip_compress_bound(c, text.size()), '\0');
  out.resize(libdeflate_gzip_compress(c, text.data(), text.size(), out.data(), out.size()));
  libdeflate_free_compressor(c);
  return out;
}

std::string Zstandard(std::string_view text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

class ServerLimitsTest : public ServerTest {
 protected:
  void StartEcho(const sdk::RouteOptions& options = {}) {
    StartServer();
    Handle("GET,POST", "/a", &Echo, options);
  }
};

TEST_F(ServerLimitsTest, MalformedRequestsAreRefusedAndClosed) {
  StartEcho();
  for (const std::string_view bad :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET /a\r\n\r\n", "GET /a HTTP/3.0\r\n\r\n",
        "G\x01T /a HTTP/1.1\r\n\r\n", "GET /a HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n"}) {
    TestClient client = Connect();
    const TestReply reply = client.Roundtrip(bad);
    EXPECT_EQ(reply.status, 400) << bad;
    EXPECT_TRUE(client.EndsQuietly()) << bad;
  }
  TestClient client = Connect();
  EXPECT_EQ(client.Get("/a").status, 200);
}

TEST_F(ServerLimitsTest, ABrokenChunkIsRefused) {
  StartEcho();
  TestClient client = Connect();

  EXPECT_EQ(
      client
          .Roundtrip(
              "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n")
          .status,
      400);
  EXPECT_TRUE(client.EndsQuietly());
}

TEST_F(ServerLimitsTest, ABrokenPathEscapeIsRefusedWithoutClosing) {
  StartEcho();
  TestClient client = Connect();

  EXPECT_EQ(client.Get("/%zz").status, 400);
  EXPECT_EQ(client.Get("/a").status, 200);
}

TEST_F(ServerLimitsTest, HeadersOverTheLimitAre431) {
  config_.max_header_size.bytes = 2048;
  StartEcho();
  TestClient client = Connect();
  TestClient other = Connect();

  EXPECT_EQ(client.Get("/a", StrCat("X: ", std::string(3000, 'x'), "\r\n")).status, 431);
  EXPECT_EQ(other.Get("/a", StrCat("X: ", std::string(1900, 'x'), "\r\n")).status, 200);
}

TEST_F(ServerLimitsTest, BodiesOverTheLimitAre413) {
  config_.max_body_size.bytes = 1000;
  StartEcho();
  TestClient fits = Connect();
  TestClient sized = Connect();
  TestClient chunked = Connect();

  EXPECT_EQ(fits.Post("/a", std::string(1000, 'x')).status, 200);
  EXPECT_EQ(sized.Post("/a", std::string(1001, 'x')).status, 413);
  EXPECT_EQ(chunked
                .Roundtrip(StrCat(
                    "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n",
                    std::string(1000, 'x'), "\r\n1\r\nx\r\n0\r\n\r\n"))
                .status,
            413);
}

TEST_F(ServerLimitsTest, AnAnswerTo413ArrivesThoughTheClientIsStillSending) {
  config_.max_body_size.bytes = 1000;
  StartEcho();
  TestClient client = Connect();
  const std::string megabytes(4 << 20, 'x');

  client.Send(
      StrCat("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: ", megabytes.size(), "\r\n\r\n"));
  client.Send(megabytes);

  EXPECT_EQ(client.Receive().status, 413);
}

TEST_F(ServerLimitsTest, ARoutesOwnLimitsReplaceTheServers) {
  config_.max_body_size.bytes = 10;
  StartEcho({.max_body_bytes = 100, .max_decoded_bytes = 200});
  TestClient client = Connect();

  EXPECT_EQ(client.Post("/a", std::string(100, 'x')).status, 200);
  EXPECT_EQ(client.Post("/a", Gzipped(std::string(201, 'x')), "Content-Encoding: gzip\r\n").status,
            413);
  EXPECT_EQ(client.Post("/a", Gzipped(std::string(200, 'x')), "Content-Encoding: gzip\r\n").status,
            200);
}

TEST_F(ServerLimitsTest, EncodedBodiesAreDecoded) {
  StartEcho();
  TestClient client = Connect();

  EXPECT_THAT(client.Post("/a", Gzipped("hello"), "Content-Encoding: gzip\r\n").body,
              HasSubstr("b=hello"));
  EXPECT_THAT(client.Post("/a", Zstandard("hello"), "Content-Encoding: zstd\r\n").body,
              HasSubstr("b=hello"));
  EXPECT_THAT(client.Post("/a", "\x05\x10hello", "Content-Encoding: snappy\r\n").body,
              HasSubstr("b=hello"));
  EXPECT_THAT(client.Post("/a", "hello", "Content-Encoding: identity\r\n").body,
              HasSubstr("b=hello"));
  EXPECT_EQ(client.Post("/a", "hello", "Content-Encoding: br\r\n").status, 415);
  EXPECT_EQ(client.Post("/a", "hello", "Content-Encoding: gzip\r\n").status, 400);
}

TEST_F(ServerLimitsTest, LargeEncodedBodiesAreDecodedElsewhere) {
  StartEcho();
  std::string text;
  for (int i = 0; i < 100'000; ++i) StrAppend(text, i * 7919 % 100'003, ",");

  EXPECT_THAT(Connect().Post("/a", Gzipped(text), "Content-Encoding: gzip\r\n").body,
              HasSubstr(text));
}

TEST_F(ServerLimitsTest, BombsAreRefusedBeforeTheyGrow) {
  config_.max_decoded_size.bytes = 1 << 20;
  StartEcho();
  const std::string zeros(50 << 20, '\0');
  TestClient client = Connect();

  EXPECT_EQ(client.Post("/a", Gzipped(zeros), "Content-Encoding: gzip\r\n").status, 413);
  EXPECT_EQ(client.Post("/a", Zstandard(zeros), "Content-Encoding: zstd\r\n").status, 413);
  // Snappy's preamble promises 4 GiB in five bytes.
  EXPECT_EQ(client.Post("/a", "\xff\xff\xff\xff\x0f\x01", "Content-Encoding: snappy\r\n").status,
            413);
}

TEST_F(ServerLimitsTest, RawRoutesGetTheBodyAsSent) {
  StartEcho({.flags = KVS_HTTP_RAW_BODY});

  EXPECT_THAT(Connect().Post("/a", "\x05\x10hello", "Content-Encoding: snappy\r\n").body,
              HasSubstr("b=\x05\x10hello"));
}

TEST_F(ServerLimitsTest, ExpectContinueIsAnsweredFirst) {
  StartEcho();
  TestClient client = Connect();

  client.Send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const TestReply go_on = client.Receive();
  client.Send("abc");

  EXPECT_EQ(go_on.status, 100);
  EXPECT_THAT(client.Receive().body, HasSubstr("b=abc"));
}

TEST_F(ServerLimitsTest, ARefusedRequestWithASmallBodyKeepsTheConnection) {
  StartEcho();
  TestClient client = Connect();

  EXPECT_EQ(client.Post("/nowhere", std::string(10'000, 'x')).status, 404);
  EXPECT_EQ(client.Get("/a").status, 200);
}

TEST_F(ServerLimitsTest, ClientsThatNeverFinishTheirHeaderAreClosed) {
  config_.header_timeout.ms = 50;
  StartEcho();
  TestClient client = Connect();

  client.Send("GET /a HTTP/1.1\r\nHos");

  EXPECT_TRUE(client.EndsQuietly());
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_timeouts_total", {{"phase", "header"}}), 1);
}

TEST_F(ServerLimitsTest, ClientsThatNeverFinishTheirBodyAreClosed) {
  config_.body_timeout.ms = 50;
  StartEcho();
  TestClient sized = Connect();
  TestClient chunked = Connect();

  sized.Send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  chunked.Send("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");

  EXPECT_TRUE(sized.EndsQuietly());
  EXPECT_TRUE(chunked.EndsQuietly());
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_timeouts_total", {{"phase", "body"}}), 2);
}

TEST_F(ServerLimitsTest, QuietConnectionsAreClosed) {
  config_.idle_timeout.ms = 50;
  StartEcho();
  TestClient fresh = Connect();
  TestClient used = Connect();
  used.Get("/a");

  EXPECT_TRUE(fresh.EndsQuietly());
  EXPECT_TRUE(used.EndsQuietly());
}

TEST_F(ServerLimitsTest, ClientsThatNeverReadAreClosed) {
  config_.write_timeout.ms = 50;
  StartServer();
  // More than the kernel buffers on both sides; the allowance for its size must not matter here.
  Handle("GET", "/big",
         [](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send(
               {200, {{"content-type", "application/octet-stream"}}, std::string(16 << 20, 'x')},
               out);
           return OkStatus();
         });
  TestClient client = Connect();
  int small = 4096;
  setsockopt(client.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));

  client.Send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

  EXPECT_EQ(Step(&HttpServer::Drain, 100).ToString(), "OK");
}

TEST_F(ServerLimitsTest, SlowHandlersAreCancelledAtTheDeadline) {
  config_.request_timeout.ms = 50;
  StartServer();
  std::promise<int64_t> left_ns;
  Handle("GET", "/slow",
         [&](const sdk::Call& call, const kvs_http_request_t&, kvs_http_reply_t&,
             sdk::Completer& completer) -> sdk::Outcome {
           left_ns.set_value(call.deadline_ns() - sdk::MonotonicNs());
           call.raw()->cancel->subscribe(
               call.raw()->cancel,
               [](void* arg) noexcept {
                 const std::unique_ptr<sdk::Completion> done(static_cast<sdk::Completion*>(arg));
                 (*done)(DeadlineExceeded("too slow"));
               },
               new sdk::Completion(completer.Defer()));
           return sdk::Pending();
         });

  const TestReply reply = Connect().Get("/slow");

  EXPECT_EQ(reply.status, 504);
  EXPECT_GT(left_ns.get_future().get(), 0);
}

TEST_F(ServerLimitsTest, ConnectionsOverTheLimitAreTurnedAwayWhileAllAreServed) {
  config_.max_connections = 1;
  StartServer();
  sdk::Completion held;
  std::promise<void> arrived;
  Handle("GET", "/hold",
         [&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
             sdk::Completer& completer) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::PlainText(200, "held"), out);
           held = completer.Defer();
           arrived.set_value();
           return sdk::Pending();
         });
  TestClient first = Connect();
  first.Send("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  arrived.get_future().wait();
  TestClient second = Connect();

  const TestReply refused = second.Receive();
  held(OkStatus());

  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(first.Receive().body, "held");
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_connections_refused_total"), 1);
}

TEST_F(ServerLimitsTest, WhoOnlyHoldsConnectionsMakesRoom) {
  config_.max_connections = 3;
  StartEcho();
  TestClient oldest = Connect();  // Never asks: after an answer nobody sees when its wait begins.
  TestClient slow = Connect();
  slow.Send("GET /a HTTP/1.1\r\nHo");
  TestClient third = Connect();
  ASSERT_EQ(third.Get("/a").status, 200);

  TestClient fourth = Connect();
  EXPECT_EQ(fourth.Get("/a").status, 200);
  EXPECT_TRUE(oldest.EndsQuietly());
  TestClient fifth = Connect();
  EXPECT_EQ(fifth.Get("/a").status, 200);
  EXPECT_TRUE(slow.EndsQuietly()) << "a header that trickles in holds nothing either";
  EXPECT_EQ(third.Get("/a").status, 200);
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_connections_evicted_total"), 2);
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_connections_refused_total"), 0);
}

}  // namespace
}  // namespace kvs::net::http

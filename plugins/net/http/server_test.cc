// SPDX-License-Identifier: Apache-2.0
// The server over real sockets: requests and answers, tenants, pending handlers, clients that
// leave, draining.
#include "server.h"

#include <libdeflate.h>

#include <atomic>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_client.h"

namespace kvs::net::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(ServerTest, AnswersOverOneConnectionAgainAndAgain) {
  StartServer();
  Handle("GET,POST", "/echo/{name}", &Echo);
  TestClient client = Connect();

  const TestReply get = client.Get("/echo/a%20b?x=1&y=2");
  const TestReply post = client.Post("/echo/c", "hello");

  EXPECT_EQ(get.status, 200);
  EXPECT_EQ(get.body, "GET /echo/a b q=x=1&y=2 t= b= p=a b");
  EXPECT_EQ(post.body, "POST /echo/c q= t= b=hello p=c");
  EXPECT_THAT(post.head, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_EQ(post.Header("Content-Length"), StrCat(post.body.size()));
  EXPECT_THAT(post.head, Not(HasSubstr("Connection: close")));
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  StartServer();
  Handle("GET,POST", "/{name}", &Echo);
  TestClient client = Connect();

  client.Send(
      "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
      "POST /3 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_THAT(client.Receive().body, HasSubstr("GET /1"));
  EXPECT_THAT(client.Receive().body, HasSubstr("POST /2 q= t= b=abc"));
  EXPECT_THAT(client.Receive().body, HasSubstr("POST /3 q= t= b=xyz"));
  EXPECT_THAT(client.Receive().body, HasSubstr("GET /4"));
}

TEST_F(ServerTest, ARequestMayArriveByteByByte) {
  StartServer();
  Handle("POST", "/a", &Echo);
  TestClient client = Connect();

  for (const char c :
       std::string("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                   "chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nTrailer: x\r\n\r\n")) {
    ASSERT_TRUE(client.Send(std::string_view(&c, 1)));
  }

  EXPECT_THAT(client.Receive().body, HasSubstr("b=abcde"));
}

TEST_F(ServerTest, LargeBodiesAndAnswersArriveWhole) {
  StartServer();
  std::string big(5 << 20, '\0');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 131 >> 3);
  Handle("POST", "/a",
         [](const sdk::Call&, const kvs_http_request_t& in, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send({200,
                      {{"content-type", "application/octet-stream"}},
                      std::string(sdk::TextOf(in.body))},
                     out);
           return OkStatus();
         });
  TestClient client = Connect();

  EXPECT_EQ(client.Post("/a", big).body, big);
  EXPECT_EQ(client.Post("/a", "small").body, "small");
}

TEST_F(ServerTest, HeadGetsTheLengthWithoutTheBody) {
  StartServer();
  Handle("GET", "/a", &Echo);
  TestClient client = Connect();

  client.Send("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const TestReply head = client.Receive(true);

  EXPECT_EQ(head.status, 200);
  EXPECT_NE(head.Header("Content-Length"), "0");
  EXPECT_THAT(client.Get("/a").body, HasSubstr("GET /a"));
}

TEST_F(ServerTest, UnknownPathsAndMethodsAreToldApart) {
  StartServer();
  Handle("POST", "/a", &Echo);
  TestClient client = Connect();

  const TestReply missing = client.Get("/b");
  const TestReply wrong = client.Get("/a");
  const TestReply options = client.Roundtrip("OPTIONS /a HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body, "404 page not found\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.Header("Allow"), "OPTIONS, POST");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.Header("Allow"), "OPTIONS, POST");
  EXPECT_EQ(options.Header("Content-Length"), "");
}

TEST_F(ServerTest, UnknownPathsWaitUntilTheServerIsReady) {
  StartServer();
  std::atomic<bool> ready{false};
  Handle("GET", "/ready",
         [&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
             sdk::Completer&) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::PlainText(ready ? 200 : 503, "x"), out);
           return OkStatus();
         });
  TestClient client = Connect();

  const int before = client.Post("/api/v1/push", "body").status;
  ready = true;
  const int after = client.Post("/api/v1/push", "body").status;

  EXPECT_EQ(before, 503);
  EXPECT_EQ(after, 404);
}

TEST_F(ServerTest, TenantsComeFromTheHeader) {
  StartServer();
  Handle("GET", "/one", &Echo, {.flags = KVS_HTTP_NEEDS_TENANT});
  Handle("GET", "/many", &Echo, {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_FEDERATION});
  Handle("GET", "/open", &Echo);
  TestClient client = Connect();

  const TestReply none = client.Get("/one");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.body, "no org id\n");
  EXPECT_THAT(client.Get("/one", "X-Scope-OrgID: team-a\r\n").body, HasSubstr(" t=team-a "));
  EXPECT_EQ(client.Get("/one", "X-Scope-OrgID: a/b\r\n").status, 400);
  EXPECT_EQ(client.Get("/one", "X-Scope-OrgID: a|b\r\n").status, 422);
  EXPECT_THAT(client.Get("/many", "x-scope-orgid: b|a|b\r\n").body, HasSubstr(" t=a|b "));
  EXPECT_EQ(client.Get("/open").status, 200);
}

TEST_F(ServerTest, WithoutMultitenancyEverybodyIsAnonymous) {
  config_.multitenancy = false;
  StartServer();
  Handle("GET", "/one", &Echo, {.flags = KVS_HTTP_NEEDS_TENANT});

  EXPECT_THAT(Connect().Get("/one", "X-Scope-OrgID: team-a\r\n").body, HasSubstr(" t=anonymous "));
}

TEST_F(ServerTest, HandlersMayEndLaterFromAnyThread) {
  StartServer();
  Handle("GET", "/later",
         [this](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                sdk::Completer& completer) -> sdk::Outcome {
           auto done = std::make_shared<sdk::Completion>(completer.Defer());
           host_.host().executor().PostWorker([done, &out] {
             sdk::Send(sdk::HttpReply::PlainText(201, "late"), out);
             (*done)(OkStatus());
           });
           return sdk::Pending();
         });
  TestClient client = Connect();

  for (int i = 0; i < 100; ++i) {
    const TestReply reply = client.Get("/later");
    ASSERT_EQ(reply.status, 201);
    ASSERT_EQ(reply.body, "late");
  }
}

TEST_F(ServerTest, ErrorsOfHandlersBecomeAnswers) {
  StartServer();
  Handle("GET", "/busy",
         [](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t&, sdk::Completer&)
             -> sdk::Outcome { return ResourceExhausted("too much").WithRetryAfterMs(1500); });
  Handle("GET", "/throws",
         [](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t&,
            sdk::Completer&) -> sdk::Outcome { throw std::runtime_error("boom"); });
  TestClient client = Connect();

  const TestReply busy = client.Get("/busy");

  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.body, "too much\n");
  EXPECT_EQ(busy.Header("Retry-After"), "2");
  EXPECT_EQ(client.Get("/throws").status, 500);
}

TEST_F(ServerTest, AClientThatLeavesCancelsItsCall) {
  StartServer();
  std::promise<void> entered;
  std::promise<bool> cancelled;
  Handle("GET", "/wait",
         [&](const sdk::Call& call, const kvs_http_request_t&, kvs_http_reply_t&,
             sdk::Completer& completer) -> sdk::Outcome {
           struct State {
             sdk::Completion done;
             std::promise<bool>* cancelled;
             sdk::Executor executor;
           };
           auto* state = new State{completer.Defer(), &cancelled, host_.host().executor()};
           call.raw()->cancel->subscribe(
               call.raw()->cancel,
               [](void* arg) noexcept {
                 auto* s = static_cast<State*>(arg);
                 s->executor.PostWorker([s] {
                   s->cancelled->set_value(true);
                   s->done(Cancelled("the client left"));
                   delete s;
                 });
               },
               state);
           entered.set_value();
           return sdk::Pending();
         });
  TestClient client = Connect();
  client.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();

  client.Close();

  EXPECT_TRUE(cancelled.get_future().get());
  StopServer();
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_client_gone_total"), 1);
  EXPECT_EQ(host_.metrics().Value("cortex_request_duration_seconds", {{"status_code", "499"}}), 1);
}

TEST_F(ServerTest, AnswersAreCompressedWhenThatIsAcceptedAndWorthIt) {
  StartServer();
  const std::string text(100'000, 'a');
  Handle("GET", "/big",
         [&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
             sdk::Completer&) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::Json(200, text), out);
           return OkStatus();
         });
  Handle("GET", "/small", &Echo);
  TestClient client = Connect();

  const TestReply packed = client.Get("/big", "Accept-Encoding: gzip\r\n");
  const TestReply plain = client.Get("/big");
  const TestReply small = client.Get("/small", "Accept-Encoding: gzip\r\n");

  EXPECT_EQ(packed.Header("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.Header("Vary"), "Accept-Encoding");
  std::string out(text.size(), '\0');
  size_t n = 0;
  libdeflate_decompressor* d = libdeflate_alloc_decompressor();
  EXPECT_EQ(libdeflate_gzip_decompress(d, packed.body.data(), packed.body.size(), out.data(),
                                       out.size(), &n),
            LIBDEFLATE_SUCCESS);
  libdeflate_free_decompressor(d);
  EXPECT_EQ(out, text);
  EXPECT_EQ(plain.body, text);
  EXPECT_EQ(plain.Header("Vary"), "Accept-Encoding");
  EXPECT_EQ(small.Header("Content-Encoding"), "");
}

TEST_F(ServerTest, AnswersInManyPiecesArriveInOrder) {
  StartServer();
  struct Pieces {
    std::vector<std::string> texts;
    std::vector<kvs_bytes_t> segments;
  };
  std::atomic<int> released{0};
  Handle("GET", "/pieces",
         [&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
             sdk::Completer&) -> sdk::Outcome {
           auto pieces = std::make_unique<Pieces>();
           for (int i = 0; i < 300; ++i)
             pieces->texts.emplace_back(997, static_cast<char>('a' + i % 26));
           for (const std::string& text : pieces->texts)
             pieces->segments.push_back(sdk::Bytes(std::string_view(text)));
           out.status = 200;
           out.segments = pieces->segments.data();
           out.n_segments = pieces->segments.size();
           sdk::HandOut(out, std::move(pieces));
           ++released;
           return OkStatus();
         });

  const TestReply reply = Connect().Get("/pieces");

  ASSERT_EQ(reply.body.size(), 300u * 997);
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(reply.body[static_cast<size_t>(i) * 997 + 500], 'a' + i % 26);
}

TEST_F(ServerTest, HeadersOfHandlersCannotBreakOut) {
  StartServer();
  Handle("GET", "/a",
         [](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send({200, {{"x-one", "a\r\nx-evil: 1"}, {"Content-Length", "999"}}, "ok"}, out);
           return OkStatus();
         });

  const TestReply reply = Connect().Get("/a");

  EXPECT_EQ(reply.Header("x-evil"), "");
  EXPECT_EQ(reply.body, "ok");
}

TEST_F(ServerTest, OldAndClosingClientsAreClosed) {
  StartServer();
  Handle("GET", "/a", &Echo);
  TestClient old = Connect();
  TestClient closing = Connect();

  EXPECT_EQ(old.Roundtrip("GET /a HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.EndsQuietly());
  EXPECT_EQ(closing.Get("/a", "Connection: close\r\n").Header("Connection"), "close");
  EXPECT_TRUE(closing.EndsQuietly());
}

TEST_F(ServerTest, RequestsAreMeasuredByRoute) {
  StartServer();
  Handle("GET", "/api/v1/label/{name}/values", &Echo);
  TestClient client = Connect();
  client.Get("/api/v1/label/job/values");
  client.Get("/nowhere");
  StopServer();

  const auto& metrics = host_.metrics();
  EXPECT_EQ(metrics.Value("cortex_request_duration_seconds", {{"method", "GET"},
                                                              {"route", "api_v1_label_name_values"},
                                                              {"status_code", "200"},
                                                              {"ws", "false"}}),
            1);
  EXPECT_EQ(metrics.Value("cortex_request_duration_seconds",
                          {{"route", "other"}, {"status_code", "404"}}),
            1);
  EXPECT_EQ(metrics.Value("cortex_inflight_requests"), 0);
  EXPECT_EQ(metrics.Buckets("cortex_request_duration_seconds").size(), 14u);
  EXPECT_EQ(metrics.Value("cortex_tcp_connections"), 0);
}

TEST_F(ServerTest, DrainClosesIdleConnectionsAndFinishesBusyOnes) {
  StartServer();
  std::promise<void> entered;
  sdk::Completion done;
  Handle("GET", "/wait",
         [&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
             sdk::Completer& completer) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::PlainText(200, "finished"), out);
           done = completer.Defer();
           entered.set_value();
           return sdk::Pending();
         });
  Handle("GET", "/a", &Echo);
  TestClient idle = Connect();
  idle.Get("/a");
  TestClient busy = Connect();
  busy.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();

  auto drained = std::async(std::launch::async, [this] { return Step(&HttpServer::Drain); });
  EXPECT_TRUE(idle.EndsQuietly());
  EXPECT_EQ(drained.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  done(OkStatus());
  const TestReply reply = busy.Receive();

  EXPECT_EQ(reply.body, "finished");
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_EQ(drained.get().ToString(), "OK");
}

TEST_F(ServerTest, DrainEndsAtItsDeadlineByCancelling) {
  StartServer();
  std::promise<void> entered;
  Handle(
      "GET", "/wait",
      [&](const sdk::Call& call, const kvs_http_request_t&, kvs_http_reply_t&,
          sdk::Completer& completer) -> sdk::Outcome {
        auto* done = new sdk::Completion(completer.Defer());
        call.raw()->cancel->subscribe(
            call.raw()->cancel,
            [](void* arg) noexcept {
              const std::unique_ptr<sdk::Completion> completion(static_cast<sdk::Completion*>(arg));
              (*completion)(Cancelled("stopped"));
            },
            done);
        entered.set_value();
        return sdk::Pending();
      });
  TestClient busy = Connect();
  busy.Send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.get_future().wait();

  EXPECT_EQ(Step(&HttpServer::Drain, 20).ToString(), "OK");
}

TEST_F(ServerTest, ATakenAddressIsAnError) {
  StartServer();
  Config second;
  second.listen = StrCat("127.0.0.1:", server_->port());
  const auto first = std::exchange(server_, std::make_unique<HttpServer>(host_.host(), second));

  const Status status = Step(&HttpServer::Start);
  server_ = nullptr;

  EXPECT_EQ(status.code(), StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr(second.listen));
  const_cast<std::unique_ptr<HttpServer>&>(first).swap(server_);
}

TEST_F(ServerTest, BadAddressesAreErrors) {
  for (const std::string_view bad :
       {"nonsense", "127.0.0.1:99999", "127.0.0.1:", "example.org:80", "1.2.3:80"}) {
    Config config;
    config.listen = bad;
    server_ = std::make_unique<HttpServer>(host_.host(), config);
    EXPECT_EQ(Step(&HttpServer::Start).code(), StatusCode::kInvalidArgument) << bad;
    server_ = nullptr;
  }
}

TEST_F(ServerTest, AdminPagesLiveOnTheAdminListener) {
  config_.admin_listen = "127.0.0.1:0";
  StartServer();
  Handle("GET", "/admin", &Echo, {.flags = KVS_HTTP_ADMIN});
  Handle("GET", "/data", &Echo);
  TestClient main = Connect();
  TestClient admin(server_->admin_port());

  EXPECT_EQ(main.Get("/admin").status, 404);
  EXPECT_EQ(main.Get("/data").status, 200);
  EXPECT_EQ(admin.Get("/admin").status, 200);
  EXPECT_EQ(admin.Get("/data").status, 404);
}

TEST_F(ServerTest, RemovedRoutesAreGone) {
  StartServer();
  Handle("GET", "/a", &Echo);
  TestClient client = Connect();
  ASSERT_EQ(client.Get("/a").status, 200);

  server_->RemoveAll("test");

  EXPECT_EQ(client.Get("/a").status, 404);
}

TEST_F(ServerTest, TraceparentReachesTheCall) {
  StartServer();
  Handle("GET", "/trace",
         [](const sdk::Call& call, const kvs_http_request_t&, kvs_http_reply_t& out,
            sdk::Completer&) -> sdk::Outcome {
           sdk::Send(sdk::HttpReply::PlainText(200, StrCat(int{call.raw()->trace_id[0]}, " ",
                                                           int{call.raw()->span_id[7]})),
                     out);
           return OkStatus();
         });
  TestClient client = Connect();

  EXPECT_EQ(
      client
          .Get("/trace", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n")
          .body,
      "75 183");
  EXPECT_EQ(
      client
          .Get("/trace", "traceparent: 00-XXf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n")
          .body,
      "0 0");
}

// A body of pieces, and what its server did with it.
struct Streamed {
  std::vector<std::string> pieces;
  Status end;         // After the last one; OK: the end.
  bool late = false;  // Whether pieces come from another thread.
  std::atomic<int> asked{0};
  std::atomic<bool> gone{false};  // Released.
};
class StreamedBody final : public sdk::HttpBody {
 public:
  StreamedBody(const testkit::TestHost& host, std::shared_ptr<Streamed> what)
      : executor_(host.host().executor()), what_(std::move(what)) {}
  ~StreamedBody() override {
    what_->gone = true;
    what_->gone.notify_all();
  }
  sdk::Outcome Next(const sdk::Call& call, kvs_http_piece_t& out,
                    sdk::Completer& completer) override {
    const auto n = static_cast<size_t>(what_->asked++);
    if (call.cancelled()) return Cancelled("the client has gone");
    if (n >= what_->pieces.size()) {
      if (!what_->end.ok()) return Status(what_->end);
      return sdk::End();
    }
    out.bytes = sdk::Bytes(std::string_view(what_->pieces[n]));
    if (!what_->late) return OkStatus();
    executor_.PostWorker(
        [done = std::make_shared<sdk::Completion>(completer.Defer())] { (*done)(OkStatus()); });
    return sdk::Pending();
  }

 private:
  const sdk::Executor executor_;
  const std::shared_ptr<Streamed> what_;
};

class StreamingTest : public ServerTest {
 protected:
  void Serve(std::shared_ptr<Streamed> what, std::string begin = "") {
    StartServer();
    Handle("GET", "/s",
           [this, what, begin](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                               sdk::Completer&) -> sdk::Outcome {
             sdk::Send({200, {{"content-type", "text/plain"}}, begin},
                       std::make_unique<StreamedBody>(host_, what), out);
             return OkStatus();
           });
    Handle("GET", "/other", &Echo);
  }
  const std::shared_ptr<Streamed> what_ = std::make_shared<Streamed>();
};

TEST_F(StreamingTest, PiecesAreChunksAndTheConnectionGoesOn) {
  what_->pieces = {"one", "", std::string(20, 'x')};
  what_->late = true;
  Serve(what_, "zero");
  TestClient client = Connect();

  const TestReply reply = client.Get("/s", "Accept-Encoding: gzip\r\n");

  EXPECT_EQ(reply.Header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(reply.Header("Content-Length"), "");
  EXPECT_EQ(client.Await("0\r\n\r\n"),
            "4\r\nzero\r\n3\r\none\r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n0\r\n\r\n");
  EXPECT_THAT(client.Get("/other").body, HasSubstr("GET /other"));
  EXPECT_TRUE(what_->gone);
}

TEST_F(StreamingTest, AClientOfHttp10GetsTheBytesAndTheEndOfTheConnection) {
  what_->pieces = {"one", "two"};
  Serve(what_);
  TestClient client = Connect();

  client.Send("GET /s HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  const TestReply reply = client.Receive(true);

  EXPECT_EQ(reply.Header("Transfer-Encoding"), "");
  EXPECT_EQ(reply.Header("Connection"), "close");
  EXPECT_EQ(client.Await("two"), "onetwo");
  EXPECT_TRUE(client.EndsQuietly());
}

TEST_F(StreamingTest, WhoAsksForTheHeadGetsItAlone) {
  what_->pieces = {"one"};
  Serve(what_);
  TestClient client = Connect();

  client.Send("HEAD /s HTTP/1.1\r\nHost: x\r\n\r\n");

  EXPECT_EQ(client.Receive(true).status, 200);
  EXPECT_THAT(client.Get("/other").body, HasSubstr("GET /other"));
  EXPECT_EQ(what_->asked, 0);
  EXPECT_TRUE(what_->gone);
}

TEST_F(StreamingTest, AnErrorEndsTheConnectionWithoutTheLastChunk) {
  what_->pieces = {"one"};
  what_->end = Unavailable("no more");
  Serve(what_);
  TestClient client = Connect();

  EXPECT_EQ(client.Get("/s").status, 200);
  EXPECT_EQ(client.Await("one\r\n"), "3\r\none\r\n");
  EXPECT_TRUE(client.EndsQuietly());
  what_->gone.wait(false);
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_answers_cut_total"), 1);
}

TEST_F(StreamingTest, AClientThatReadsNothingHoldsUpWhoAnswersIt) {
  // More than sockets hold.
  what_->pieces.assign(64, std::string(1 << 20, 'x'));
  Serve(what_);
  {
    TestClient client = Connect();
    EXPECT_EQ(client.Get("/s").status, 200);
    EXPECT_THAT(Connect().Get("/other").body, HasSubstr("GET /other"));
    EXPECT_LT(what_->asked, 64);
  }
  what_->gone.wait(false);
  EXPECT_LT(what_->asked, 64);
}

TEST_F(StreamingTest, ARouteIsTakenDownWhenItsAnswersAreSent) {
  what_->pieces.assign(64, std::string(1 << 20, 'x'));
  Serve(what_);
  auto client = std::make_unique<TestClient>(server_->port());
  EXPECT_EQ(client->Get("/s").status, 200);

  std::thread leaves([&] { client.reset(); });
  sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(server_.get())).RemoveAll("test");

  EXPECT_TRUE(what_->gone) << "RemoveAll() has waited for it";
  leaves.join();
}

}  // namespace
}  // namespace kvs::net::http

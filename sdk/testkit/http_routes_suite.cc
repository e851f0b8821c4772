// SPDX-License-Identifier: Apache-2.0
// What whoever listens has to do for those that hang up routes there: asked over real connections,
// at the address that the context gives.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/testkit/http_client.h"
#include "kvs/testkit/suite.h"

#include "expect.h"

namespace kvs::testkit {
namespace {

using Reply = HttpClient::Reply;

constexpr const char* kComponent = "conformance";

class RouteHandler final : public sdk::HttpHandler {
 public:
  using Fn = std::function<sdk::Outcome(const sdk::Call&, const kvs_http_request_t&,
                                        kvs_http_reply_t&, sdk::Completer&)>;
  explicit RouteHandler(Fn fn) : fn_(std::move(fn)) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override {
    ++called;
    return fn_(call, in, out, completer);
  }
  std::atomic<int> called{0};

 private:
  const Fn fn_;
};

RouteHandler Saying(std::string text) {
  return RouteHandler([text](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                             sdk::Completer&) -> sdk::Outcome {
    sdk::Send(sdk::HttpReply::PlainText(200, text), out);
    return OkStatus();
  });
}

// What a handler was given, one thing a line.
RouteHandler Echo() {
  return RouteHandler([](const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                         sdk::Completer&) -> sdk::Outcome {
    std::string text =
        StrCat("method=", sdk::View(in.method), "\npath=", sdk::View(in.path),
               "\nquery=", sdk::View(in.query), "\ntarget=", sdk::View(in.target),
               "\ntenant=", call.tenant(), "\nx-thing=", sdk::HeaderOf(in, "x-thing"),
               "\nbody=", sdk::TextOf(in.body), "\n");
    for (uint64_t i = 0; i < in.n_params; ++i)
      StrAppend(text, "param=", sdk::View(in.params[i]), "\n");
    sdk::Send({201, {{"x-answer", "yes"}}, std::move(text)}, out);
    return OkStatus();
  });
}

bool Has(const Reply& reply, std::string_view line) {
  return StrCat("\n", reply.body).find(StrCat("\n", line, "\n")) != std::string::npos;
}

// Takes down what a case has put up before its handlers go.
class Routes {
 public:
  explicit Routes(Context& context) : routes_(context.Port<sdk::RoutesRef>()) {}
  ~Routes() { RemoveAll(); }
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  Status Add(std::string_view methods, std::string_view pattern, RouteHandler* handler,
             const sdk::RouteOptions& options = {}, const char* component = kComponent) const {
    return routes_.Add(component, methods, pattern, handler, options);
  }
  void RemoveAll(const char* component = kComponent) const { routes_.RemoveAll(component); }

 private:
  const sdk::RoutesRef routes_;
};

// One that asks for whatever tenant a server may want, over a connection of its own.
struct Client {
  explicit Client(const Context& context)
      : connection(static_cast<uint16_t>(
            std::atoi(context.address().c_str() + context.address().find(':') + 1))) {}

  Reply Get(std::string_view target, std::string_view headers = "") {
    return connection.Get(target, headers);
  }
  Reply Post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return connection.Post(target, body, headers);
  }
  HttpClient connection;
};

// Cases ask over the network, and cannot when nobody told them where.
Status CanAsk(const Context& context) {
  if (context.address().empty()) return Skip("the address of the server is not known");
  if (!Client(context).connection.connected())
    return Skip(StrCat("nobody listens on ", context.address(),
                       ": does the configuration say ${KVASIR_CHECK_ADDRESS}?"));
  return OkStatus();
}

Status ARequestReachesItsHandlerAndItsAnswerTheClient(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler echo = Echo();
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET,POST", "/conformance/echo", &echo));
  Client client(context);
  const Reply got = client.Get("/conformance/echo?a=b%20c", "X-Thing: Value\r\n");
  KVS_EXPECT(got.status == 201, "the status that the handler gave became ", got.status);
  KVS_EXPECT(got.Header("x-answer") == "yes", "the header that the handler gave is missing");
  for (const std::string_view line : {"method=GET", "path=/conformance/echo", "query=a=b%20c",
                                      "target=/conformance/echo?a=b%20c", "x-thing=Value", "body="})
    KVS_EXPECT(Has(got, line), "the handler was not told ", line, " but: ", got.body);
  const Reply posted = client.Post("/conformance/echo", "some bytes");
  KVS_EXPECT(Has(posted, "method=POST") && Has(posted, "body=some bytes"),
             "a second request on the connection was told to the handler as: ", posted.body);
  return OkStatus();
}

Status ParametersOfAPatternAreDecoded(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler echo = Echo();
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/{name}/of/{other}", &echo));
  const Reply got = Client(context).Get("/conformance/a%2Fb/of/%C3%BC");
  KVS_EXPECT(got.body.find("param=a/b\nparam=ü\n") != std::string::npos,
             "the parameters of /conformance/a%2Fb/of/%C3%BC are: ", got.body);
  KVS_EXPECT(Has(got, "target=/conformance/a%2Fb/of/%C3%BC"),
             "the target is not as it was sent: ", got.body);
  const Reply none = Client(context).Get("/conformance/a/b/of/c");
  KVS_EXPECT(none.status >= 400, "a name of a pattern matched two parts of a path");
  return OkStatus();
}

Status FixedPathsWinOverPatternsAndPatternsOverStars(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler star = Saying("star"), name = Saying("name"), fixed = Saying("fixed");
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/*", &star));
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/{name}", &name));
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/fixed", &fixed));
  Client client(context);
  const std::pair<std::string_view, std::string_view> expected[] = {
      {"/conformance/fixed", "fixed"}, {"/conformance/x", "name"}, {"/conformance/x/y/z", "star"}};
  for (const auto& [path, handler] : expected) {
    const Reply reply = client.Get(path);
    KVS_EXPECT(reply.body == handler, path, " was answered by \"", reply.body, "\" and not by ",
               handler);
  }
  return OkStatus();
}

Status TextsOfARouteAreCopied(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler here = Saying("here");
  const Routes routes(context);
  std::string methods = "GET", pattern = "/conformance/copied", name = "conformance_copied";
  KVS_RETURN_IF_ERROR(routes.Add(methods, pattern, &here, {.name = name}));
  for (std::string* const text : {&methods, &pattern, &name})
    std::fill(text->begin(), text->end(), '#');
  const Reply reply = Client(context).Get("/conformance/copied");
  KVS_EXPECT(reply.body == "here", "the route changed with the caller's text: ", reply.status);
  return OkStatus();
}

Status AMethodThatNobodyNamedReachesNobody(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler here = Saying("here");
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/get", &here));
  const Reply reply = Client(context).Post("/conformance/get", "x");
  KVS_EXPECT(reply.status >= 400 && reply.status < 500, "POST to a route of GET is answered ",
             reply.status);
  KVS_EXPECT(here.called == 0, "POST reached the handler of GET");
  return OkStatus();
}

Status ARouteIsReplacedByItsComponent(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler first = Saying("first"), second = Saying("second");
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/mine", &first));
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/mine", &second));
  const Reply reply = Client(context).Get("/conformance/mine");
  KVS_EXPECT(reply.body == "second", "after the replacement \"", reply.body, "\" answered");
  KVS_EXPECT(first.called == 0, "the handler that was replaced was called");
  return OkStatus();
}

Status ARouteOfAnotherComponentIsRefusedByItsName(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler mine = Saying("mine"), theirs = Saying("theirs");
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/whose", &mine));
  const Status status = routes.Add("GET", "/conformance/whose", &theirs, {}, "another");
  if (status.ok())
    return Skip("whoever stands between puts up the routes of both under one component's name");
  KVS_EXPECT_CODE(status, kAlreadyExists, "a route that another component has");
  KVS_EXPECT(status.message().find(kComponent) != std::string::npos,
             "the message does not name who has it: ", status.message());
  routes.RemoveAll("another");
  const Reply reply = Client(context).Get("/conformance/whose");
  KVS_EXPECT(reply.body == "mine", "then \"", reply.body, "\" answered");
  return OkStatus();
}

Status WhatIsRemovedAnswersNoMore(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler here = Saying("here");
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/removed", &here));
  Client client(context);
  KVS_EXPECT(client.Get("/conformance/removed").status == 200, "the route does not answer");
  routes.RemoveAll();
  // 503 while the process is not ready: whoever sees 404 there drops its data.
  const Reply reply = client.Get("/conformance/removed");
  KVS_EXPECT(reply.status == 404 || reply.status == 503, "a route that was removed answers ",
             reply.status);
  KVS_EXPECT(here.called == 1, "the handler of a removed route was called");
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/removed", &here));
  KVS_EXPECT(client.Get("/conformance/removed").status == 200, "it cannot be put up again");
  return OkStatus();
}

Status RemovingWaitsForHandlersThatRun(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  std::mutex mutex;
  std::optional<sdk::Completion> completion;
  std::atomic<bool> removing{false}, ended{false}, removed{false};
  RouteHandler slow([&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                        sdk::Completer& completer) -> sdk::Outcome {
    sdk::Send(sdk::HttpReply::PlainText(200, "slow"), out);
    const std::lock_guard lock(mutex);
    completion.emplace(completer.Defer());
    return sdk::Pending();
  });
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/slow", &slow));
  Reply reply;
  std::thread asking([&] { reply = Client(context).Get("/conformance/slow"); });
  bool too_early = false;
  std::thread ending([&] {
    while (!removing) std::this_thread::yield();
    // Time for whoever does not wait. One that does is not told from it by how long this takes.
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
    while (!removed && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    const std::lock_guard lock(mutex);
    too_early = removed;
    ended = true;
    if (completion) (*completion)(OkStatus());
  });
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto under_way = [&] {
    const std::lock_guard lock(mutex);
    return completion.has_value();
  };
  while (!under_way() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  const bool reached = under_way();
  removing = true;
  routes.RemoveAll();
  removed = true;
  ending.join();
  asking.join();
  KVS_EXPECT(reached, "the handler was not called within five seconds");
  KVS_EXPECT(!too_early, "removing ended while a handler ran");
  KVS_EXPECT(reply.status == 200 && reply.body == "slow", "the request under way was answered ",
             reply.status);
  return OkStatus();
}

Status AnswersMayComeFromAnotherThread(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  std::vector<std::thread> threads;
  std::mutex mutex;
  RouteHandler later([&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                         sdk::Completer& completer) -> sdk::Outcome {
    const std::lock_guard lock(mutex);
    threads.emplace_back([&out, done = completer.Defer()]() mutable {
      sdk::Send(sdk::HttpReply::PlainText(200, "later"), out);
      done(OkStatus());
    });
    return sdk::Pending();
  });
  Status status;
  {
    const Routes routes(context);
    KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/later", &later));
    Client client(context);
    for (int i = 0; i < 3 && status.ok(); ++i) {
      const Reply reply = client.Get("/conformance/later");
      if (reply.body != "later")
        status = FailedPrecondition("the answer from another thread came as ", reply.status);
    }
  }
  for (std::thread& thread : threads) thread.join();
  return status;
}

Status ErrorsBecomeAnswersByTheTableOfCodes(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  const std::pair<StatusCode, int> table[] = {
      {StatusCode::kInvalidArgument, 400},   {StatusCode::kUnauthenticated, 401},
      {StatusCode::kPermissionDenied, 403},  {StatusCode::kNotFound, 404},
      {StatusCode::kResourceExhausted, 429}, {StatusCode::kInternal, 500},
      {StatusCode::kUnimplemented, 501},     {StatusCode::kUnavailable, 503},
      {StatusCode::kDeadlineExceeded, 504}};
  StatusCode code = StatusCode::kInternal;
  RouteHandler failing([&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t&,
                           sdk::Completer&) -> sdk::Outcome { return Status(code, "the reason"); });
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/failing", &failing));
  Client client(context);
  for (const auto& [given, expected] : table) {
    code = given;
    const Reply reply = client.Get("/conformance/failing");
    KVS_EXPECT(reply.status == expected, StatusCodeName(given), " was answered ", reply.status,
               " instead of ", expected);
    KVS_EXPECT(reply.body.find("the reason") != std::string::npos,
               "the answer does not say why: ", reply.body);
  }
  return OkStatus();
}

Status ARouteThatNeedsATenantHasOne(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler echo = Echo();
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(
      routes.Add("GET", "/conformance/tenant", &echo, {.flags = KVS_HTTP_NEEDS_TENANT}));
  Client client(context);
  const Reply without = client.Get("/conformance/tenant");
  if (without.status != 401) {
    KVS_EXPECT(without.status == 201 && !Has(without, "tenant="),
               "a request without a tenant is answered ", without.status, ": ", without.body);
    return Skip("every request is one tenant's here");
  }
  KVS_EXPECT(echo.called == 0, "the handler was called without a tenant");
  const Reply with = client.Get("/conformance/tenant", "X-Scope-OrgID: team-a\r\n");
  KVS_EXPECT(Has(with, "tenant=team-a"),
             "the call is not of the tenant that was named: ", with.body);
  const Reply several = client.Get("/conformance/tenant", "X-Scope-OrgID: a|b\r\n");
  KVS_EXPECT(several.status >= 400 && several.status < 500,
             "several tenants where one is wanted are answered ", several.status);
  KVS_EXPECT(echo.called == 1, "the handler was called for several tenants");
  return OkStatus();
}

Status BodiesAboveTheLimitOfTheirRouteAreRefused(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler echo = Echo();
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("POST", "/conformance/small", &echo, {.max_body_bytes = 16}));
  const Reply fits = Client(context).Post("/conformance/small", std::string(16, 'x'));
  KVS_EXPECT(fits.status == 201, "a body of exactly the limit is answered ", fits.status);
  const Reply above = Client(context).Post("/conformance/small", std::string(17, 'x'));
  KVS_EXPECT(above.status == 413, "a body of one byte more is answered ", above.status);
  KVS_EXPECT(echo.called == 1, "the handler was called with a body above its limit");
  return OkStatus();
}

Status BodiesAreDecompressedUnlessTheHandlerDoes(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  constexpr std::string_view kPlain = "twelve bytes";
  constexpr std::string_view kGzipped(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\x29\x4f\xcd\x29\x4b\x55\x48\xaa\x2c\x49\x2d\x06"
      "\x00\xa0\xcc\xbf\xc5\x0c\x00\x00\x00",
      32);
  std::string body;
  RouteHandler keep([&](const sdk::Call&, const kvs_http_request_t& in, kvs_http_reply_t& out,
                        sdk::Completer&) -> sdk::Outcome {
    body = sdk::TextOf(in.body);
    sdk::Send(sdk::HttpReply::PlainText(200, ""), out);
    return OkStatus();
  });
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("POST", "/conformance/decoded", &keep));
  KVS_RETURN_IF_ERROR(routes.Add("POST", "/conformance/raw", &keep, {.flags = KVS_HTTP_RAW_BODY}));
  KVS_RETURN_IF_ERROR(
      routes.Add("POST", "/conformance/bounded", &keep, {.max_decoded_bytes = kPlain.size() - 1}));
  Client client(context);
  const std::string_view gzip = "Content-Encoding: gzip\r\n";
  KVS_EXPECT(client.Post("/conformance/decoded", kGzipped, gzip).status == 200 && body == kPlain,
             "a compressed body arrived as \"", body, "\"");
  KVS_EXPECT(client.Post("/conformance/raw", kGzipped, gzip).status == 200 && body == kGzipped,
             "a route that wants bodies as they are was given \"", body, "\"");
  const Reply above = Client(context).Post("/conformance/bounded", kGzipped, gzip);
  KVS_EXPECT(above.status == 413, "a body that is too large when decompressed is answered ",
             above.status);
  return OkStatus();
}

// How many answers were released, which may come after the client has them, and after their case.
using Releases = std::shared_ptr<std::atomic<int>>;

// False when they are not so many within five seconds, or more.
bool AwaitReleases(const Releases& releases, int n) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (*releases < n && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  return *releases == n;
}

// A reply whose release is counted, with a body of two segments, and further pieces if wanted.
struct CountedReply {
  explicit CountedReply(Releases counter) : released(std::move(counter)) {}
  const std::string first = "one ", second = "two";
  const kvs_bytes_t segments[2] = {sdk::Bytes(std::string_view(first)),
                                   sdk::Bytes(std::string_view(second))};
  const Releases released;
  int pieces = 0;
  bool breaks_off = false;

  void HandOut(kvs_http_reply_t& out) {
    out.status = 200;
    out.segments = segments;
    out.n_segments = 2;
    out.producer = this;
    out.release = [](kvs_http_reply_t* reply) noexcept {
      auto* const self = static_cast<CountedReply*>(reply->producer);
      ++*self->released;
      delete self;
    };
  }
  static kvs_status_t Next(void* self, const kvs_call_t*, const void*, kvs_http_piece_t* out,
                           const kvs_completion_t*, kvs_error_t*) KVS_NOEXCEPT {
    auto* const reply = static_cast<CountedReply*>(self);
    if (reply->pieces++ == 2) return reply->breaks_off ? KVS_INTERNAL : KVS_END;
    out->bytes = sdk::Bytes(std::string_view(" more"));
    return KVS_OK;
  }
};

Status AnAnswerIsReleasedOnce(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  const auto released = std::make_shared<std::atomic<int>>(0);
  RouteHandler counted([&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                           sdk::Completer&) -> sdk::Outcome {
    (new CountedReply(released))->HandOut(out);
    return OkStatus();
  });
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET,HEAD", "/conformance/counted", &counted));
  Client client(context);
  const Reply reply = client.Get("/conformance/counted");
  KVS_EXPECT(reply.body == "one two", "segments arrived as \"", reply.body, "\"");
  client.connection.Send("HEAD /conformance/counted HTTP/1.1\r\nHost: x\r\n\r\n");
  const Reply head = client.connection.Receive(true);
  KVS_EXPECT(head.status == 200, "HEAD is answered ", head.status);
  KVS_EXPECT(client.Get("/conformance/counted").body == "one two", "the answer to HEAD had a body");
  KVS_EXPECT(AwaitReleases(released, 3), "three answers were released ", released->load(),
             " times");
  return OkStatus();
}

// What chunks carry; `whole`: whether the last one came.
std::string FromChunks(std::string_view chunks, bool* whole) {
  std::string body;
  *whole = false;
  while (true) {
    const size_t end = chunks.find("\r\n");
    if (end == std::string_view::npos) return body;
    const size_t size = std::strtoul(std::string(chunks.substr(0, end)).c_str(), nullptr, 16);
    chunks.remove_prefix(end + 2);
    *whole = size == 0;
    if (size == 0 || chunks.size() < size + 2) return body;
    body += chunks.substr(0, size);
    chunks.remove_prefix(size + 2);
  }
}

Status AnAnswerMayBeMadeWhileItIsSent(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  const auto released = std::make_shared<std::atomic<int>>(0);
  std::atomic<bool> streams{true}, breaks_off{false};
  RouteHandler pieces([&](const sdk::Call&, const kvs_http_request_t&, kvs_http_reply_t& out,
                          sdk::Completer&) -> sdk::Outcome {
    if (!sdk::CanStream(out)) streams = false;
    auto* const reply = new CountedReply(released);
    reply->breaks_off = breaks_off;
    reply->HandOut(out);
    if (!streams) return OkStatus();
    out.next = &CountedReply::Next;
    out.next_self = reply;
    return OkStatus();
  });
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/pieces", &pieces));
  const auto ask = [&](bool* whole) {
    Client client(context);
    const Reply head = client.Get("/conformance/pieces", "Connection: close\r\n");
    const bool in_chunks = head.Header("Transfer-Encoding") == "chunked";
    const std::string rest = client.connection.Rest();
    *whole = true;
    return in_chunks ? FromChunks(rest, whole) : StrCat(head.body, rest);
  };
  bool whole = false;
  const std::string body = ask(&whole);
  if (!streams) return Skip("it asks for whole answers");
  KVS_EXPECT(whole && body == "one two more more", "pieces arrived as \"", body, "\"");
  breaks_off = true;
  const std::string cut = ask(&whole);
  KVS_EXPECT(!whole, "an answer that broke off looks whole: \"", cut, "\"");
  KVS_EXPECT(AwaitReleases(released, 2), "two answers were released ", released->load(), " times");
  return OkStatus();
}

Status ManyRequestsAtOnceEachHaveTheirAnswer(Context& context) {
  KVS_RETURN_IF_ERROR(CanAsk(context));
  RouteHandler echo = Echo();
  const Routes routes(context);
  KVS_RETURN_IF_ERROR(routes.Add("GET", "/conformance/many/{id}", &echo));
  constexpr int kClients = 8, kRequests = 25;
  std::atomic<int> wrong{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < kClients; ++c) {
    clients.emplace_back([&, c] {
      Client client(context);
      for (int i = 0; i < kRequests; ++i) {
        const std::string id = StrCat(c, "-", i);
        if (!Has(client.Get(StrCat("/conformance/many/", id)), StrCat("param=", id))) ++wrong;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  KVS_EXPECT(wrong == 0, wrong.load(), " of ", kClients * kRequests, " answers are not their own");
  return OkStatus();
}

constexpr Case kCases[] = {
    {"ARequestReachesItsHandlerAndItsAnswerTheClient",
     ARequestReachesItsHandlerAndItsAnswerTheClient},
    {"ParametersOfAPatternAreDecoded", ParametersOfAPatternAreDecoded},
    {"FixedPathsWinOverPatternsAndPatternsOverStars",
     FixedPathsWinOverPatternsAndPatternsOverStars},
    {"TextsOfARouteAreCopied", TextsOfARouteAreCopied},
    {"AMethodThatNobodyNamedReachesNobody", AMethodThatNobodyNamedReachesNobody},
    {"ARouteIsReplacedByItsComponent", ARouteIsReplacedByItsComponent},
    {"ARouteOfAnotherComponentIsRefusedByItsName", ARouteOfAnotherComponentIsRefusedByItsName},
    {"WhatIsRemovedAnswersNoMore", WhatIsRemovedAnswersNoMore},
    {"RemovingWaitsForHandlersThatRun", RemovingWaitsForHandlersThatRun},
    {"AnswersMayComeFromAnotherThread", AnswersMayComeFromAnotherThread},
    {"ErrorsBecomeAnswersByTheTableOfCodes", ErrorsBecomeAnswersByTheTableOfCodes},
    {"ARouteThatNeedsATenantHasOne", ARouteThatNeedsATenantHasOne},
    {"BodiesAboveTheLimitOfTheirRouteAreRefused", BodiesAboveTheLimitOfTheirRouteAreRefused},
    {"BodiesAreDecompressedUnlessTheHandlerDoes", BodiesAreDecompressedUnlessTheHandlerDoes},
    {"AnAnswerIsReleasedOnce", AnAnswerIsReleasedOnce},
    {"AnAnswerMayBeMadeWhileItIsSent", AnAnswerMayBeMadeWhileItIsSent},
    {"ManyRequestsAtOnceEachHaveTheirAnswer", ManyRequestsAtOnceEachHaveTheirAnswer},
};

}  // namespace

const Suite& HttpRoutesSuite() {
  static constexpr Suite kSuite{KVS_HTTP_ROUTES_V1, kCases};
  return kSuite;
}

}  // namespace kvs::testkit

// SPDX-License-Identifier: Apache-2.0
// The proxy over real connections to upstreams that the tests write.
#include "proxy.h"

#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"
#include "kvs/testkit/whole_body.h"

namespace kvs::net::proxy {
namespace {

using ::testing::HasSubstr;
using testkit::HttpStub;

// Keeps the routes it is given, and calls them.
class RoutesStub final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view, const kvs_http_route_t& route) override {
    routes[sdk::Text(route.pattern)] = route;
    return OkStatus();
  }
  void RemoveAll(std::string_view) override { routes.clear(); }
  std::map<std::string, kvs_http_route_t> routes;
};

class ProxyTest : public ::testing::Test {
 protected:
  ~ProxyTest() override {
    if (proxy_ == nullptr) return;
    EXPECT_TRUE(testkit::StopComponent(*proxy_).ok());
    EXPECT_TRUE(routes_.routes.empty());
  }
  void Start(std::string addresses, std::string words = "") {
    config_.upstreams = {{"up", std::move(addresses)}};
    config_.routes = {{"/*", StrCat("up", words)}};
    ASSERT_EQ(config_.Validate().ToString(), "OK");
    proxy_ = std::make_unique<Proxy>(host_.host(), config_);
    proxy_->http = sdk::RoutesRef(sdk::IfaceOf<sdk::HttpRoutes>(&routes_));
    ASSERT_EQ(testkit::StartComponent(*proxy_).ToString(), "OK");
  }
  struct Reply {
    int status = 0;
    std::string body, type;
    int pieces = 0;
    std::string cut;
  };
  Reply Ask(std::string_view method, std::string_view target, std::string_view body = "") {
    const kvs_http_route_t& route = routes_.routes.at("/*");
    auto in = sdk::Record<kvs_http_request_t>();
    in.method = sdk::Str(method);
    in.target = sdk::Str(target);
    in.body = sdk::Bytes(body);
    in.remote = sdk::Str("10.0.0.7:1");
    sdk::Owned<kvs_http_reply_t> out;
    sdk::OwnedCall call("team-a");
    call.WithTimeoutMs(60'000);
    const sdk::Method<kvs_http_request_t, kvs_http_reply_t> handle{route.handle,
                                                                   route.handler_self};
    const Status status = sdk::Await(handle, call, &in, out.out());
    EXPECT_TRUE(status.ok()) << status.ToString();
    Reply reply;
    reply.status = out->status;
    testkit::WholeBody whole = testkit::ReadBody(*out, call);
    reply.body = std::move(whole.text);
    reply.pieces = whole.pieces;
    reply.cut = std::move(whole.cut);
    for (uint64_t i = 0; i < out->n_headers; ++i) {
      if (sdk::View(out->headers[i].name) == "content-type")
        reply.type = sdk::Text(out->headers[i].value);
    }
    return reply;
  }
  // An address where nobody listens.
  static std::string Nobody() {
    const HttpStub gone([](const HttpStub::Request&) { return HttpStub::Answer(); });
    return StrCat("http://", gone.address());
  }

  testkit::TestHost host_{{.manual_clock = true}};
  RoutesStub routes_;
  Config config_;
  std::unique_ptr<Proxy> proxy_;
};

TEST_F(ProxyTest, RequestsAndAnswersGoThroughAsTheyAre) {
  HttpStub upstream([](const HttpStub::Request& r) {
    HttpStub::Answer answer;
    answer.code = 418;
    answer.headers = {{"Content-Type", "text/x"}};
    answer.body = StrCat(r.method, " ", r.target, " ", r.header("x-scope-orgid"), " ", r.body);
    return answer;
  });
  Start(StrCat("http://", upstream.address()));

  const Reply post = Ask("POST", "/a%2Fb/../c?d=%20", std::string("x\0y", 3));
  const Reply get = Ask("GET", "/");
  const Reply remove = Ask("DELETE", "/rules/a");

  EXPECT_EQ(post.status, 418);
  EXPECT_EQ(post.type, "text/x");
  EXPECT_EQ(post.body, std::string("POST /a%2Fb/../c?d=%20 team-a x\0y", 33));
  EXPECT_EQ(get.body, "GET / team-a ");
  EXPECT_EQ(remove.body, "DELETE /rules/a team-a ");
  EXPECT_EQ(upstream.connections(), 1) << "they are kept";
}

TEST_F(ProxyTest, WhatNobodyHasSeenIsTriedElsewhere) {
  HttpStub upstream([](const HttpStub::Request& r) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = r.body};
  });
  Start(StrCat(Nobody(), ",http://", upstream.address()));

  for (int i = 0; i < 4; ++i) EXPECT_EQ(Ask("POST", "/push", "data").body, "data");
  EXPECT_EQ(host_.metrics().Value("kvs_net_proxy_retries_total", {{"upstream", "up"}}), 1)
      << "then it is passed over";
}

TEST_F(ProxyTest, OnlyWhatReadsIsAskedTwice) {
  std::atomic<int> asked{0};
  const HttpStub::Handler hang_up = [&](const HttpStub::Request& r) {
    HttpStub::Answer answer;
    answer.body = "fine";
    answer.hang_up = r.path() != "/ready" && ++asked == 1;
    return answer;
  };
  HttpStub a(hang_up), b(hang_up);
  Start(StrCat("http://", a.address(), ",http://", b.address()));

  const Reply write = Ask("POST", "/push", "data");
  EXPECT_EQ(write.status, 502);
  EXPECT_EQ(write.body, "upstream up did not answer\n");
  EXPECT_EQ(asked, 1);
  asked = 0;
  EXPECT_EQ(Ask("GET", "/query").body, "fine");
  EXPECT_EQ(asked, 2);
}

TEST_F(ProxyTest, OneThatStopsIsLeftForReads) {
  HttpStub stops([](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 503, .headers = {}, .body = "stopping"};
  });
  HttpStub well([](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = "well"};
  });
  Start(StrCat("http://", stops.address(), ",http://", well.address()), " reads");
  EXPECT_EQ(Ask("POST", "/query").body, "well");
  EXPECT_EQ(Ask("POST", "/query").body, "well");
  EXPECT_EQ(Ask("POST", "/query").body, "well");
}

TEST_F(ProxyTest, AnswersHaveALimit) {
  config_.max_answer_size.bytes = 1000;
  HttpStub upstream([](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = std::string(2000, 'x')};
  });
  Start(StrCat("http://", upstream.address()));
  EXPECT_EQ(Ask("GET", "/").status, 502);
}

TEST_F(ProxyTest, WithoutUpstreamsThereIsNoAnswer) {
  Start(StrCat(Nobody(), ",", Nobody()));
  EXPECT_EQ(Ask("GET", "/").status, 502);
}

TEST_F(ProxyTest, LargeAnswersPassByPieces) {
  std::string big(32 << 20, '\0');
  for (size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 131 >> 3);
  HttpStub upstream([&](const HttpStub::Request& r) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = r.path() == "/big" ? big : "small"};
  });
  Start(StrCat("http://", upstream.address()));

  const Reply large = Ask("GET", "/big");
  const Reply small = Ask("GET", "/small");

  EXPECT_TRUE(large.body == big);
  EXPECT_GT(large.pieces, 10);
  EXPECT_EQ(large.cut, "");
  EXPECT_EQ(small.body, "small");
  EXPECT_EQ(small.pieces, 0) << "it keeps its length";
}

TEST_F(ProxyTest, AnAnswerThatBreaksOffIsBrokenOff) {
  HttpStub upstream([](const HttpStub::Request& r) {
    HttpStub::Answer answer;
    answer.body = std::string(r.path() == "/big" ? 1 << 20 : 10, 'x');
    answer.content_length = static_cast<int64_t>(answer.body.size()) + 1;
    return answer;
  });
  Start(StrCat("http://", upstream.address()));

  const Reply large = Ask("GET", "/big");
  const Reply small = Ask("GET", "/small");

  EXPECT_EQ(large.status, 200);
  EXPECT_NE(large.cut, "");
  EXPECT_EQ(small.status, 502) << "what is held can still be told";
}

TEST_F(ProxyTest, AnAnswerLargerThanAllowedIsCut) {
  config_.max_answer_size.bytes = 1 << 20;
  HttpStub upstream([](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = std::string(4 << 20, 'x')};
  });
  Start(StrCat("http://", upstream.address()));

  const Reply reply = Ask("GET", "/");

  EXPECT_THAT(reply.cut, HasSubstr("more than the 1048576 bytes"));
  EXPECT_LE(reply.body.size(), size_t{1} << 20);
}

TEST_F(ProxyTest, AnAnswerThatNobodyTakesIsLetGo) {
  HttpStub upstream([](const HttpStub::Request&) {
    return HttpStub::Answer{.code = 200, .headers = {}, .body = std::string(32 << 20, 'x')};
  });
  Start(StrCat("http://", upstream.address()));
  const kvs_http_route_t& route = routes_.routes.at("/*");
  auto in = sdk::Record<kvs_http_request_t>();
  in.method = sdk::Str("GET");
  in.target = sdk::Str("/");
  {
    sdk::Owned<kvs_http_reply_t> out;
    sdk::OwnedCall call("team-a");
    const sdk::Method<kvs_http_request_t, kvs_http_reply_t> handle{route.handle,
                                                                   route.handler_self};
    ASSERT_TRUE(sdk::Await(handle, call, &in, out.out()).ok());
    EXPECT_NE(out->next, nullptr);
  }
  EXPECT_EQ(Ask("GET", "/").body.size(), size_t{32} << 20);
}

}  // namespace
}  // namespace kvs::net::proxy

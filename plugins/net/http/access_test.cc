// SPDX-License-Identifier: Apache-2.0
// The locked door: what gets in, what does not, and that a refusal tells nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/identity.h"

#include "test_client.h"

namespace kvs::net::http {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Knows "Bearer NAME" for the names it is given; may answer later, from another thread.
class FakeAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  explicit FakeAuthenticator(sdk::Executor executor) : executor_(executor) {}
  void Add(std::string name, uint32_t rights, std::vector<std::string> tenants,
           std::vector<sdk::OwnedMatcher> matchers = {}) {
    known_.push_back(std::make_shared<const sdk::Identity>(
        std::move(name), rights, std::move(tenants), std::move(matchers)));
  }
  sdk::Outcome Identify(const sdk::Call&, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer& completer) override {
    const std::string shown = sdk::Text(in.authorization);
    if (later) {
      auto done = std::make_shared<sdk::Completion>(completer.Defer());
      executor_.PostWorker([this, shown, &out, done] { (*done)(Answer(shown, out)); });
      return sdk::Pending();
    }
    return Answer(shown, out);
  }
  std::string_view Challenge() const noexcept override { return challenge; }

  bool later = false;
  std::string challenge = "Bearer realm=\"test\"";
  Status broken;

 private:
  Status Answer(const std::string& shown, kvs_identity_t& out) {
    if (!broken.ok()) return broken;
    if (shown == "Bearer banned") return PermissionDenied("secret reason");
    for (const auto& identity : known_) {
      if (shown != "Bearer " + identity->subject()) continue;
      sdk::Identity::HandOut(identity, out);
      return OkStatus();
    }
    return Unauthenticated("secret reason");
  }
  const sdk::Executor executor_;
  std::vector<std::shared_ptr<const sdk::Identity>> known_;
};

class AccessTest : public ServerTest {
 protected:
  AccessTest() : first_(host_.host().executor()), second_(host_.host().executor()) {
    first_.Add("reader", KVS_RIGHT_READ, {"a", "b-*"});
    first_.Add("writer", KVS_RIGHT_WRITE, {"only"});
    first_.Add("admin", KVS_RIGHT_ADMIN, {});
    first_.Add("bound", KVS_RIGHT_READ | KVS_RIGHT_WRITE, {"a"},
               {{"env", KVS_MATCH_EQUAL, "prod"}});
  }
  void Begin() {
    server_ = std::make_unique<HttpServer>(host_.host(), config_);
    server_->auth.emplace_back(sdk::IfaceOf<sdk::Authenticator>(&first_));
    if (two_) server_->auth.emplace_back(sdk::IfaceOf<sdk::Authenticator>(&second_));
    ASSERT_EQ(Step(&HttpServer::Start).ToString(), "OK");
    const auto handle = [this](std::string_view methods, std::string_view path, uint32_t flags) {
      sdk::RouteOptions options;
      options.flags = flags;
      Handle(methods, path, &EchoIdentity, options);
    };
    handle("GET,POST,DELETE", "/data", KVS_HTTP_NEEDS_TENANT);
    handle("GET,POST", "/query",
           KVS_HTTP_NEEDS_TENANT | KVS_HTTP_READS | KVS_HTTP_LABELS | KVS_HTTP_FEDERATION);
    handle("GET", "/info", 0);
    handle("GET", "/metrics", KVS_HTTP_ADMIN);
    handle("GET", "/ready", KVS_HTTP_ADMIN | KVS_HTTP_PUBLIC);
  }
  static sdk::Outcome EchoIdentity(const sdk::Call& call, const kvs_http_request_t&,
                                   kvs_http_reply_t& out, sdk::Completer&) {
    const kvs_identity_t* const identity = sdk::IdentityOf(call);
    sdk::Send(sdk::HttpReply::PlainText(
                  200, StrCat("t=", call.tenant(),
                              " s=", identity == nullptr ? "" : sdk::View(identity->subject),
                              " m=", sdk::EncodeMatchers(sdk::BindingMatchers(call)))),
              out);
    return OkStatus();
  }
  TestReply Ask(std::string_view method, std::string_view path, std::string_view who,
                std::string_view tenant) {
    TestClient client = Connect();
    std::string headers;
    if (!who.empty()) StrAppend(headers, "Authorization: Bearer ", who, "\r\n");
    if (!tenant.empty()) StrAppend(headers, "X-Scope-OrgID: ", tenant, "\r\n");
    return client.Roundtrip(StrCat(method, " ", path, " HTTP/1.1\r\nHost: x\r\n", headers,
                                   "Content-Length: 0\r\n\r\n"));
  }
  int StatusOf(std::string_view method, std::string_view path, std::string_view who,
               std::string_view tenant) {
    return Ask(method, path, who, tenant).status;
  }

  FakeAuthenticator first_, second_;
  bool two_ = false;
};

TEST_F(AccessTest, WhoIsKnownGetsInAndTheHandlerSeesWhoItIs) {
  Begin();
  EXPECT_EQ(Ask("GET", "/data", "reader", "a").body, "t=a s=reader m=");
  first_.later = true;
  EXPECT_EQ(Ask("GET", "/data", "reader", "a").body, "t=a s=reader m=");
  EXPECT_EQ(StatusOf("GET", "/data", "stranger", "a"), 401);
}

TEST_F(AccessTest, ToAStrangerAllPathsAreAlike) {
  Begin();
  const TestReply there = Ask("GET", "/data", "", "a");
  const TestReply not_there = Ask("GET", "/nothing", "", "a");
  const TestReply other_method = Ask("PUT", "/data", "stranger", "no-such-tenant");

  EXPECT_EQ(there.status, 401);
  EXPECT_EQ(there.Header("WWW-Authenticate"), "Bearer realm=\"test\"");
  for (const TestReply* reply : {&not_there, &other_method}) {
    EXPECT_EQ(reply->status, 401);
    EXPECT_EQ(reply->body, there.body);
    EXPECT_EQ(reply->Header("Allow"), "");
  }
  EXPECT_THAT(there.body, Not(HasSubstr("secret")));
  EXPECT_EQ(host_.metrics().Value("kvs_net_http_access_denied_total", {{"reason", "credentials"}}),
            3);
  EXPECT_EQ(StatusOf("GET", "/nothing", "reader", "a"), 404);
}

TEST_F(AccessTest, RightsAreWhatTheRouteNeeds) {
  Begin();
  EXPECT_EQ(StatusOf("GET", "/data", "reader", "a"), 200);
  EXPECT_EQ(StatusOf("POST", "/data", "reader", "a"), 403);
  EXPECT_EQ(StatusOf("DELETE", "/data", "reader", "a"), 403);
  EXPECT_EQ(StatusOf("POST", "/query", "reader", "a"), 200);
  EXPECT_EQ(StatusOf("POST", "/data", "writer", "only"), 200);
  EXPECT_EQ(StatusOf("GET", "/data", "writer", "only"), 403);
  EXPECT_EQ(StatusOf("POST", "/query", "writer", "only"), 403);
  EXPECT_EQ(StatusOf("GET", "/info", "writer", ""), 200);
  EXPECT_EQ(StatusOf("GET", "/metrics", "reader", ""), 403);
  EXPECT_EQ(StatusOf("GET", "/metrics", "admin", ""), 200);
  EXPECT_EQ(StatusOf("GET", "/data", "admin", "a"), 403);
}

TEST_F(AccessTest, TenantsAreThoseOfTheIdentity) {
  Begin();
  EXPECT_EQ(StatusOf("GET", "/data", "reader", "b-1"), 200);
  EXPECT_EQ(StatusOf("GET", "/data", "reader", "b"), 403);
  EXPECT_EQ(Ask("GET", "/query", "reader", "b-1|a").body, "t=a|b-1 s=reader m=");
  EXPECT_EQ(StatusOf("GET", "/query", "reader", "a|c"), 403);
  EXPECT_EQ(StatusOf("GET", "/data", "reader", ""), 401) << "it has several, and names none";
  EXPECT_EQ(Ask("POST", "/data", "writer", "").body, "t=only s=writer m=");
  // A tenant that is not the caller's does not reach a handler that does not need one.
  EXPECT_EQ(Ask("GET", "/info", "reader", "c").body, "t= s=reader m=");
}

TEST_F(AccessTest, WhoIsBoundToLabelsGetsInOnlyWhereTheyAreEnforced) {
  Begin();
  EXPECT_EQ(StatusOf("GET", "/query", "bound", "a"), 403);
  StopServer();
  config_.label_policies = true;
  Begin();
  EXPECT_EQ(Ask("GET", "/query", "bound", "a").body, "t=a s=bound m=env=prod");
  EXPECT_EQ(StatusOf("GET", "/data", "bound", "a"), 403)
      << "the route does not promise to keep to ports";
}

TEST_F(AccessTest, WhatAProxySaysBindsTheCallerToo) {
  config_.label_policies = true;
  Begin();
  const auto ask = [this](std::string_view who, std::string_view labels) {
    TestClient client = Connect();
    return client.Get("/query",
                      StrCat("Authorization: Bearer ", who,
                             "\r\nX-Scope-OrgID: a\r\nX-Kvasir-Labels: ", labels, "\r\n"));
  };
  EXPECT_EQ(ask("reader", "team=x").body, "t=a s=reader m=team=x");
  EXPECT_EQ(ask("bound", "team=x").body, "t=a s=bound m=team=x&env=prod");
  EXPECT_EQ(ask("bound", "{").status, 400);
  EXPECT_EQ(ask("stranger", "team=x").status, 401);
}

TEST_F(AccessTest, ABoundCallerIsTurnedAwayAlsoWithoutAuthenticators) {
  StartServer();
  Handle("GET", "/query", &EchoIdentity, {.flags = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_LABELS});
  TestClient client = Connect();
  EXPECT_EQ(client.Get("/query", "X-Scope-OrgID: a\r\nX-Kvasir-Labels: team=x\r\n").status, 403);
  EXPECT_EQ(client.Get("/query", "X-Scope-OrgID: a\r\n").status, 200);
}

TEST_F(AccessTest, ProbesTellStrangersTheStatusAlone) {
  Begin();
  EXPECT_EQ(Ask("GET", "/ready", "", "").body, "OK\n");
  EXPECT_EQ(Ask("GET", "/ready", "reader", "").body, "OK\n");
  EXPECT_THAT(Ask("GET", "/ready", "admin", "").body, HasSubstr("s=admin"));
}

TEST_F(AccessTest, AuthenticatorsAreAskedInOrder) {
  two_ = true;
  second_.Add("guest", KVS_RIGHT_READ, {"*"});
  second_.Add("banned", KVS_RIGHT_READ, {"*"});
  second_.challenge = "Basic realm=\"test\"";
  Begin();

  EXPECT_EQ(Ask("GET", "/data", "guest", "x").body, "t=x s=guest m=");
  const TestReply banned = Ask("GET", "/data", "banned", "x");
  EXPECT_EQ(banned.status, 403) << "the first one has spoken";
  EXPECT_THAT(banned.body, Not(HasSubstr("secret")));
  EXPECT_THAT(Ask("GET", "/data", "", "x").head,
              HasSubstr("WWW-Authenticate: Basic realm=\"test\""));
  first_.broken = Unavailable("no keys yet").WithRetryAfterMs(1000);
  const TestReply broken = Ask("GET", "/data", "guest", "x");
  EXPECT_EQ(broken.status, 503);
  EXPECT_EQ(broken.Header("Retry-After"), "1");
}

TEST_F(AccessTest, ABodyIsNotReadBeforeItsSenderIsKnown) {
  Begin();
  TestClient client = Connect();
  client.Send(
      "POST /data HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.Receive().status, 401);
}

TEST_F(AccessTest, AdminPagesAreNotOpenedByMistake) {
  const auto check = [this](bool auth) {
    HttpServer server(host_.host(), config_);
    if (auth) server.auth.emplace_back(sdk::IfaceOf<sdk::Authenticator>(&first_));
    return server.Check();
  };
  EXPECT_TRUE(check(false).ok());
  for (const char* open : {":9009", "0.0.0.0:9009", "[::]:9009", "10.0.0.7:9009"}) {
    config_.listen = open;
    const Status status = check(false);
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << open;
    EXPECT_THAT(status.message(), HasSubstr(open));
    EXPECT_THAT(status.message(), HasSubstr("allow_open_admin"));
    EXPECT_TRUE(check(true).ok());
  }
  config_.admin_pages = false;
  EXPECT_TRUE(check(false).ok());
  config_.admin_pages = true;
  config_.admin_listen = "127.0.0.1:9010";
  EXPECT_TRUE(check(false).ok());
  config_.admin_listen = "0.0.0.0:9010";
  EXPECT_FALSE(check(false).ok());
  config_.allow_open_admin = true;
  EXPECT_TRUE(check(false).ok());
}

TEST_F(AccessTest, AdminPagesCanBeElsewhere) {
  config_.admin_pages = false;
  StartServer();
  Handle("GET", "/metrics", &Echo, {.flags = KVS_HTTP_ADMIN});
  Handle("GET", "/ready", &Echo, {.flags = KVS_HTTP_ADMIN | KVS_HTTP_PUBLIC});

  EXPECT_EQ(StatusOf("GET", "/metrics", "", ""), 404);
  EXPECT_EQ(StatusOf("GET", "/ready", "", ""), 200);
}

}  // namespace
}  // namespace kvs::net::http

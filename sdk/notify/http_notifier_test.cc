// SPDX-License-Identifier: Apache-2.0
// What every notifier by HTTP does, tried with one that sends next to nothing.
#include "kvs/notify/http_notifier.h"

#include <stdlib.h>

#include <cmath>

#include <gtest/gtest.h>

#include "kvs/testkit/fake_limiter.h"
#include "kvs/testkit/http_stub.h"
#include "kvs/testkit/notice.h"
#include "kvs/testkit/temp_dir.h"
#include "kvs/testkit/test_host.h"

namespace kvs::notify {
namespace {

using testkit::HttpStub;

class Plain final : public HttpNotifier {
 public:
  Plain(sdk::Host host, const Options& options) : HttpNotifier(host, options, "plain", {"key"}) {}

 private:
  StatusOr<std::vector<Request>> Compose(Delivery& d) const override {
    KVS_ASSIGN_OR_RETURN(const std::string key, d.Secret("key"));
    d.memory = {{"last", d.group.Remembered("last") + "x"}};
    std::vector<Request> out;
    out.push_back({.url = d.settings.Text("url") + key, .body = d.rendering.Text("{{ .Status }}")});
    if (d.settings.Has("second")) out.push_back({.url = d.settings.Text("second"), .body = ""});
    return out;
  }
};

class HttpNotifierTest : public ::testing::Test {
 protected:
  ~HttpNotifierTest() override {
    if (notifier_) {
      EXPECT_TRUE(testkit::StopComponent(*notifier_).ok());
    }
  }
  sdk::NotifierRef ref() {
    if (!notifier_) {
      notifier_.emplace(host_.host(), options_);
      if (limited_) notifier_->limits = limits_.ref();
      EXPECT_TRUE(testkit::StartComponent(*notifier_).ok());
    }
    return sdk::NotifierRef(sdk::IfaceOf<sdk::Notifier>(&*notifier_));
  }
  std::string Settings(const std::string& more = "", const std::string& path = "/") const {
    return "{\"url\": \"http://" + stub_.address() + path + "\"" + more + "}";
  }
  Status Send(const std::string& settings) { return testkit::Notice(settings).Send(ref()); }

  HttpStub::Answer answer_;
  std::function<HttpStub::Answer(const HttpStub::Request&)> handler_;
  HttpStub stub_{
      [this](const HttpStub::Request& request) { return handler_ ? handler_(request) : answer_; }};
  Options options_;
  bool limited_ = false;
  testkit::FakeLimiter limits_;
  testkit::TestHost host_;
  std::optional<Plain> notifier_;
};

TEST_F(HttpNotifierTest, WhatIsTriedAgain) {
  for (const auto& [code, again] : {std::pair{500, true},
                                    {503, true},
                                    {400, false},
                                    {404, false},
                                    {429, false},
                                    {301, false}}) {
    answer_ = {.code = code, .body = "because"};
    const Status status = Send(Settings(", \"http_config\": {\"follow_redirects\": false}"));
    EXPECT_EQ(status.retryable(), again) << code;
    EXPECT_EQ(status.message(), "unexpected status code " + std::to_string(code) + ": because");
  }
  answer_ = {.code = 204};
  EXPECT_TRUE(Send(Settings()).ok());
  answer_ = {.hang_up = true};
  EXPECT_TRUE(Send(Settings()).retryable());
  const Status unreachable = Send("{\"url\": \"http://127.0.0.1:1/secret\"}");
  EXPECT_TRUE(unreachable.retryable());
  EXPECT_EQ(unreachable.message().find("secret"), std::string::npos) << unreachable.message();
  EXPECT_EQ(host_.metrics().Value("kvs_notifier_requests_total",
                                  {{"integration", "plain"}, {"outcome", "sent"}}),
            1);
}

TEST_F(HttpNotifierTest, TheSecondRequestGoesOutOnlyAfterTheFirstSucceeded) {
  const std::string second = ", \"second\": \"http://" + stub_.address() + "/second\"";
  ASSERT_TRUE(Send(Settings(second)).ok());
  EXPECT_EQ(stub_.requests().size(), 2u);
  answer_.code = 400;
  EXPECT_FALSE(Send(Settings(second)).ok());
  EXPECT_EQ(stub_.requests().size(), 3u);
}

TEST_F(HttpNotifierTest, Credentials) {
  const struct {
    const char* http;
    const char* header;
  } kCases[] = {
      {R"({"basic_auth": {"username": "me", "password": "pw"}})", "Basic bWU6cHc="},
      {R"({"authorization": {"credentials": "c"}})", "Bearer c"},
      {R"({"authorization": {"type": "Token", "credentials": "c"}})", "Token c"},
      {R"({"bearer_token": "b"})", "Bearer b"},
      {R"({"http_headers": {"Authorization": {"values": ["v"]}}})", "v"},
  };
  for (const auto& c : kCases) {
    ASSERT_TRUE(Send(Settings(std::string(", \"http_config\": ") + c.http)).ok()) << c.http;
    EXPECT_EQ(stub_.requests().back().header("authorization"), c.header) << c.http;
  }
  EXPECT_EQ(Send(Settings(R"(, "http_config": {"http_headers": {"A": {"values": ["v\r\nB: w"]}}})"))
                .code(),
            StatusCode::kInvalidArgument);
}

TEST_F(HttpNotifierTest, OAuth2TokensAreKept) {
  int tokens = 0;
  handler_ = [&](const HttpStub::Request& request) -> HttpStub::Answer {
    if (request.path() != "/token") return {};
    ++tokens;
    // A server that wants the client in the form.
    if (request.body.find("client_secret") == std::string::npos) return {.code = 401};
    EXPECT_EQ(
        request.body,
        "client_id=id&client_secret=s&audience=a&grant_type=client_credentials&scope=one+two");
    return {.body = R"({"access_token": "t1", "token_type": "bearer", "expires_in": 3600})"};
  };
  const std::string settings = Settings(
      R"(, "http_config": {"oauth2": {"client_id": "id", "client_secret": "s", "scopes": ["one", "two"],)"
      R"( "endpoint_params": {"audience": "a"}, "token_url": "http://)" +
      stub_.address() + R"(/token"}})");
  for (int i = 0; i < 2; ++i) {
    const Status status = Send(settings);
    ASSERT_TRUE(status.ok()) << status.ToString();
    EXPECT_EQ(stub_.requests().back().header("authorization"), "Bearer t1");
  }
  EXPECT_EQ(tokens, 2);
}

TEST_F(HttpNotifierTest, FilesAndVariablesOnlyWhereTheOperatorSaysSo) {
  const testkit::TempDir folder, outside;
  testkit::WriteFile(folder.path() + "/key", " from-file \n");
  testkit::WriteFile(outside.path() + "/key", "stolen");
  ASSERT_EQ(setenv("KVS_TEST_NOTIFY_KEY", "from-env", 1), 0);
  EXPECT_EQ(testkit::Notice(Settings(R"(, "key_file": "key")")).Check(ref()).code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(testkit::Notice(Settings(R"(, "key": "${KVS_TEST_NOTIFY_KEY}")")).Check(ref()).code(),
            StatusCode::kInvalidArgument);
  // Within a text it is a text like any other.
  ASSERT_TRUE(Send(Settings(R"(, "key": "a-${KVS_TEST_NOTIFY_KEY}")")).ok());
  EXPECT_EQ(stub_.requests().back().target, "/a-${KVS_TEST_NOTIFY_KEY}");
  EXPECT_TRUE(testkit::StopComponent(*notifier_).ok());
  notifier_.reset();

  options_.secrets_dir = folder.path();
  options_.secrets_env_prefix = "KVS_TEST_";
  ASSERT_TRUE(Send(Settings(R"(, "key_file": "key")")).ok());
  EXPECT_EQ(stub_.requests().back().target, "/from-file");
  ASSERT_TRUE(Send(Settings(R"(, "key": "a-${KVS_TEST_NOTIFY_KEY}-b")")).ok());
  EXPECT_EQ(stub_.requests().back().target, "/a-from-env-b");
  for (const std::string& more :
       {std::string(R"(, "key": "${HOME}")"), std::string(R"(, "key": "${KVS_TEST_NONE}")"),
        ", \"key_file\": \"" + outside.path() + "/key\"",
        std::string(R"(, "key_file": "../key")")}) {
    EXPECT_EQ(testkit::Notice(Settings(more)).Check(ref()).code(), StatusCode::kInvalidArgument)
        << more;
  }
}

TEST_F(HttpNotifierTest, TheFirewallLooksAtAddressesNotNames) {
  options_.block_private_addresses = true;
  const std::string port = std::to_string(stub_.port());
  for (const std::string& host :
       {std::string("127.0.0.1"), std::string("localhost"), std::string("[::ffff:127.0.0.1]")}) {
    const Status status = Send("{\"url\": \"http://" + host + ":" + port + "/\"}");
    EXPECT_EQ(status.reason(), "receiver-firewall") << host << ": " << status.ToString();
    EXPECT_FALSE(status.retryable());
  }
  EXPECT_EQ(stub_.connections(), 0);
}

TEST_F(HttpNotifierTest, TheFirewallOfATenant) {
  limited_ = true;
  ASSERT_TRUE(Send(Settings()).ok());
  limits_.numbers["alertmanager_receivers_firewall_block_private_addresses"] = 1;
  EXPECT_EQ(Send(Settings()).reason(), "receiver-firewall");
  limits_.numbers.clear();
  limits_.texts["alertmanager_receivers_firewall_block_cidr_networks"] = "10.0.0.0/8,127.0.0.0/8";
  EXPECT_EQ(Send(Settings()).reason(), "receiver-firewall");
}

TEST_F(HttpNotifierTest, ARedirectIsAskedAboutToo) {
  handler_ = [this](const HttpStub::Request& request) -> HttpStub::Answer {
    if (request.path() == "/there") return {};
    return {.code = 307, .headers = {{"Location", "http://" + stub_.address() + "/there"}}};
  };
  ASSERT_TRUE(Send(Settings()).ok());
  const auto request = stub_.requests().back();
  EXPECT_EQ(request.target, "/there");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body, "firing");
}

TEST_F(HttpNotifierTest, RatesOfATenant) {
  limited_ = true;
  limits_.numbers["alertmanager_notification_rate_limit"] = 0.001;
  ASSERT_TRUE(Send(Settings()).ok());
  const Status status = Send(Settings());
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(status.reason(), "notification-rate-limit");
  EXPECT_FALSE(status.retryable());
  testkit::Notice other(Settings());
  other.tenant = "tenant-b";
  EXPECT_TRUE(other.Send(ref()).ok());
  limits_.texts["alertmanager_notification_rate_limit_per_integration"] = R"({"plain": 0})";
  EXPECT_TRUE(Send(Settings()).ok());
  limits_.texts["alertmanager_notification_rate_limit_per_integration"] = R"({"plain": -1})";
  EXPECT_EQ(Send(Settings()).reason(), "notification-rate-limit");
}

TEST_F(HttpNotifierTest, ACallThatIsCancelledEnds) {
  sdk::CancelSource cancel;
  handler_ = [&cancel](const HttpStub::Request&) -> HttpStub::Answer {
    cancel.Cancel();
    return {.content_length = 1'000};  // And then nothing.
  };
  testkit::Notice notice(Settings());
  EXPECT_EQ(notice.Send(ref(), cancel.raw()).code(), StatusCode::kCancelled);
}

TEST_F(HttpNotifierTest, WhatADeliveryRemembers) {
  testkit::Notice notice(Settings());
  ASSERT_TRUE(notice.Send(ref()).ok());
  ASSERT_TRUE(notice.Send(ref()).ok());
  EXPECT_EQ(notice.memory, (testkit::Notice::Pairs{{"last", "xx"}}));
}

TEST_F(HttpNotifierTest, ATemplateThatFailsSendsNothing) {
  testkit::Notice notice(Settings());
  notice.templates = {{"t.tmpl", "{{ define \"x\" }}{{ .Nope }}{{ end }}"}};
  EXPECT_TRUE(notice.Check(ref()).ok());
  notice.templates = {{"t.tmpl", "{{ nope }}"}};
  EXPECT_EQ(notice.Check(ref()).code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(notice.Send(ref()).code(), StatusCode::kInvalidArgument);
  EXPECT_TRUE(stub_.requests().empty());
}

TEST_F(HttpNotifierTest, WhatIsNotSupportedIsRefused) {
  for (const char* http :
       {R"({"proxy_from_environment": true})", R"({"tls_config": {"server_name": "x"}})"}) {
    EXPECT_EQ(
        testkit::Notice(Settings(std::string(", \"http_config\": ") + http)).Check(ref()).code(),
        StatusCode::kInvalidArgument)
        << http;
  }
}

}  // namespace
}  // namespace kvs::notify

// SPDX-License-Identifier: Apache-2.0
// What the server's tests share: a started server with handlers to talk to.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/testkit/http_client.h"
#include "kvs/testkit/test_host.h"

#include "server.h"

namespace kvs::net::http {

using TestReply = testkit::HttpClient::Reply;
using TestClient = testkit::HttpClient;

/// A handler made of a function.
class TestHandler final : public sdk::HttpHandler {
 public:
  using Fn = std::function<sdk::Outcome(const sdk::Call&, const kvs_http_request_t&,
                                        kvs_http_reply_t&, sdk::Completer&)>;
  explicit TestHandler(Fn fn) : fn_(std::move(fn)) {}
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer& completer) override {
    return fn_(call, in, out, completer);
  }

 private:
  Fn fn_;
};

/// A started server on a free port. Tests add their handlers.
class ServerTest : public ::testing::Test {
 protected:
  ServerTest() { config_.listen = "127.0.0.1:0"; }
  ~ServerTest() override { StopServer(); }

  void StartServer() {
    server_ = std::make_unique<HttpServer>(host_.host(), config_);
    ASSERT_EQ(Step(&HttpServer::Start).ToString(), "OK");
  }
  void StopServer() {
    if (server_ == nullptr) return;
    EXPECT_EQ(Step(&HttpServer::Stop).ToString(), "OK");
    server_.reset();
  }
  // Runs Start, Drain or Stop and waits for its end.
  Status Step(sdk::Outcome (HttpServer::*step)(const sdk::Call&, sdk::Completer&),
              int64_t timeout_ms = 5000) {
    sdk::internal::Waiter waiter;
    const kvs_completion_t completion = waiter.completion();
    auto error = sdk::Record<kvs_error_t>();
    sdk::OwnedCall call("");
    call.WithTimeoutMs(timeout_ms);
    const kvs_status_t code = sdk::Guard(&error, [&] {
      sdk::Completer completer(&completion, &error);
      return (server_.get()->*step)(call, completer);
    });
    return sdk::Import(code == KVS_PENDING ? waiter.Wait() : code, &error);
  }
  void Handle(std::string_view methods, std::string_view pattern, TestHandler::Fn fn,
              const sdk::RouteOptions& options = {}) {
    handlers_.push_back(std::make_unique<TestHandler>(std::move(fn)));
    const kvs_iface_t iface = sdk::IfaceOf<sdk::HttpRoutes>(server_.get());
    ASSERT_EQ(sdk::RoutesRef(iface)
                  .Add("test", methods, pattern, handlers_.back().get(), options)
                  .ToString(),
              "OK");
  }
  // Answers with what it was asked.
  static sdk::Outcome Echo(const sdk::Call& call, const kvs_http_request_t& in,
                           kvs_http_reply_t& out, sdk::Completer&) {
    std::string text =
        StrCat(sdk::View(in.method), " ", sdk::View(in.path), " q=", sdk::View(in.query),
               " t=", call.tenant(), " b=", sdk::TextOf(in.body));
    for (uint64_t i = 0; i < in.n_params; ++i) StrAppend(text, " p=", sdk::View(in.params[i]));
    sdk::Send(sdk::HttpReply::PlainText(200, std::move(text)), out);
    return OkStatus();
  }
  TestClient Connect() { return TestClient(server_->port()); }

  testkit::TestHost host_;
  Config config_;
  std::vector<std::unique_ptr<TestHandler>> handlers_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace kvs::net::http

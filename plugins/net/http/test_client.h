// SPDX-License-Identifier: Apache-2.0
// What the server's tests share: a started server with handlers to talk to, and a client that sends
// exactly the bytes it is told to.
#pragma once

#include <unistd.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "kvs/sdk/call.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/testkit/test_host.h"

#include "server.h"

namespace kvs::net::http {

struct TestReply {
  int status = 0;
  std::string head;
  std::string body;
  std::string Header(std::string_view name) const {
    const size_t at = head.find(StrCat("\r\n", name, ": "));
    if (at == std::string::npos) return {};
    const size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};

/// A TCP connection. Reads give up after five seconds, so that a hanging server fails the test and
/// not the build.
class TestClient {
 public:
  explicit TestClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval timeout{5, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  }
  ~TestClient() { Close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  int fd() const { return fd_; }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  /// False when the server has closed.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  /// The next answer; status 0 when the connection ended instead. `bodiless`: the answer to HEAD.
  TestReply Receive(bool bodiless = false) {
    TestReply reply;
    size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadMore()) return reply;
    }
    reply.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    reply.status = std::atoi(reply.head.c_str() + 9);
    const size_t length =
        bodiless ? 0 : static_cast<size_t>(std::atoll(reply.Header("Content-Length").c_str()));
    while (buffer_.size() < length) {
      if (!ReadMore()) return TestReply();
    }
    reply.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return reply;
  }
  TestReply Roundtrip(std::string_view request) {
    Send(request);
    return Receive();
  }
  TestReply Get(std::string_view target, std::string_view headers = "") {
    return Roundtrip(StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\n", headers, "\r\n"));
  }
  TestReply Post(std::string_view target, std::string_view body, std::string_view headers = "") {
    return Roundtrip(StrCat("POST ", target, " HTTP/1.1\r\nHost: x\r\nContent-Length: ",
                            body.size(), "\r\n", headers, "\r\n", body));
  }
  /// What comes up to and with `last`; all there is when the connection ends before.
  std::string Await(std::string_view last) {
    size_t at = 0;
    while ((at = buffer_.find(last)) == std::string::npos && ReadMore()) {
    }
    return TakeOut(at == std::string::npos ? buffer_.size() : at + last.size());
  }
  /// True when the server closes without another byte.
  bool EndsQuietly() { return buffer_.empty() && !ReadMore() && buffer_.empty() && ended_; }

 private:
  std::string TakeOut(size_t n) {
    std::string out = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return out;
  }
  bool ReadMore() {
    char bytes[65536];
    const ssize_t n = recv(fd_, bytes, sizeof(bytes), 0);
    if (n == 0 || (n < 0 && errno == ECONNRESET)) ended_ = true;
    if (n <= 0) return false;
    buffer_.append(bytes, static_cast<size_t>(n));
    return true;
  }
  int fd_;
  std::string buffer_;
  bool ended_ = false;
};

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

// SPDX-License-Identifier: Apache-2.0
// One client's bytes against a connection: heads, paths, tenants, sized and chunked bodies,
// compressed ones, requests behind requests. What comes back must be answers that can be told apart
// from one another, and the connection must end when the client does.
//
// The first byte says into pieces of what size the rest is cut, since where reads end must not
// matter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "kvs/sdk/port/http_routes.h"
#include "kvs/testkit/test_host.h"

#include "connection.h"
#include "route.h"

namespace kvs::net::http {
namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

/// A client that has sent everything, and reads whatever comes.
class FuzzTransport final : public Transport {
 public:
  FuzzTransport(boost::asio::io_context& io, std::string_view input, size_t piece,
                std::string* output)
      : io_(io), input_(input), piece_(piece), output_(output) {}

  void Handshake(Done done) override {
    boost::asio::post(io_, [done] { done({}, 0); });
  }
  void ReadSome(boost::asio::mutable_buffer into, Done done) override {
    const size_t n = closed_ ? 0 : std::min({into.size(), piece_, input_.size()});
    std::copy_n(input_.data(), n, static_cast<char*>(into.data()));
    input_.remove_prefix(n);
    boost::asio::post(io_,
                      [done, n] { done(n == 0 ? Error(boost::asio::error::eof) : Error(), n); });
  }
  void Write(std::vector<boost::asio::const_buffer> buffers, Done done) override {
    size_t n = 0;
    for (const boost::asio::const_buffer& buffer : buffers) {
      output_->append(static_cast<const char*>(buffer.data()), buffer.size());
      n += buffer.size();
    }
    boost::asio::post(io_, [done, n] { done({}, n); });
  }
  void EndWriting(Done done) override {
    boost::asio::post(io_, [done] { done({}, 0); });
  }
  void Close() override { closed_ = true; }

 private:
  boost::asio::io_context& io_;
  std::string_view input_;
  const size_t piece_;
  std::string* const output_;
  bool closed_ = false;
};

/// Answers with what it understood.
class EchoHandler final : public sdk::HttpHandler {
 public:
  sdk::Outcome Handle(const sdk::Call& call, const kvs_http_request_t& in, kvs_http_reply_t& out,
                      sdk::Completer&) override {
    // Whatever gets here has been judged: a tenant that is one, and a body within the limit.
    Require(in.body.size <= kMostBytes);
    Require(call.tenant().find_first_of("\r\n/\\") == std::string_view::npos);
    sdk::Send(
        {200, {{"content-type", "text/plain"}}, StrCat(sdk::View(in.path), "\n", call.tenant())},
        out);
    return OkStatus();
  }
  static constexpr uint64_t kMostBytes = 1 << 16;
};

class FuzzRoutes final : public sdk::HttpRoutes {
 public:
  Status Add(std::string_view component, const kvs_http_route_t& route) override {
    return router.Add(std::make_shared<Route>(component, route, metrics));
  }
  void RemoveAll(std::string_view component) override { router.RemoveAll(component); }

  Metrics metrics;  // Of no host.
  Router router;
};

/// What all inputs share, made once.
struct Fixture {
  Fixture() {
    config.max_header_size.bytes = 4096;
    config.max_body_size.bytes = EchoHandler::kMostBytes;
    config.max_decoded_size.bytes = EchoHandler::kMostBytes;
    const sdk::RoutesRef hang_up(sdk::IfaceOf<sdk::HttpRoutes>(&routes));
    constexpr uint32_t kTenant = KVS_HTTP_NEEDS_TENANT | KVS_HTTP_FEDERATION;
    Require(hang_up.Add("fuzz", "GET,POST", "/a/{name}", &handler, {.flags = kTenant}).ok());
    Require(hang_up.Add("fuzz", "POST", "/raw", &handler, {.flags = KVS_HTTP_RAW_BODY}).ok());
    Require(hang_up.Add("fuzz", "GET", "/files/*", &handler, {}).ok());
    auto none = sdk::Record<kvs_http_route_t>();
    none.pattern = sdk::Str("unmatched");
    unmatched = std::make_unique<Route>("fuzz", none, routes.metrics);
  }

  testkit::TestHost host;
  const sdk::Executor executor = host.host().executor();
  Config config;
  const TenantRules rules{};
  const std::vector<sdk::AuthenticatorRef> nobody_asks;
  FuzzRoutes routes;
  EchoHandler handler;
  std::unique_ptr<Route> unmatched;
};

/// The value of a header of an answer; npos: it has none.
size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const size_t at = head.find(kName);
  if (at == std::string_view::npos) return at;
  size_t n = 0;
  for (char c : head.substr(at + kName.size())) {
    if (c < '0' || c > '9') break;
    n = 10 * n + static_cast<size_t>(c - '0');
  }
  return n;
}

/// Answers one behind another, each of which says where it ends. Not to be told for one to HEAD,
/// whose length is that of another.
void CheckAnswers(std::string_view output) {
  while (!output.empty()) {
    const size_t end = output.find("\r\n\r\n");
    Require(output.starts_with("HTTP/1.1 ") && end != std::string_view::npos);
    const std::string_view head = output.substr(0, end);
    const std::string_view status = head.substr(9, 3);
    Require(status[0] >= '1' && status[0] <= '5');
    output.remove_prefix(end + 4);
    const size_t length = ContentLength(head);
    if (status[0] == '1' || status == "204") continue;
    Require(length <= output.size());
    output.remove_prefix(length);
  }
}

void Serve(std::string_view input, size_t piece) {
  static Fixture* const shared = new Fixture;  // Its threads outlive what runs at exit.
  const ServerContext context{shared->config,        shared->rules,      shared->routes.metrics,
                              shared->routes.router, *shared->unmatched, shared->executor,
                              shared->nobody_asks};
  std::string output;
  boost::asio::io_context io(1);
  const auto work = boost::asio::make_work_guard(io);  // A worker may have the next step.
  bool ended = false;
  const auto connection = std::make_shared<Connection>(
      context, io.get_executor(), std::make_unique<FuzzTransport>(io, input, piece, &output),
      "127.0.0.1:1", Connection::Listener::kMain, [&ended](Connection*) { ended = true; });
  boost::asio::post(io, [&] { connection->Run(); });
  while (!ended) io.run_one();
  io.poll();  // What was still to be said to a connection that has ended.
  if (input.find("HEAD") == std::string_view::npos) CheckAnswers(output);
}

}  // namespace
}  // namespace kvs::net::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] == 0 ? size : data[0];
  kvs::net::http::Serve({reinterpret_cast<const char*>(data) + 1, size - 1}, piece);
  return 0;
}

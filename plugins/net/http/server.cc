// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <algorithm>
#include <charconv>
#include <mutex>
#include <unordered_set>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "kvs/sdk/reloaded.h"

#include "connection.h"
#include "transport.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// Out of file descriptors, say: trying again at once would only burn the processor.
constexpr auto kAcceptRetry = std::chrono::milliseconds(100);

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: "
    "1\r\n"
    "Content-Length: 21\r\nConnection: close\r\n\r\ntoo many connections\n";

kvs_http_route_t UnmatchedRoute() {
  auto raw = sdk::Record<kvs_http_route_t>();
  raw.name = sdk::Str("other");
  return raw;
}

std::string TextOf(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? StrCat("[", address, "]:", endpoint.port())
                                    : StrCat(address, ":", endpoint.port());
}

// "127.0.0.1:9009", "[::1]:9009", "localhost:9009", ":9009" (every address).
StatusOr<tcp::endpoint> ParseEndpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return InvalidArgument("address ", text, " has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  uint16_t port = 0;
  const auto [end, parse_error] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (parse_error != std::errc() || end != port_text.data() + port_text.size()) {
    return InvalidArgument("address ", text, " has no valid port");
  }
  if (host.empty()) return tcp::endpoint(tcp::v4(), port);
  if (host == "localhost") host = "127.0.0.1";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto address = asio::ip::make_address(std::string(host), error);
  if (error) return InvalidArgument("address ", text, " is no IP address with a port");
  return tcp::endpoint(address, port);
}

}  // namespace

// Where connections come in. Used on the strand of its loop, but for `endpoint`.
struct Door {
  template <typename Executor>
  Door(const Executor& strand, Connection::Listener l)
      : listener(l), acceptor(strand), retry(strand) {}

  Status Open(const std::string& address) {
    KVS_ASSIGN_OR_RETURN(endpoint, ParseEndpoint(address));
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && endpoint.protocol() == tcp::v6())
      acceptor.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (!error) endpoint = acceptor.local_endpoint(error);
    if (error) return Unavailable("listening on ", address, ": ", error.message());
    return OkStatus();
  }
  void Close() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    retry.cancel();
  }

  const Connection::Listener listener;
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  tcp::endpoint endpoint;  // Of port 0 until it is open.
};

// Shared with the handlers of accepting and of ending connections, which may outlive the server's
// last step.
struct HttpServer::Loop : std::enable_shared_from_this<HttpServer::Loop> {
  Loop(HttpServer* server, int threads)
      : context{server->config_,    server->tenant_rules_, server->metrics_, server->router_,
                server->unmatched_, server->executor_,     server->auth},
        host(server->host_),
        io(threads),
        guard(io.get_executor()) {}

  // On the strand.
  void Accept(Door& door) {
    door.acceptor.async_accept(
        asio::make_strand(io),
        [self = shared_from_this(), &door](boost::system::error_code error, tcp::socket socket) {
          if (!door.acceptor.is_open()) return;
          if (!error) {
            self->Welcome(std::move(socket), door.listener);
            return self->Accept(door);
          }
          self->host.log().Warn("accepting a connection failed", {{"error", error.message()}});
          door.retry.expires_after(kAcceptRetry);
          door.retry.async_wait([self, &door](boost::system::error_code e) {
            if (!e) self->Accept(door);
          });
        });
  }

  void Welcome(tcp::socket socket, Connection::Listener listener) {
    boost::system::error_code error;
    const tcp::endpoint remote = socket.remote_endpoint(error);
    if (error) return;  // Gone already.
    socket.set_option(tcp::no_delay(true), error);
    const asio::any_io_executor strand = socket.get_executor();
    const bool over_tls = tls != nullptr && listener == Connection::Listener::kMain;
    // A connection keeps what it began with.
    const std::shared_ptr<const TlsContext> now = over_tls ? tls->get() : nullptr;
    std::shared_ptr<Connection> connection;
    {
      const std::lock_guard lock(mutex);
      if (draining) return;
      if (connections.size() >= static_cast<size_t>(context.config.max_connections) &&
          !MakeRoom()) {
        context.metrics.connections_refused.Add();
        if (!over_tls) {
          socket.non_blocking(true, error);
          socket.write_some(asio::buffer(kTooManyConnections), error);
        }
        return;
      }
      connection = std::make_shared<Connection>(
          context, strand,
          over_tls ? now->MakeTransport(std::move(socket)) : MakePlainTransport(std::move(socket)),
          TextOf(remote), listener,
          [self = shared_from_this()](Connection* ended) { self->Ended(ended); });
      connections.insert(connection);
      context.metrics.connections.Set(static_cast<double>(connections.size()));
    }
    connection->Run();
  }

  // Whoever holds connections without using them does not keep others out: those that have waited
  // longest for their clients go, a hundredth of all at a time. False when every connection is
  // being served. mutex is held.
  bool MakeRoom() {
    std::vector<std::pair<int64_t, Connection*>> waiting;
    for (const auto& connection : connections) {
      if (const int64_t since = connection->waiting_since_ns(); since != 0)
        waiting.emplace_back(since, connection.get());
    }
    const auto n = static_cast<std::ptrdiff_t>(
        std::min(waiting.size(), std::max<size_t>(connections.size() / 100, 1)));
    std::nth_element(waiting.begin(), waiting.begin() + n, waiting.end());
    for (std::ptrdiff_t i = 0; i < n; ++i) waiting[static_cast<size_t>(i)].second->Evict();
    context.metrics.evicted.Add(static_cast<double>(n));
    return n > 0;
  }

  void Ended(Connection* connection) {
    std::function<void()> notify;
    {
      const std::lock_guard lock(mutex);
      connections.erase(connection->shared_from_this());
      context.metrics.connections.Set(static_cast<double>(connections.size()));
      if (connections.empty()) notify = std::exchange(on_empty, nullptr);
    }
    if (notify) notify();
  }

  // Calls `then` once no connection is left; replaces who was waiting before.
  void WhenEmpty(std::function<void()> then) {
    {
      const std::lock_guard lock(mutex);
      if (!connections.empty()) {
        on_empty = std::move(then);
        return;
      }
    }
    then();
  }

  void StopAccepting() {
    {
      const std::lock_guard lock(mutex);
      draining = true;
    }
    asio::post(strand, [self = shared_from_this()] {
      self->door.Close();
      self->admin_door.Close();
    });
  }

  template <typename Fn>
  void ForEachConnection(Fn fn) {
    const std::lock_guard lock(mutex);
    for (const auto& connection : connections) fn(*connection);
  }

  // After this nothing of the loop runs any more. [worker or main]
  void Join() {
    guard.reset();
    io.stop();
    for (kvs_thread_t* thread : std::exchange(threads, {})) host.executor().JoinThread(thread);
    // What is still queued holds on to the loop, and so to its own queue: it is told to end, and
    // runs here.
    door.Close();
    admin_door.Close();
    drain_deadline.cancel();
    ForEachConnection([](Connection& c) { c.Abort(); });
    io.restart();
    io.poll();
  }

  const ServerContext context;
  const sdk::Host host;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  std::function<void()> run = [this] { io.run(); };
  std::vector<kvs_thread_t*> threads;
  std::unique_ptr<sdk::Reloaded<TlsContext>> tls;
  // Several threads run the loop, and acceptors and timers must not be used by two at once.
  asio::strand<asio::io_context::executor_type> strand{io.get_executor()};
  Door door{strand, Connection::Listener::kMain};
  Door admin_door{strand, Connection::Listener::kAdmin};
  asio::steady_timer drain_deadline{strand};

  std::mutex mutex;
  bool draining = false;  // Guarded by mutex, as the two below.
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::function<void()> on_empty;
};

HttpServer::HttpServer(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      tenant_rules_{config_.multitenancy, config_.no_auth_tenant, config_.tenant_federation,
                    config_.max_federated_tenants},
      metrics_(host.metrics()),
      unmatched_("net.http", UnmatchedRoute(), metrics_),
      executor_(host.executor()) {}

HttpServer::~HttpServer() {
  if (loop_ == nullptr) return;
  if (loop_->tls != nullptr) loop_->tls->Stop();
  loop_->Join();
}

Status HttpServer::Check() {
  const bool own = !config_.admin_listen.empty();
  if (!auth.empty() || config_.allow_open_admin || (!own && !config_.admin_pages))
    return OkStatus();
  const std::string& address = own ? config_.admin_listen : config_.listen;
  // What is no address is complained about when it is listened on.
  const auto endpoint = ParseEndpoint(address);
  if (!endpoint.ok() || endpoint->address().is_loopback()) return OkStatus();
  return FailedPrecondition(
      own ? "admin_listen = \"" : "listen = \"", address,
      "\" opens admin pages, such as /metrics and /-/reload, to whoever reaches the address: wire "
      "an "
      "authenticator (ports = { auth = ... }), give them a loopback address of their own "
      "(admin_listen = "
      "\"127.0.0.1:9010\"), turn them off here (admin_pages = false), or say that the network "
      "keeps strangers out (allow_open_admin = true)");
}

sdk::Outcome HttpServer::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  loop_ = std::make_shared<Loop>(this, static_cast<int>(config_.threads));
  if (!config_.tls_cert_file.empty()) {
    loop_->tls = std::make_unique<sdk::Reloaded<TlsContext>>(
        host_, "certificates",
        std::vector<std::string>{config_.tls_cert_file, config_.tls_key_file,
                                 config_.tls_client_ca_file},
        [this] { return TlsContext::Make(config_); });
    KVS_RETURN_IF_ERROR(loop_->tls->Start(config_.tls_reload_period.ms));
  }
  KVS_RETURN_IF_ERROR(loop_->door.Open(config_.listen));
  if (!config_.admin_listen.empty())
    KVS_RETURN_IF_ERROR(loop_->admin_door.Open(config_.admin_listen));
  metrics_.connections_limit.Set(static_cast<double>(config_.max_connections));
  for (int64_t i = 0; i < config_.threads; ++i) {
    kvs_thread_t* const thread = executor_.StartThread(StrCat("http-", i), &loop_->run);
    if (thread == nullptr) return ResourceExhausted("no thread for the event loop");
    loop_->threads.push_back(thread);
  }
  asio::post(loop_->strand, [loop = loop_] {
    loop->Accept(loop->door);
    if (loop->admin_door.acceptor.is_open()) loop->Accept(loop->admin_door);
  });
  host_.log().Info("listening", {{"address", TextOf(loop_->door.endpoint)},
                                 {"tls", loop_->tls != nullptr ? "true" : "false"}});
  return OkStatus();
}

sdk::Outcome HttpServer::Drain(const sdk::Call& call, sdk::Completer& completer) {
  if (loop_ == nullptr) return OkStatus();
  loop_->StopAccepting();
  loop_->ForEachConnection([](Connection& c) { c.Drain(); });
  if (call.deadline_ns() != 0) {
    const std::chrono::nanoseconds left(
        std::max<int64_t>(call.deadline_ns() - sdk::MonotonicNs(), 0));
    asio::post(loop_->strand, [loop = loop_, left] {
      loop->drain_deadline.expires_after(left);
      loop->drain_deadline.async_wait([loop](boost::system::error_code error) {
        if (!error) loop->ForEachConnection([](Connection& c) { c.Abort(); });
      });
    });
  }
  // Never inside this call, whoever closes the last connection.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  loop_->WhenEmpty([loop = loop_, done] {
    asio::post(loop->strand, [loop, done] {
      loop->drain_deadline.cancel();
      (*done)(OkStatus());
    });
  });
  return sdk::Pending();
}

sdk::Outcome HttpServer::Stop(const sdk::Call& /*call*/, sdk::Completer& completer) {
  if (loop_ == nullptr) return OkStatus();
  loop_->StopAccepting();
  if (loop_->tls != nullptr) loop_->tls->Stop();
  loop_->ForEachConnection([](Connection& c) { c.Abort(); });
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  loop_->WhenEmpty([this, done] {
    // The threads cannot wait for themselves.
    executor_.PostWorker([this, done] {
      loop_->Join();
      loop_.reset();
      (*done)(OkStatus());
    });
  });
  return sdk::Pending();
}

Status HttpServer::Add(std::string_view component, const kvs_http_route_t& route) {
  return router_.Add(std::make_shared<Route>(component, route, metrics_));
}

void HttpServer::RemoveAll(std::string_view component) {
  router_.RemoveAll(component);
}

uint16_t HttpServer::port() const {
  return loop_ == nullptr ? 0 : loop_->door.endpoint.port();
}

uint16_t HttpServer::admin_port() const {
  return loop_ == nullptr ? 0 : loop_->admin_door.endpoint.port();
}

}  // namespace kvs::net::http

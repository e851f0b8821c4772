// SPDX-License-Identifier: Apache-2.0
#include "server.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/call.h"

#include "alarm.h"
#include "protocol.h"

namespace kvs::cache::memcached {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

// Of a line, beside the longest value.
constexpr size_t kLineMax = 4096;

constexpr std::string_view kTimeout = "timeout", kBroken = "connection", kProtocol = "protocol";

auto Into(Error& error) {
  return asio::redirect_error(asio::use_awaitable, error);
}

}  // namespace

struct Server::Connection {
  Connection(asio::io_context& loop, size_t max_bytes)
      : socket(loop), alarm(loop, [this] { Close(); }), bytes(max_bytes) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Closes the connection unless Disarm() comes first: everything that waits for it then fails.
  void Arm(int64_t ms) {
    late = false;
    alarm.Arm(std::chrono::milliseconds(ms));
  }
  void Disarm() { alarm.Disarm(); }
  void Close() {
    late = true;
    Error ignored;
    resolver.cancel();
    socket.close(ignored);
  }
  std::string_view Why() const { return late ? kTimeout : kBroken; }

  tcp::socket socket;
  tcp::resolver resolver{socket.get_executor()};
  Alarm alarm;
  asio::streambuf bytes;
  bool used = false;  ///< An exchange has succeeded on it: the server may have closed it since.
  bool late = false;
};

struct Server::Waiter {
  explicit Waiter(asio::io_context& loop) : timer(loop) {}
  asio::steady_timer timer;  ///< Cancelled when it has been given something.
  ConnectionPtr given;       ///< Null with has_room: it opens one itself.
  bool has_room = false;
};

Server::Server(asio::io_context& loop, const sdk::Host& host, const Config& config,
               const Metrics& metrics, std::string address)
    : loop_(loop),
      config_(config),
      metrics_(metrics),
      address_(std::move(address)),
      clock_(host.clock()),
      log_(host.log()),
      breaker_(config.max_failures, config.pause.ms) {}

Server::~Server() = default;

void Server::CloseIdle() {
  open_ -= static_cast<int64_t>(idle_.size());
  idle_.clear();
}

asio::awaitable<void> Server::Exchange(Batch& batch) {
  metrics_.operations.With({address_, batch.operation}).Add();
  batch.payloads.resize(batch.wire_keys.size());
  if (!breaker_.Allows(clock_.MonotonicNs() / 1'000'000)) {
    metrics_.failures.With({address_, "paused"}).Add();
    co_return;
  }
  const int64_t since_ns = clock_.MonotonicNs();
  while (true) {
    const char* reason = "";
    const ConnectionPtr connection = co_await Acquire(&reason);
    if (connection == nullptr) {
      // That all connections are busy is no failure of the server, unless it is what keeps them so.
      Failed(reason);
      co_return;
    }
    const bool was_used = connection->used;
    bool got_bytes = false;
    connection->Arm(config_.timeout.ms);
    const std::string_view failed = co_await SendAndRead(*connection, batch, &got_bytes);
    connection->Disarm();
    if (failed.empty()) {
      connection->used = true;
      Release(connection);
      breaker_.Succeeded();
      metrics_.open.With({address_}).Set(0);
      metrics_.seconds.With({batch.operation})
          .Observe(static_cast<double>(clock_.MonotonicNs() - since_ns) / 1e9);
      co_return;
    }
    Release(nullptr);
    for (auto& payload : batch.payloads) payload.reset();
    // The server was restarted, or closes what is idle: that says nothing about now.
    if (was_used && !got_bytes && failed == kBroken) {
      CloseIdle();
      continue;
    }
    Failed(failed);
    co_return;
  }
}

void Server::Failed(std::string_view reason) {
  metrics_.failures.With({address_, reason}).Add();
  if (!breaker_.Failed(clock_.MonotonicNs() / 1'000'000)) return;
  metrics_.open.With({address_}).Set(1);
  log_.Warn("a cache server fails and is left alone for a while",
            {{"server", address_},
             {"reason", reason},
             {"pause_seconds", StrCat(static_cast<double>(config_.pause.ms) / 1000)}});
}

asio::awaitable<Server::ConnectionPtr> Server::Acquire(const char** reason) {
  if (!idle_.empty()) {
    ConnectionPtr connection = std::move(idle_.back());
    idle_.pop_back();
    co_return connection;
  }
  if (open_ >= config_.max_connections) {
    if (static_cast<int64_t>(waiters_.size()) >= config_.max_waiting) {
      *reason = "full";
      co_return nullptr;
    }
    Waiter waiter(loop_);
    waiter.timer.expires_after(std::chrono::milliseconds(config_.timeout.ms));
    waiters_.push_back(&waiter);
    Error ignored;
    co_await waiter.timer.async_wait(Into(ignored));
    std::erase(waiters_, &waiter);
    if (waiter.given != nullptr) co_return std::move(waiter.given);
    if (!waiter.has_room) {
      *reason = "busy";
      co_return nullptr;
    }
  } else {
    ++open_;
  }
  ConnectionPtr connection = co_await Connect(reason);
  if (connection == nullptr) Release(nullptr);
  co_return connection;
}

asio::awaitable<Server::ConnectionPtr> Server::Connect(const char** reason) {
  const auto connection = std::make_shared<Connection>(
      loop_, static_cast<size_t>(config_.max_item_size.bytes) + (1 << 20) + kLineMax);
  const size_t colon = address_.rfind(':');
  std::string host = address_.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') host = host.substr(1, host.size() - 2);
  connection->Arm(config_.connect_timeout.ms);
  Error error;
  const auto endpoints =
      co_await connection->resolver.async_resolve(host, address_.substr(colon + 1), Into(error));
  if (!error) co_await asio::async_connect(connection->socket, endpoints, Into(error));
  connection->Disarm();
  if (error || connection->late) {
    *reason = "connect";
    co_return nullptr;
  }
  connection->socket.set_option(tcp::no_delay(true), error);
  co_return connection;
}

void Server::Release(ConnectionPtr connection) {
  while (!waiters_.empty()) {
    Waiter& waiter = *waiters_.front();
    waiters_.pop_front();
    waiter.has_room = true;
    waiter.given = std::move(connection);
    waiter.timer.cancel();
    return;
  }
  if (connection != nullptr) {
    idle_.push_back(std::move(connection));
  } else {
    --open_;
  }
}

asio::awaitable<std::string_view> Server::SendAndRead(Connection& connection, Batch& batch,
                                                      bool* got_bytes) {
  Error error;
  co_await asio::async_write(connection.socket, asio::buffer(batch.request), Into(error));
  if (error) co_return connection.Why();
  if (batch.wire_keys.empty()) co_return co_await ReadResults(connection, batch, got_bytes);
  co_return co_await ReadValues(connection, batch, got_bytes);
}

asio::awaitable<std::string_view> Server::ReadValues(Connection& connection, Batch& batch,
                                                     bool* got_bytes) {
  asio::streambuf& bytes = connection.bytes;
  size_t next = 0;  // Values come in the order of the keys; those that are missed are left out.
  while (true) {
    Error error;
    const size_t size =
        co_await asio::async_read_until(connection.socket, bytes, "\r\n", Into(error));
    if (error) co_return connection.Why();
    *got_bytes = true;
    const auto* data = static_cast<const char*>(bytes.data().data());
    const StatusOr<ValueLine> line = ReadValueLine({data, size - 2}, batch.max_payload);
    if (!line.ok()) {
      log_.Warn("a cache server does not speak the protocol",
                {{"server", address_}, {"what", line.status().message()}});
      co_return kProtocol;
    }
    if (line->end) {
      bytes.consume(size);
      co_return std::string_view();
    }
    while (next < batch.wire_keys.size() && batch.wire_keys[next] != line->wire_key) ++next;
    if (next == batch.wire_keys.size()) co_return kProtocol;
    const size_t value_size = line->size;
    bytes.consume(size);
    if (bytes.size() < value_size + 2) {
      co_await asio::async_read(connection.socket, bytes,
                                asio::transfer_exactly(value_size + 2 - bytes.size()), Into(error));
      if (error) co_return connection.Why();
    }
    data = static_cast<const char*>(bytes.data().data());
    if (data[value_size] != '\r' || data[value_size + 1] != '\n') co_return kProtocol;
    batch.payloads[next++] = std::make_unique<std::string>(data, value_size);
    bytes.consume(value_size + 2);
  }
}

asio::awaitable<std::string_view> Server::ReadResults(Connection& connection, Batch& batch,
                                                      bool* got_bytes) {
  for (size_t i = 0; i < batch.results; ++i) {
    Error error;
    const size_t size =
        co_await asio::async_read_until(connection.socket, connection.bytes, "\r\n", Into(error));
    if (error) co_return connection.Why();
    *got_bytes = true;
    const std::string_view line(static_cast<const char*>(connection.bytes.data().data()), size - 2);
    const LineMeaning meaning = ReadResultLine(line);
    if (meaning == LineMeaning::kRefused) metrics_.failures.With({address_, "refused"}).Add();
    connection.bytes.consume(size);
    if (meaning == LineMeaning::kBroken) co_return kProtocol;
  }
  co_return std::string_view();
}

}  // namespace kvs::cache::memcached

// SPDX-License-Identifier: Apache-2.0
// One memcached server: a pool of connections to it, what waits for one, and the breaker that
// leaves it alone while it fails. All of it lives on the one thread of its event loop.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "kvs/sdk/host.h"

#include "breaker.h"
#include "config.h"
#include "metrics.h"

namespace kvs::cache::memcached {

/// What is asked of a server at once, and what it answered.
struct Batch {
  const char* operation = "get";       ///< "get", "set" or "delete"
  std::string request;                 ///< All bytes to send.
  std::vector<std::string> wire_keys;  ///< Of a get; of others as many lines answer as `results`.
  size_t results = 0;
  uint64_t max_payload = 0;  ///< Of a get: a longer value was put by nobody here.
  /// Of a get, one for each key: null where it was missed.
  std::vector<std::unique_ptr<std::string>> payloads;
};

class Server {
 public:
  Server(boost::asio::io_context& loop, const sdk::Host& host, const Config& config,
         const Metrics& metrics, std::string address);
  ~Server();

  /// Sends it and reads the answer. What fails is counted, and missed. `batch` outlives it. [loop]
  boost::asio::awaitable<void> Exchange(Batch& batch);
  /// Closes what is idle. [loop]
  void CloseIdle();

 private:
  struct Connection;
  struct Waiter;
  using ConnectionPtr = std::shared_ptr<Connection>;

  /// Null when there is none to be had; then *reason says why.
  boost::asio::awaitable<ConnectionPtr> Acquire(const char** reason);
  boost::asio::awaitable<ConnectionPtr> Connect(const char** reason);
  /// Null gives back the room for one.
  void Release(ConnectionPtr connection);
  /// Empty, or why it failed. `got_bytes`: whether any of the answer came.
  boost::asio::awaitable<std::string_view> SendAndRead(Connection& connection, Batch& batch,
                                                       bool* got_bytes);
  boost::asio::awaitable<std::string_view> ReadValues(Connection& connection, Batch& batch,
                                                      bool* got_bytes);
  boost::asio::awaitable<std::string_view> ReadResults(Connection& connection, Batch& batch,
                                                       bool* got_bytes);
  void Failed(std::string_view reason);

  boost::asio::io_context& loop_;
  const Config& config_;
  const Metrics& metrics_;
  const std::string address_;
  const sdk::Clock clock_;
  const sdk::Log log_;
  Breaker breaker_;
  int64_t open_ = 0;  ///< Connections that there are or that come about.
  std::vector<ConnectionPtr> idle_;
  std::deque<Waiter*> waiters_;
};

}  // namespace kvs::cache::memcached

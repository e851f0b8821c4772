// SPDX-License-Identifier: Apache-2.0
// Connection: serves one client, request after request, as one coroutine on a strand of its own.
//
// There is one outstanding read at most, and it goes on while a handler works: that is how a client
// that leaves is noticed. Bytes that come early (pipelining) wait in the buffer. A watchdog closes
// the connection when the phase it is in takes too long; it is armed rarely and looks at the time
// when it wakes.
//
// In the coroutines every co_await stands in a statement of its own, without temporaries: gcc 12
// miscompiles the rest.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include "kvs/sdk/host.h"
#include "kvs/sdk/port/authenticator.h"

#include "config.h"
#include "exchange.h"
#include "metrics.h"
#include "router.h"
#include "tenant.h"
#include "transport.h"

namespace kvs::net::http {

class RequestParser;

/// What all connections of a server share; outlives them.
struct ServerContext {
  const Config& config;
  const TenantRules& tenant_rules;
  Metrics& metrics;
  Router& router;
  Route& unmatched;  ///< Stands in for requests that no route fits, in metrics.
  const sdk::Executor& executor;
  const std::vector<sdk::AuthenticatorRef>& auth;  ///< Empty: nobody is asked who they are.
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class Listener { kMain, kAdmin };

  /// `strand` is the executor of the transport's socket. `on_end` runs once, last, on the strand.
  Connection(const ServerContext& context, boost::asio::any_io_executor strand,
             std::unique_ptr<Transport> transport, std::string remote, Listener listener,
             std::function<void(Connection*)> on_end);
  ~Connection();

  /// Serves until the client or the server ends it. [strand]
  void Run();
  /// Ends after the request under way; at once when there is none. [any]
  void Drain();
  /// Ends now, and asks the handler under way to stop. [any]
  void Abort();

  /// Since when nothing but the client has kept this connection waiting: for a handshake, a request
  /// or the rest of its header. 0: it is being served, or ends. CLOCK_MONOTONIC. [any]
  int64_t waiting_since_ns() const { return waiting_since_ns_.load(std::memory_order_relaxed); }
  /// Ends it if it still waits, to make room for another one. [any]
  void Evict();

 private:
  // What the client or the handler has a limited time for.
  enum class Phase { kHandshake, kIdle, kHeader, kBody, kHandler, kWrite, kLinger };
  // How reading a body went.
  enum class BodyResult { kOk, kTooLarge, kBroken, kGone };

  using Awaitable = boost::asio::awaitable<void>;

  Awaitable Serve();
  /// False at the end of the connection; an answer may have been given already.
  boost::asio::awaitable<bool> ServeOne();

  // Header.
  boost::asio::awaitable<bool> ReadHeader(RequestParser& parser);
  Awaitable RefuseHeader(int status, std::string text);

  // Routing and what precedes the handler; these answer by exchange_->AnswerPlain().
  bool FindRoute();
  bool FindTenant();

  // Who asks, and whether they may; connection_access.cc. These answer by exchange_->AnswerPlain().
  boost::asio::awaitable<bool> Authenticate();
  bool BindLabels();
  bool Authorize();
  void Deny(int status, std::string_view reason, std::string_view text);

  boost::asio::awaitable<bool> ServerIsReady();

  // Body; connection_body.cc.
  boost::asio::awaitable<BodyResult> ReadBody(RequestParser& parser, uint64_t limit);
  boost::asio::awaitable<BodyResult> ReadSizedBody(uint64_t size);
  boost::asio::awaitable<BodyResult> ReadChunkedBody(RequestParser& parser, uint64_t limit);
  /// Takes in a small body that nobody wants, so that the connection can go on. False when it
  /// cannot.
  boost::asio::awaitable<bool> SkipBody(RequestParser& parser);
  /// Decompresses by Content-Encoding. False when it answered instead.
  boost::asio::awaitable<bool> DecodeBody(uint64_t limit);

  // Handler.
  Awaitable CallHandler(Route& route);
  Awaitable AwaitHandler();
  boost::asio::awaitable<kvs_status_t> NextPiece(kvs_http_piece_t* piece);
  static void HandlerDone(void* self, kvs_status_t status) noexcept;
  void AnswerError(kvs_status_t code);

  // Answer; connection_reply.cc.
  boost::asio::awaitable<bool> WriteAnswer(bool keep_alive);
  /// What a handler makes behind the segments of its answer, piece by piece.
  boost::asio::awaitable<bool> WriteStream(bool chunked);
  /// False when the client is gone, or takes it too slowly. The buffers' memory lives until then.
  boost::asio::awaitable<bool> WriteAll(std::vector<boost::asio::const_buffer> pieces);
  Awaitable WriteRaw(std::string_view text);
  /// Closes. `all_read`: nothing of the request is still on its way.
  Awaitable SayGoodbye(bool all_read);

  // Waiting.
  void EnterPhase(Phase phase, int64_t timeout_ms);
  void ArmWatchdog();
  void OnWatchdog();
  void StartReading();
  void Wake();
  template <typename Done>
  Awaitable WaitUntil(Done done);
  template <typename Work>
  Awaitable OnWorker(Work work);

  std::string_view buffered() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void Consume(size_t n) {
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  const ServerContext& context_;
  const boost::asio::any_io_executor strand_;
  const std::unique_ptr<Transport> transport_;
  const std::string remote_;
  const Listener listener_;
  const std::function<void(Connection*)> on_end_;
  PeerCertificate peer_;  // After the handshake.

  boost::asio::steady_timer wake_;  // Never expires: cancelling it resumes the coroutine.
  boost::asio::steady_timer watchdog_;
  Phase phase_ = Phase::kHandshake;
  int64_t deadline_ns_ = 0;  // Of phase_.
  std::atomic<int64_t> waiting_since_ns_{0};
  int64_t watchdog_ns_ = 0;  // When the watchdog wakes; 0: it is not armed.
  bool timed_out_ = false;

  // Bytes received and not used yet: buffer_[begin_, end_).
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool reading_ = false;
  bool input_ended_ = false;

  std::unique_ptr<Exchange> exchange_;
  kvs_status_t handler_status_ = KVS_OK;
  bool handler_pending_ = false;
  bool draining_ = false;
  bool ended_ = false;
};

}  // namespace kvs::net::http

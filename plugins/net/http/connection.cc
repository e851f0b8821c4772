// SPDX-License-Identifier: Apache-2.0
#include "connection.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <boost/asio/co_spawn.hpp>

#include "kvs/http/status_code.h"
#include "kvs/sdk/identity.h"
#include "kvs/sdk/str.h"

#include "connection_wait.h"
#include "request_parser.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

constexpr size_t kFirstBufferBytes = 4096;
constexpr int64_t kNsPerMs = 1'000'000;

const char* PhaseName(int phase) {
  constexpr const char* kNames[] = {"handshake", "idle",  "header", "body",
                                    "handler",   "write", "linger"};
  return kNames[phase];
}

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// The path and query of a request target, which a proxy may send with scheme and host.
std::string_view WithoutOrigin(std::string_view target) {
  if (target.starts_with('/')) return target;
  const size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) return target;
  const size_t path = target.find_first_of("/?", scheme + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

}  // namespace

Connection::Connection(const ServerContext& context, asio::any_io_executor strand,
                       std::unique_ptr<Transport> transport, std::string remote, Listener listener,
                       std::function<void(Connection*)> on_end)
    : context_(context),
      strand_(std::move(strand)),
      transport_(std::move(transport)),
      remote_(std::move(remote)),
      listener_(listener),
      on_end_(std::move(on_end)),
      wake_(strand_),
      watchdog_(strand_) {}

Connection::~Connection() = default;

void Connection::Run() {
  asio::co_spawn(
      strand_, [self = shared_from_this()] { return self->Serve(); },
      // What escapes is bad_alloc: this client is dropped, the others go on.
      [self = shared_from_this()](const std::exception_ptr&) {
        self->ended_ = true;
        self->transport_->Close();
        self->watchdog_.cancel();
        self->on_end_(self.get());
      });
}

void Connection::Drain() {
  asio::post(strand_, [self = shared_from_this()] {
    self->draining_ = true;
    if (self->phase_ == Phase::kIdle) self->transport_->Close();
    self->Wake();
  });
}

void Connection::Abort() {
  asio::post(strand_, [self = shared_from_this()] {
    self->draining_ = true;
    if (self->exchange_ != nullptr) self->exchange_->cancel.Cancel();
    self->transport_->Close();
    self->Wake();
  });
}

void Connection::Evict() {
  waiting_since_ns_.store(0, std::memory_order_relaxed);  // Not a second time.
  asio::post(strand_, [self = shared_from_this()] {
    if (self->phase_ > Phase::kHeader || self->ended_) return;
    self->transport_->Close();
    self->Wake();
  });
}

// --- Waiting
// --------------------------------------------------------------------------------------------------------------

void Connection::Wake() {
  wake_.cancel();
}

void Connection::EnterPhase(Phase phase, int64_t timeout_ms) {
  // A header that trickles in counts from when the connection began to wait.
  if (phase > Phase::kHeader) {
    waiting_since_ns_.store(0, std::memory_order_relaxed);
  } else if (phase != Phase::kHeader) {
    waiting_since_ns_.store(sdk::MonotonicNs(), std::memory_order_relaxed);
  }
  phase_ = phase;
  deadline_ns_ = timeout_ms > 0 ? sdk::MonotonicNs() + timeout_ms * kNsPerMs
                                : std::numeric_limits<int64_t>::max();
  // A watchdog that wakes too early only looks at the time; one that would wake too late is set
  // anew.
  if (watchdog_ns_ == 0 || deadline_ns_ < watchdog_ns_) ArmWatchdog();
}

void Connection::ArmWatchdog() {
  if (deadline_ns_ == std::numeric_limits<int64_t>::max()) {
    watchdog_ns_ = 0;
    watchdog_.cancel();
    return;
  }
  watchdog_ns_ = deadline_ns_;
  watchdog_.expires_after(
      std::chrono::nanoseconds(std::max<int64_t>(deadline_ns_ - sdk::MonotonicNs(), 0)));
  watchdog_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->ended_) self->OnWatchdog();
  });
}

void Connection::OnWatchdog() {
  if (sdk::MonotonicNs() < deadline_ns_) return ArmWatchdog();
  if (phase_ != Phase::kIdle && phase_ != Phase::kLinger) {
    context_.metrics.timeouts.With({PhaseName(static_cast<int>(phase_))}).Add();
  }
  watchdog_ns_ = 0;
  deadline_ns_ = std::numeric_limits<int64_t>::max();
  if (phase_ == Phase::kHandler) {
    // Its memory is in the handler's hands, so the request ends when the handler has understood.
    exchange_->cancel.Cancel();
    return;
  }
  timed_out_ = true;
  transport_->Close();
  Wake();
}

void Connection::StartReading() {
  if (reading_ || input_ended_) return;
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  const size_t most =
      static_cast<size_t>(context_.config.max_header_size.bytes) + kFirstBufferBytes;
  if (end_ == capacity_ && capacity_ < most) {
    const size_t bigger = std::min(std::max(capacity_ * 2, kFirstBufferBytes), most);
    auto moved = std::make_unique_for_overwrite<char[]>(bigger);
    if (end_ > 0) std::memcpy(moved.get(), buffer_.get(), end_);
    buffer_ = std::move(moved);
    capacity_ = bigger;
  }
  if (end_ == capacity_) return;
  reading_ = true;
  transport_->ReadSome(asio::buffer(buffer_.get() + end_, capacity_ - end_),
                       [self = shared_from_this()](Transport::Error error, size_t n) {
                         self->reading_ = false;
                         self->end_ += n;
                         if (error) self->input_ended_ = true;
                         self->Wake();
                       });
}

// --- Serving
// --------------------------------------------------------------------------------------------------------------

Connection::Awaitable Connection::Serve() {
  EnterPhase(Phase::kHandshake, context_.config.header_timeout.ms);
  bool shaken = false;
  Transport::Error error;
  transport_->Handshake([&, self = shared_from_this()](Transport::Error e, size_t) {
    error = e;
    shaken = true;
    self->Wake();
  });
  co_await WaitUntil([&shaken] { return shaken; });
  if (error) {
    context_.metrics.handshake_failures.Add();
  } else {
    peer_ = transport_->Peer();
    bool more = true;
    while (more) more = co_await ServeOne();
  }
  // A read may still be under way; closing ends it, and its callback holds on to this until then.
  transport_->Close();
}

asio::awaitable<bool> Connection::ServeOne() {
  exchange_.reset();
  RequestParser parser;
  const bool header_read = co_await ReadHeader(parser);
  if (!header_read) co_return false;
  exchange_ = std::make_unique<Exchange>();
  Exchange& x = *exchange_;
  x.start_ns = sdk::MonotonicNs();
  const auto& message = parser.get();
  x.method = message.method_string();
  x.target = WithoutOrigin(message.target());
  x.keep_alive = parser.keep_alive();
  x.http10 = message.version() < 11;
  x.headers.reserve(16);
  for (const auto& field : message)
    x.headers.emplace_back(Lower(field.name_string()), field.value());

  if (message.version() == 11 && x.Header("host").empty()) {
    std::string text = "missing required Host header";
    co_await RefuseHeader(400, std::move(text));
    co_return false;
  }
  // Two parties could each believe another one.
  if (message.count(beast_http::field::host) > 1) {
    std::string text = "more than one Host header";
    co_await RefuseHeader(400, std::move(text));
    co_return false;
  }
  bool body_read = false;
  bool call = FindRoute();
  if (!context_.auth.empty()) {
    // Also where there is no such route: to a stranger all paths are alike.
    const bool known = co_await Authenticate();
    call = known && call;
  }
  call = call && BindLabels() && Authorize();
  call = call && FindTenant();
  const std::shared_ptr<Route> route = x.match.route;
  if (!call && x.own_status == 404) {
    // While components start, their routes are missing: 404 would make senders drop what they hold.
    const bool ready = co_await ServerIsReady();
    if (!ready) x.AnswerPlain(503, "not ready");
  }
  if (call) {
    const auto limit_of = [](uint64_t own, int64_t common) {
      return own != 0 ? own : static_cast<uint64_t>(common);
    };
    const uint64_t limit = limit_of(route->max_body_bytes(), context_.config.max_body_size.bytes);
    const BodyResult result = co_await ReadBody(parser, limit);
    switch (result) {
      case BodyResult::kOk:
        body_read = true;
        break;
      case BodyResult::kTooLarge:
        call = false;
        x.AnswerPlain(413,
                      StrCat("the request body is larger than the limit of ", limit, " bytes"));
        break;
      case BodyResult::kBroken:
        call = false;
        x.AnswerPlain(400, "the request body is not valid HTTP");
        break;
      case BodyResult::kGone:
        co_return false;
    }
    if (call && !route->Has(KVS_HTTP_RAW_BODY)) {
      call = co_await DecodeBody(
          limit_of(route->max_decoded_bytes(), context_.config.max_decoded_size.bytes));
    }
  } else {
    body_read = co_await SkipBody(parser);
  }

  Route& counted = route != nullptr ? *route : context_.unmatched;
  counted.AddInflight(x.method, 1);
  if (call) co_await CallHandler(*route);
  if (call && x.nameless) {
    const int status = x.own_status != 0 ? x.own_status : x.out.status;
    x.AnswerPlain(status, kvs::http::ReasonPhrase(status));
  }
  const bool ends_with_connection = x.streams() && x.http10;
  const bool keep =
      x.keep_alive && body_read && !draining_ && !input_ended_ && !ends_with_connection;
  const bool written = co_await WriteAnswer(keep);
  const int status = x.own_status != 0 ? x.own_status : x.out.status;
  x.ReleaseAnswer();
  counted.AddInflight(x.method, -1);
  counted.Observe(x.method, status, static_cast<double>(sdk::MonotonicNs() - x.start_ns) * 1e-9);
  if (written && !keep) co_await SayGoodbye(body_read);
  co_return written&& keep;
}

asio::awaitable<bool> Connection::ReadHeader(RequestParser& parser) {
  parser.header_limit(static_cast<uint32_t>(context_.config.max_header_size.bytes));
  parser.body_limit(boost::none);
  bool begun = false;
  EnterPhase(Phase::kIdle, context_.config.idle_timeout.ms);
  while (true) {
    if (!buffered().empty()) {
      if (!begun) EnterPhase(Phase::kHeader, context_.config.header_timeout.ms);
      begun = true;
      boost::system::error_code error;
      Consume(parser.put(asio::buffer(buffered().data(), buffered().size()), error));
      if (parser.is_header_done()) co_return true;
      if (error == beast_http::error::header_limit) {
        std::string text = "the request header is too large";
        co_await RefuseHeader(431, std::move(text));
        co_return false;
      }
      if (error && error != beast_http::error::need_more) {
        std::string text = StrCat("malformed HTTP request: ", error.message());
        co_await RefuseHeader(400, std::move(text));
        co_return false;
      }
    }
    if (input_ended_ || (draining_ && !begun)) co_return false;
    const size_t had = end_;
    StartReading();
    co_await WaitUntil([&] { return !reading_ || end_ != had || (draining_ && !begun); });
  }
}

Connection::Awaitable Connection::RefuseHeader(int status, std::string text) {
  context_.metrics.bad_requests.Add();
  if (exchange_ == nullptr) exchange_ = std::make_unique<Exchange>();
  exchange_->AnswerPlain(status, text);
  const bool written = co_await WriteAnswer(false);
  if (written) co_await SayGoodbye(false);
}

// --- Routing
// --------------------------------------------------------------------------------------------------------------

bool Connection::FindRoute() {
  Exchange& x = *exchange_;
  auto match =
      context_.router.Find(x.method, std::string_view(x.target).substr(0, x.target.find('?')));
  if (!match.ok()) {
    x.AnswerPlain(400, match.status().message());
    return false;
  }
  x.match = std::move(*match);
  // Where there are two listeners, each has its own pages; probes are answered at both.
  if (x.match.route != nullptr && !x.match.route->Has(KVS_HTTP_PUBLIC)) {
    const bool admin_here = context_.config.admin_listen.empty() ? context_.config.admin_pages
                                                                 : listener_ == Listener::kAdmin;
    const bool fits =
        x.match.route->Has(KVS_HTTP_ADMIN) ? admin_here : listener_ == Listener::kMain;
    if (!fits) x.match = Match();
  }
  if (x.match.route != nullptr) return true;
  if (x.match.allow.empty()) {
    x.AnswerPlain(404, "404 page not found");
    return false;
  }
  if (x.method == "OPTIONS") {
    x.AnswerPlain(204, "");
    x.own_headers.clear();
  } else {
    x.AnswerPlain(405, "Method Not Allowed");
  }
  x.own_headers.emplace_back("Allow", x.match.allow);
  return false;
}

bool Connection::FindTenant() {
  Exchange& x = *exchange_;
  const Route& route = *x.match.route;
  std::string_view header = x.Header("x-scope-orgid");
  // Who may act for one tenant only need not name it.
  if (header.empty() && x.identified && x.identity->n_tenants == 1) {
    const std::string_view only = sdk::View(x.identity->tenants[0]);
    if (only.find('*') == std::string_view::npos) header = only;
  }
  if (!route.Has(KVS_HTTP_NEEDS_TENANT) && header.empty() && context_.tenant_rules.multitenancy)
    return true;
  auto tenant = ResolveTenant(header, context_.tenant_rules, route.Has(KVS_HTTP_FEDERATION));
  if (tenant.ok()) {
    x.tenant = std::move(*tenant);
    if (!x.identified || sdk::MayActFor(*x.identity, x.tenant)) return true;
    x.tenant.clear();
    if (!route.Has(KVS_HTTP_NEEDS_TENANT)) return true;
    Deny(403, "tenant", "access denied: these credentials do not cover the tenant");
    return false;
  }
  // A page without tenants does not care about a bad one.
  if (!route.Has(KVS_HTTP_NEEDS_TENANT)) return true;
  x.AnswerPlain(kvs::http::HttpCode(tenant.status()), tenant.status().message());
  return false;
}

// Asks the page that says so, when there is one.
asio::awaitable<bool> Connection::ServerIsReady() {
  auto match = context_.router.Find("GET", "/ready");
  if (!match.ok() || match->route == nullptr) co_return true;
  std::unique_ptr<Exchange> outer = std::exchange(exchange_, std::make_unique<Exchange>());
  exchange_->method = "GET";
  exchange_->target = "/ready";
  const std::shared_ptr<Route> route = match->route;
  exchange_->match = std::move(*match);
  co_await CallHandler(*route);
  const bool ready = exchange_->own_status == 0 && exchange_->out.status < 300;
  exchange_ = std::move(outer);
  co_return ready;
}

// --- The handler
// ----------------------------------------------------------------------------------------------------------

Connection::Awaitable Connection::CallHandler(Route& route) {
  Exchange& x = *exchange_;
  if (!route.Enter()) {
    x.AnswerPlain(503, "the component that answers this is being replaced");
    co_return;
  }
  x.FillRecords(remote_, context_.config.request_timeout.ms, route.Has(KVS_HTTP_RAW_BODY));
  EnterPhase(Phase::kHandler, context_.config.request_timeout.ms);
  const kvs_completion_t completion{&HandlerDone, this};
  handler_pending_ = true;
  const kvs_status_t code = route.Handle(&x.call, &x.in, &x.out, &completion, &x.error);
  if (code == KVS_PENDING) {
    co_await AwaitHandler();
  } else {
    handler_pending_ = false;
    handler_status_ = code;
  }
  if (handler_status_ != KVS_OK) {
    AnswerError(handler_status_);
  } else if (x.out.status < 200 || x.out.status > 599) {
    x.out.status = 500;
  }
  if (x.streams()) {
    x.inside = x.match.route;
  } else {
    route.Leave();
  }
}

Connection::Awaitable Connection::AwaitHandler() {
  // With a request waiting in the buffer there is no room to listen; then the client is noticed
  // when it is written to.
  if (buffered().empty()) StartReading();
  bool told = false;
  co_await WaitUntil([&] {
    if (input_ended_ && !told && handler_pending_) {
      told = true;
      context_.metrics.client_gone.Add();
      exchange_->cancel.Cancel();
    }
    return !handler_pending_;
  });
}

// The next piece of a body that is made while it is sent; what is left of the request's time is all
// there is for it.
asio::awaitable<kvs_status_t> Connection::NextPiece(kvs_http_piece_t* piece) {
  Exchange& x = *exchange_;
  int64_t left_ms = 0;
  if (x.call.deadline_ns != 0)
    left_ms = std::max<int64_t>((x.call.deadline_ns - sdk::MonotonicNs()) / kNsPerMs, 1);
  EnterPhase(Phase::kHandler, left_ms);
  const kvs_completion_t completion{&HandlerDone, this};
  handler_pending_ = true;
  const kvs_status_t code =
      x.out.next(x.out.next_self, &x.call, nullptr, piece, &completion, &x.error);
  if (code == KVS_PENDING) {
    co_await AwaitHandler();
  } else {
    handler_pending_ = false;
    handler_status_ = code;
  }
  co_return handler_status_;
}

// Holds on to the connection: the coroutine that waits for this may end it before post() has
// returned.
void Connection::HandlerDone(void* self, kvs_status_t status) noexcept {
  const auto connection = static_cast<Connection*>(self)->shared_from_this();
  asio::post(connection->strand_, [connection, status] {
    connection->handler_status_ = status;
    connection->handler_pending_ = false;
    connection->Wake();
  });
}

void Connection::AnswerError(kvs_status_t code) {
  Exchange& x = *exchange_;
  const Status status = sdk::Import(code, &x.error);
  x.AnswerPlain(kvs::http::HttpCode(status), status.message());
  if (status.retry_after_ms() > 0)
    x.own_headers.emplace_back("Retry-After", StrCat((status.retry_after_ms() + 999) / 1000));
}

}  // namespace kvs::net::http

// SPDX-License-Identifier: Apache-2.0
#include "proxy.h"

#include <utility>

#include "kvs/http/url.h"
#include "kvs/http_client/stream.h"
#include "kvs/sdk/str.h"

#include "headers.h"

namespace kvs::net::proxy {
namespace {

using http_client::HttpClient;
using http_client::HttpStream;

constexpr const char* kMethods = "GET,POST,PUT,DELETE,PATCH";
constexpr uint64_t kHealthBytes = 64 << 10;
constexpr int64_t kHealthTimeoutMs = 3'000;

// As it came, or, from a listener that does not tell, put together again.
std::string TargetOf(const kvs_http_request_t& in) {
  if (in.struct_size >= sizeof(kvs_http_request_t) && in.target.size > 0)
    return sdk::Text(in.target);
  std::string out;
  std::string_view path = sdk::View(in.path);
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    StrAppend(out, "/", kvs::http::Escape(path.substr(1, end - 1)));
    path.remove_prefix(end);
  }
  if (in.query.size > 0) StrAppend(out, "?", sdk::View(in.query));
  return out;
}

// What an upstream still has to say.
class UpstreamBody final : public sdk::HttpBody {
 public:
  explicit UpstreamBody(std::shared_ptr<HttpStream> stream) : stream_(std::move(stream)) {}
  ~UpstreamBody() override { stream_->Drop(); }
  sdk::Outcome Next(const sdk::Call& /*call*/, kvs_http_piece_t& out,
                    sdk::Completer& completer) override {
    return stream_->Next(&out.bytes, completer);
  }

 private:
  const std::shared_ptr<HttpStream> stream_;
};

sdk::HttpReply BadGateway(std::string_view upstream) {
  return sdk::HttpReply::PlainText(502, StrCat("upstream ", upstream, " did not answer\n"));
}

}  // namespace

Proxy::Proxy(sdk::Host host, Config config)
    : host_(host),
      config_(std::move(config)),
      log_(host.log()),
      timer_(host.timer()),
      metrics_(host.metrics()) {}

sdk::Outcome Proxy::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  KVS_ASSIGN_OR_RETURN(const RouteTable table, ParseRoutes(config_.upstreams, config_.routes));
  http_client::HttpOptions options;
  options.connect_timeout_ms = config_.connect_timeout.ms;
  options.stall_timeout_ms = config_.stall_timeout.ms;
  options.idle_timeout_ms = config_.idle_timeout.ms;
  options.max_connections = config_.max_connections;
  options.ca_file = config_.tls_ca_file;
  options.cert_file = config_.tls_cert_file;
  options.key_file = config_.tls_key_file;
  options.peer = "the upstream";
  options.thread = "proxy";
  client_ = std::make_unique<HttpClient>(host_, options);
  KVS_RETURN_IF_ERROR(client_->Start());
  for (const auto& [name, addresses] : table.upstreams)
    upstreams_[name] = std::make_unique<Upstream>(name, addresses);
  for (const ProxyRoute& route : table.routes) {
    lines_.push_back(std::make_unique<Line>(this, upstreams_[route.upstream].get(),
                                            (route.flags & KVS_HTTP_READS) != 0));
    sdk::RouteOptions route_options;
    route_options.flags = route.flags;
    KVS_RETURN_IF_ERROR(
        http.Add(host_.component(), kMethods, route.pattern, lines_.back().get(), route_options));
  }
  if (config_.health_period.ms > 0) {
    tick_ = [this] { CheckHealth(); };
    ticket_ = timer_.After(config_.health_period.ms, config_.health_period.ms, &tick_);
  }
  return OkStatus();
}

sdk::Outcome Proxy::Stop(const sdk::Call& /*call*/, sdk::Completer& completer) {
  if (ticket_ != 0) timer_.Cancel(std::exchange(ticket_, 0));
  http.RemoveAll(host_.component());
  if (client_ == nullptr) return OkStatus();
  client_->Abort();
  // Joining waits, which this thread must not.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    client_.reset();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

sdk::Outcome Proxy::Line::Handle(const sdk::Call& call, const kvs_http_request_t& in,
                                 kvs_http_reply_t& out, sdk::Completer& completer) {
  return sdk::Run(completer, HandOn(call, in, out));
}

sdk::Task Proxy::Line::HandOn(sdk::Call call, const kvs_http_request_t& in, kvs_http_reply_t& out) {
  Proxy& p = *proxy_;
  const std::string_view method = sdk::View(in.method);
  const bool safe = reads_ || method == "GET" || method == "HEAD";
  const std::string target = TargetOf(in);
  const std::vector<std::string> headers =
      HeadersForUpstream(call, in, p.config_.forward_authorization);
  const std::vector<size_t> order = upstream_->Order();
  for (size_t attempt = 0; attempt < order.size(); ++attempt) {
    const size_t i = order[attempt];
    if (attempt > 0) p.metrics_.retries.With({upstream_->name()}).Add();
    http_client::HttpRequest request;
    request.method = method;
    request.url = upstream_->address(i) + target;
    request.headers = headers;
    request.body = sdk::TextOf(in.body);
    request.answer_bytes_max = static_cast<uint64_t>(p.config_.max_answer_size.bytes);
    const auto stream = HttpStream::Make(*p.client_, call, std::move(request));
    const Status status = co_await stream->Head();
    const bool last = attempt + 1 == order.size();
    if (!status.ok()) {
      stream->Drop();
      p.metrics_.requests.With({upstream_->name(), "0"}).Add();
      if (status.code() == StatusCode::kCancelled || status.code() == StatusCode::kDeadlineExceeded)
        co_return status;
      const bool unseen = status.reason() == http_client::kNotSent;
      if (unseen) p.SetHealthy(*upstream_, i, false);
      if (!last && (unseen || safe)) continue;
      p.log_.Warn("an upstream did not answer", {{"upstream", upstream_->name()},
                                                 {"address", upstream_->address(i)},
                                                 {"error", status.message()}});
      sdk::Send(BadGateway(upstream_->name()), out);
      co_return OkStatus();
    }
    const int code = stream->answer.code;
    p.metrics_.requests.With({upstream_->name(), StrCat(code)}).Add();
    // One that stops or starts: the others may not.
    if (!last && safe && code == 503) {
      co_await stream->Abandon();
      stream->Drop();
      continue;
    }
    sdk::HttpReply reply;
    reply.status = code;
    reply.headers = HeadersForClient(stream->answer.headers);
    reply.body = std::move(stream->answer.body);
    std::unique_ptr<sdk::HttpBody> rest;
    if (!stream->complete()) rest = std::make_unique<UpstreamBody>(stream);
    if (rest == nullptr) stream->Drop();
    sdk::Send(std::move(reply), std::move(rest), out);
    co_return OkStatus();
  }
  sdk::Send(BadGateway(upstream_->name()), out);
  co_return OkStatus();
}

void Proxy::SetHealthy(Upstream& upstream, size_t i, bool healthy) {
  const bool before = upstream.healthy(i);
  upstream.SetHealthy(i, healthy);
  metrics_.healthy.With({upstream.name(), upstream.address(i)}).Set(healthy ? 1 : 0);
  if (before != healthy) {
    log_.Info(healthy ? "an upstream is well again" : "an upstream is passed over",
              {{"upstream", upstream.name()}, {"address", upstream.address(i)}});
  }
}

void Proxy::CheckHealth() {
  for (const auto& [name, upstream] : upstreams_) {
    for (size_t i = 0; i < upstream->size(); ++i) {
      auto call = std::make_shared<sdk::OwnedCall>("");
      call->WithTimeoutMs(kHealthTimeoutMs);
      CheckOne(upstream.get(), i, std::move(call));
    }
  }
}

sdk::Detached Proxy::CheckOne(Upstream* upstream, size_t i, std::shared_ptr<sdk::OwnedCall> call) {
  http_client::HttpRequest request;
  request.method = "GET";
  request.url = upstream->address(i) + config_.health_path;
  request.answer_bytes_max = kHealthBytes;
  HttpClient::Exchange exchange(*client_, call->call(), std::move(request));
  const Status status = co_await exchange;
  SetHealthy(*upstream, i, status.ok() && exchange.answer.code / 100 == 2);
}

}  // namespace kvs::net::proxy

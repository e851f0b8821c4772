// SPDX-License-Identifier: Apache-2.0
// The locked door: who asks, and whether they may. The one place where rights are compared with
// what a route needs; what a caller sees of the data behind it is narrowed by source.enforce and
// sink.enforce.
#include "kvs/sdk/identity.h"
#include "kvs/sdk/str.h"

#include "connection_wait.h"

namespace kvs::net::http {
namespace {

namespace asio = boost::asio;

// As net.proxy sends it.
constexpr std::string_view kLabelsHeader = "x-kvasir-labels";

// Reading is what GET does, and what a route says of itself; everything else writes.
uint32_t RightFor(const Route& route, std::string_view method) {
  if (route.Has(KVS_HTTP_ADMIN)) return KVS_RIGHT_ADMIN;
  if (!route.Has(KVS_HTTP_NEEDS_TENANT)) return 0;
  const bool reads = method == "GET" || method == "HEAD" || route.Has(KVS_HTTP_READS) ||
                     route.Has(KVS_HTTP_FEDERATION);
  return reads ? KVS_RIGHT_READ : KVS_RIGHT_WRITE;
}

}  // namespace

void Connection::Deny(int status, std::string_view reason, std::string_view text) {
  context_.metrics.denied.With({reason}).Add();
  exchange_->AnswerPlain(status, text);
}

// Asks one authenticator after the other until one knows the credentials. True with an identity, or
// for a probe.
asio::awaitable<bool> Connection::Authenticate() {
  Exchange& x = *exchange_;
  auto shown = sdk::Record<kvs_credentials_t>();
  std::vector<kvs_str_t> names;
  for (const std::string& name : peer_.names) names.push_back(sdk::Str(name));
  shown.authorization = sdk::Str(x.Header("authorization"));
  shown.peer_subject = sdk::Str(peer_.subject);
  shown.peer_names = names.data();
  shown.n_peer_names = names.size();
  shown.remote = sdk::Str(remote_);
  x.call.cancel = x.cancel.raw();
  x.call.deadline_ns = sdk::MonotonicNs() + context_.config.header_timeout.ms * 1'000'000;
  EnterPhase(Phase::kHandler, context_.config.header_timeout.ms);
  const kvs_completion_t completion{&HandlerDone, this};
  for (const sdk::AuthenticatorRef& authenticator : context_.auth) {
    handler_pending_ = true;
    const auto identify = authenticator.identify();
    const kvs_status_t code =
        identify.fn(identify.self, &x.call, &shown, x.identity.out(), &completion, &x.error);
    if (code == KVS_PENDING) {
      co_await WaitUntil([this] { return !handler_pending_; });
    } else {
      handler_pending_ = false;
      handler_status_ = code;
    }
    if (handler_status_ == KVS_OK) {
      x.identified = true;
      co_return true;
    }
    if (handler_status_ != KVS_UNAUTHENTICATED) break;
    // Why is nobody's business; the message is freed.
    IgnoreError(sdk::Import(handler_status_, &x.error),
                "the next authenticator may know the credentials");
  }
  if (handler_status_ == KVS_UNAUTHENTICATED) {
    x.nameless = x.match.route != nullptr && x.match.route->Has(KVS_HTTP_PUBLIC);
    if (x.nameless) co_return true;
    Deny(401, "credentials", "no valid credentials");
    for (const sdk::AuthenticatorRef& authenticator : context_.auth) {
      const std::string_view challenge = authenticator.challenge();
      if (!challenge.empty()) x.own_headers.emplace_back("WWW-Authenticate", challenge);
    }
    co_return false;
  }
  if (handler_status_ == KVS_PERMISSION_DENIED) {
    Deny(403, "identity", "access denied");
    co_return false;
  }
  // It cannot tell at the moment.
  AnswerError(handler_status_);
  co_return false;
}

// What a proxy says binds the caller binds it here too. It only ever narrows, so anybody may say
// it.
bool Connection::BindLabels() {
  Exchange& x = *exchange_;
  const std::string_view header = x.Header(kLabelsHeader);
  if (header.empty() || x.nameless) return true;
  auto matchers = sdk::DecodeMatchers(header);
  if (!matchers.ok()) {
    x.AnswerPlain(400, StrCat(kLabelsHeader, ": ", matchers.status().message()));
    return false;
  }
  uint32_t rights = KVS_RIGHT_READ | KVS_RIGHT_WRITE;
  std::vector<std::string> tenants{"*"};
  std::string subject;
  if (x.identified) {
    rights = x.identity->rights;
    subject = sdk::Text(x.identity->subject);
    tenants.clear();
    for (uint64_t i = 0; i < x.identity->n_tenants; ++i)
      tenants.push_back(sdk::Text(x.identity->tenants[i]));
    for (uint64_t i = 0; i < x.identity->matchers.n; ++i) {
      const kvs_matcher_t& m = x.identity->matchers.matchers[i];
      matchers->push_back({sdk::Text(m.name), m.type, sdk::Text(m.value)});
    }
  }
  sdk::Identity::HandOut(std::make_shared<const sdk::Identity>(
                             std::move(subject), rights, std::move(tenants), *std::move(matchers)),
                         *x.identity.out());
  x.identified = true;
  return true;
}

bool Connection::Authorize() {
  Exchange& x = *exchange_;
  if (!x.identified) return true;  // A probe, or nobody is asked.
  const Route& route = *x.match.route;
  const uint32_t right = RightFor(route, x.method);
  if ((x.identity->rights & right) != right) {
    x.nameless = route.Has(KVS_HTTP_PUBLIC);
    if (x.nameless) return true;
    Deny(403, "right", "access denied: these credentials lack the right");
    return false;
  }
  if (x.identity->matchers.n > 0 && route.Has(KVS_HTTP_NEEDS_TENANT)) {
    if (!context_.config.label_policies) {
      Deny(403, "labels",
           "access denied: these credentials are bound to labels, which this server does not "
           "enforce");
      return false;
    }
    if (!route.Has(KVS_HTTP_LABELS)) {
      Deny(403, "labels", "access denied: these credentials are bound to labels");
      return false;
    }
  }
  return true;
}

}  // namespace kvs::net::http

// SPDX-License-Identifier: Apache-2.0
#include "oauth2.h"

#include <utility>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/json.h"
#include "kvs/http/json_members.h"
#include "kvs/http/url.h"
#include "kvs/sigv4/digests.h"

namespace kvs::notify {
namespace {

constexpr size_t kTokensMax = 10'000;
constexpr int64_t kEarlyMs = 10'000;          // Before a token expires it is not used any more.
constexpr int64_t kNoExpiryMs = 60 * 60'000;  // Where the server does not say when.
constexpr uint64_t kTokenBytesMax = 1 << 20;

void AppendParam(std::string& form, std::string_view name, std::string_view value) {
  StrAppend(form, form.empty() ? "" : "&", http::Escape(name, http::PlusSign::kIsSpace), "=",
            http::Escape(value, http::PlusSign::kIsSpace));
}

}  // namespace

sdk::Co<StatusOr<std::string>> TokenSource::Get(const sdk::Call& call, const Peer& peer,
                                                const Secrets& secrets) {
  using Result = StatusOr<std::string>;
  const StatusOr<std::string> secret = secrets.Get(peer.oauth2, "client_secret");
  if (!secret.ok()) co_return Result(secret.status());
  const std::string key = sigv4::Sha256(
      StrCat(call.tenant(), "\n", *secret, "\n", gotemplate::ToJson(peer.oauth2.table(), false)));
  const int64_t now_ms = host_.clock().NowMs();
  {
    const MutexLock lock(mutex_);
    if (const auto found = tokens_.find(key);
        found != tokens_.end() && found->second.expires_ms > now_ms)
      co_return Result(found->second.value);
  }
  http_client::PeerOptions options;
  options.may_connect = peer.options.may_connect;
  options.proxy_url = peer.oauth2.Text("proxy_url");
  options.no_proxy = peer.oauth2.Text("no_proxy");
  if (const Status tls = ReadTls(peer.oauth2.Table("tls_config"), secrets, options); !tls.ok())
    co_return Result(tls);
  sdk::Co<StatusOr<Token>> fetching = Fetch(call, options, peer.oauth2, *secret, true);
  StatusOr<Token> token = co_await fetching;
  if (!token.ok() && token.status().code() == StatusCode::kUnauthenticated) {
    sdk::Co<StatusOr<Token>> again = Fetch(call, options, peer.oauth2, *secret, false);
    StatusOr<Token> second = co_await again;
    token = std::move(second);
  }
  if (!token.ok()) co_return Result(token.status());
  const MutexLock lock(mutex_);
  if (tokens_.size() >= kTokensMax) tokens_.clear();
  tokens_[key] = *token;
  co_return Result(token->value);
}

sdk::Co<StatusOr<TokenSource::Token>> TokenSource::Fetch(const sdk::Call& call,
                                                         const http_client::PeerOptions& options,
                                                         const Settings& oauth2,
                                                         const std::string& secret,
                                                         bool in_header) {
  using Result = StatusOr<Token>;
  std::string form;
  if (!in_header) {
    AppendParam(form, "client_id", oauth2.Text("client_id"));
    AppendParam(form, "client_secret", secret);
  }
  for (const auto& [name, value] : oauth2.TextMap("endpoint_params"))
    AppendParam(form, name, value);
  AppendParam(form, "grant_type", "client_credentials");
  std::string scopes;
  for (const std::string& scope : oauth2.Texts("scopes"))
    StrAppend(scopes, scopes.empty() ? "" : " ", scope);
  if (!scopes.empty()) AppendParam(form, "scope", scopes);
  http_client::HttpRequest request;
  request.method = "POST";
  request.url = oauth2.Text("token_url");
  request.headers = {"Content-Type: application/x-www-form-urlencoded"};
  if (in_header) {
    const auto escaped = [](std::string_view text) {
      return http::Escape(text, http::PlusSign::kIsSpace);
    };
    request.headers.push_back(BasicHeader(escaped(oauth2.Text("client_id")), escaped(secret)));
  }
  request.body = form;
  request.answer_bytes_max = kTokenBytesMax;
  request.peer = &options;
  http_client::HttpClient::Exchange exchange(client_, call, std::move(request));
  const Status ended = co_await exchange;
  if (!ended.ok()) co_return Result(Annotate(ended, "oauth2"));
  const int code = exchange.answer.code;
  if (code / 100 == 5)
    co_return Result(Unavailable("oauth2: the token server answered ", code).Retryable());
  // Which of both ways of saying who one is a server wants, it does not say.
  if (code / 100 != 2)
    co_return Result(Unauthenticated("oauth2: the token server answered ", code));
  Token token;
  int64_t expires_in_s = 0;
  const Status read = http::ReadJsonObject("oauth2: the answer of the token server",
                                           exchange.answer.body, [&](http::JsonMembers& in) {
                                             in.Require("access_token");
                                             in.Get("access_token", &token.value);
                                             in.Get("expires_in", &expires_in_s);
                                           });
  if (!read.ok()) co_return Result(read);
  token.expires_ms =
      host_.clock().NowMs() + (expires_in_s > 0 ? expires_in_s * 1000 - kEarlyMs : kNoExpiryMs);
  co_return Result(std::move(token));
}

}  // namespace kvs::notify

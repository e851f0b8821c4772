// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <simdjson.h>

#include <utility>

#include "kvs/auth/crypto.h"
#include "kvs/sdk/identity.h"

#include "claims.h"
#include "fetch.h"
#include "token.h"

namespace kvs::auth::jwt {
namespace {

constexpr int64_t kFetchTimeoutMs = 10'000;
constexpr int64_t kTickMs = 5'000;
// After a failure, and for a key that is not there: so often at most, whatever strangers send.
constexpr int64_t kRetryNs = 30'000'000'000;
constexpr int64_t kNsPerMs = 1'000'000;

}  // namespace

JwtAuthenticator::JwtAuthenticator(sdk::Host host, Config config)
    : config_(std::move(config)),
      clock_(host.clock()),
      timer_(host.timer()),
      log_(host.log()),
      health_(host.health()),
      metrics_(host.metrics()),
      file_keys_(host, "keys", {config_.keys_file},
                 [this]() -> StatusOr<std::shared_ptr<const Keys>> {
                   KVS_ASSIGN_OR_RETURN(const std::string text, sdk::ReadFile(config_.keys_file));
                   auto keys = Keys::Parse(text);
                   if (!keys.ok()) return Annotate(keys.status(), config_.keys_file);
                   metrics_.keys.Set(static_cast<double>((*keys)->size()));
                   return keys;
                 }),
      grants_(host, "grants", {config_.grants_file},
              [this]() -> StatusOr<std::shared_ptr<const std::vector<Grant>>> {
                if (config_.grants_file.empty())
                  return std::make_shared<const std::vector<Grant>>();
                KVS_ASSIGN_OR_RETURN(const std::string text, sdk::ReadFile(config_.grants_file));
                auto grants = ParseGrants(text);
                if (!grants.ok()) return Annotate(grants.status(), config_.grants_file);
                return std::make_shared<const std::vector<Grant>>(*std::move(grants));
              }) {}

sdk::Outcome JwtAuthenticator::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  KVS_RETURN_IF_ERROR(grants_.Start(config_.reload_period.ms));
  if (!config_.keys_file.empty()) return file_keys_.Start(config_.reload_period.ms);
  health_.Degraded("the keys of the issuer are not here yet");
  tick_ = [this] { OnTick(); };
  ticket_ = timer_.After(1, kTickMs, &tick_);
  return OkStatus();
}

sdk::Outcome JwtAuthenticator::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  if (ticket_ != 0) timer_.Cancel(std::exchange(ticket_, 0));
  file_keys_.Stop();
  grants_.Stop();
  return OkStatus();
}

std::shared_ptr<const Keys> JwtAuthenticator::keys() const {
  if (!config_.keys_file.empty()) return file_keys_.get();
  const std::lock_guard lock(mutex_);
  return fetched_;
}

void JwtAuthenticator::OnTick() {
  const int64_t now = clock_.MonotonicNs();
  const bool early = wanted_.load(std::memory_order_relaxed) &&
                     now >= fetch_at_ns_ - config_.refresh_period.ms * kNsPerMs + kRetryNs;
  if (now < fetch_at_ns_ && !early) return;
  FetchKeys();
}

void JwtAuthenticator::FetchKeys() {
  auto keys = FetchKeySet();
  metrics_.fetches.With({keys.ok() ? "ok" : "failed"}).Add();
  const int64_t now = clock_.MonotonicNs();
  if (!keys.ok()) {
    fetch_at_ns_ = now + kRetryNs;
    log_.Warn("the keys of the issuer cannot be fetched; those before stay",
              {{"error", keys.status().message()}});
    return;
  }
  wanted_ = false;
  fetch_at_ns_ = now + config_.refresh_period.ms * kNsPerMs;
  metrics_.keys.Set(static_cast<double>((*keys)->size()));
  {
    const std::lock_guard lock(mutex_);
    fetched_ = *std::move(keys);
  }
  health_.Ready();
}

StatusOr<std::shared_ptr<const Keys>> JwtAuthenticator::FetchKeySet() {
  std::string url = config_.keys_url;
  if (url.empty()) {
    std::string discovery = config_.issuer;
    if (discovery.ends_with('/')) discovery.pop_back();
    discovery.append("/.well-known/openid-configuration");
    KVS_ASSIGN_OR_RETURN(const std::string text,
                         Fetch(discovery, config_.ca_file, kFetchTimeoutMs));
    simdjson::dom::parser parser;
    simdjson::dom::object document;
    std::string_view issuer, found;
    if (parser.parse(text).get(document) != simdjson::SUCCESS ||
        document["issuer"].get(issuer) != simdjson::SUCCESS ||
        document["jwks_uri"].get(found) != simdjson::SUCCESS) {
      return Unavailable(discovery, " is no OpenID configuration");
    }
    if (issuer != config_.issuer) return Unavailable(discovery, " is of another issuer");
    url = found;
    KVS_RETURN_IF_ERROR(CheckUrl(url));
  }
  KVS_ASSIGN_OR_RETURN(const std::string text, Fetch(url, config_.ca_file, kFetchTimeoutMs));
  auto keys = Keys::Parse(text);
  if (!keys.ok()) return Annotate(keys.status(), url);
  return keys;
}

Status JwtAuthenticator::Refuse(const char* reason) const {
  metrics_.refused.With({reason}).Add();
  return Unauthenticated("the token is not valid");
}

sdk::Outcome JwtAuthenticator::Identify(const sdk::Call& /*call*/, const kvs_credentials_t& in,
                                        kvs_identity_t& out, sdk::Completer& /*completer*/) {
  const std::string_view text = CredentialsOf(sdk::View(in.authorization), "Bearer");
  if (text.empty()) return Unauthenticated("no bearer token");
  // What does not look like one is another authenticator's.
  const auto token = ParseToken(text);
  if (!token.ok()) return Refuse("malformed");
  const std::shared_ptr<const Keys> keys = this->keys();
  if (keys == nullptr)
    return Unavailable("the keys of the issuer are not here yet").WithRetryAfterMs(kTickMs);
  const Keys::Verdict verdict = keys->Verify(*token);
  if (verdict == Keys::Verdict::kUnknownKey) wanted_.store(true, std::memory_order_relaxed);
  if (verdict != Keys::Verdict::kGood)
    return Refuse(verdict == Keys::Verdict::kBad ? "signature" : "unknown_key");

  Claims claims;
  const Refusal refusal = ReadClaims(token->claims, config_, clock_.NowMs(), &claims);
  if (refusal != Refusal::kNone) return Refuse(RefusalName(refusal));

  std::vector<std::string> owned{claims.subject};
  for (const std::string& group : claims.groups) owned.push_back(StrCat("group:", group));
  // Nobody becomes a group by their name.
  if (claims.subject.starts_with("group:")) owned.erase(owned.begin());
  const std::vector<std::string_view> names(owned.begin(), owned.end());
  const auto grants = grants_.get();
  if (const Grant* const grant = FindGrant(*grants, names)) {
    sdk::Identity::HandOut(sdk::MakeIdentity(claims.subject, *grant), out);
    return OkStatus();
  }
  Grant own;
  own.tenants = std::move(claims.tenants);
  own.rights = claims.rights;
  if (own.rights == 0 || (own.tenants.empty() && own.rights != kAdmin)) {
    return PermissionDenied("nothing is granted to this subject");
  }
  sdk::Identity::HandOut(sdk::MakeIdentity(claims.subject, own), out);
  return OkStatus();
}

}  // namespace kvs::auth::jwt

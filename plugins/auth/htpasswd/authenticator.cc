// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <cstring>
#include <random>
#include <utility>

#include "password.h"

namespace kvs::auth::htpasswd {
namespace {

// Bounds what is remembered, and what is hashed.
constexpr size_t kMaxRemembered = 10'000;
constexpr size_t kMaxPasswordBytes = 512;

}  // namespace

size_t HtpasswdAuthenticator::DigestHash::operator()(const Digest& digest) const {
  size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof(out));
  return out;
}

HtpasswdAuthenticator::HtpasswdAuthenticator(sdk::Host host, Config config)
    : config_(std::move(config)),
      executor_(host.executor()),
      clock_(host.clock()),
      metrics_(host.metrics()),
      users_(host, "users", {config_.users_file, config_.grants_file},
             [this]() -> StatusOr<std::shared_ptr<const Users>> {
               KVS_ASSIGN_OR_RETURN(const std::string users, sdk::ReadFile(config_.users_file));
               KVS_ASSIGN_OR_RETURN(const std::string grants, sdk::ReadFile(config_.grants_file));
               return Users::Parse(users, grants);
             }) {}

sdk::Outcome HtpasswdAuthenticator::Start(const sdk::Call& /*call*/,
                                          sdk::Completer& /*completer*/) {
  std::random_device random;
  for (int i = 0; i < 8; ++i) {
    const uint32_t word = random();
    secret_.append(reinterpret_cast<const char*>(&word), sizeof(word));
  }
  return users_.Start(config_.reload_period.ms);
}

sdk::Outcome HtpasswdAuthenticator::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  users_.Stop();
  return OkStatus();
}

sdk::Outcome HtpasswdAuthenticator::Identify(const sdk::Call& /*call*/, const kvs_credentials_t& in,
                                             kvs_identity_t& out, sdk::Completer& completer) {
  const std::string_view encoded = CredentialsOf(sdk::View(in.authorization), "Basic");
  if (encoded.empty()) return Unauthenticated("no name and password");
  auto decoded = DecodeBase64(encoded);
  const size_t colon = decoded.ok() ? decoded->find(':') : std::string::npos;
  if (colon == std::string::npos || decoded->size() > kMaxPasswordBytes) {
    metrics_.wrong.Add();
    return Unauthenticated("no name and password");
  }
  std::string name = decoded->substr(0, colon);
  std::string password = decoded->substr(colon + 1);
  const std::shared_ptr<const Users> users = users_.get();
  const Users::User* const user = users->Find(name);
  if (user != nullptr && IsRemembered(KeyOf(name, password), user->hash)) {
    if (user->identity == nullptr) return PermissionDenied("nothing is granted to this name");
    sdk::Identity::HandOut(user->identity, out);
    return OkStatus();
  }
  if (checks_.fetch_add(1) >= config_.max_checks) {
    checks_.fetch_sub(1);
    metrics_.busy.Add();
    return ResourceExhausted("too many passwords are being checked").WithRetryAfterMs(1000);
  }
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  executor_.PostWorker([this, name = std::move(name), password = std::move(password), &out, done] {
    const Status status = CheckPassword(name, password, out);
    checks_.fetch_sub(1);
    (*done)(status);
  });
  return sdk::Pending();
}

Status HtpasswdAuthenticator::CheckPassword(const std::string& name, const std::string& password,
                                            kvs_identity_t& out) {
  const std::shared_ptr<const Users> users = users_.get();
  const Users::User* const user = users->Find(name);
  metrics_.checks.Add();
  const bool fits = PasswordFits(password, user == nullptr ? users->decoy() : user->hash);
  if (!fits || user == nullptr) {
    metrics_.wrong.Add();
    return Unauthenticated("wrong name or password");
  }
  Remember(KeyOf(name, password), user->hash);
  if (user->identity == nullptr) return PermissionDenied("nothing is granted to this name");
  sdk::Identity::HandOut(user->identity, out);
  return OkStatus();
}

Digest HtpasswdAuthenticator::KeyOf(std::string_view name, std::string_view password) const {
  // A name holds no colon.
  return Sha256(StrCat(secret_, name, ":", password));
}

bool HtpasswdAuthenticator::IsRemembered(const Digest& key, const std::string& hash) {
  const std::lock_guard lock(mutex_);
  const auto found = remembered_.find(key);
  return found != remembered_.end() && found->second.until_ns > clock_.MonotonicNs() &&
         found->second.hash == hash;
}

void HtpasswdAuthenticator::Remember(const Digest& key, const std::string& hash) {
  const int64_t now = clock_.MonotonicNs();
  const std::lock_guard lock(mutex_);
  if (remembered_.size() >= kMaxRemembered) {
    std::erase_if(remembered_, [now](const auto& entry) { return entry.second.until_ns <= now; });
    if (remembered_.size() >= kMaxRemembered) remembered_.clear();
  }
  remembered_[key] = {now + config_.remember.ms * 1'000'000, hash};
}

}  // namespace kvs::auth::htpasswd

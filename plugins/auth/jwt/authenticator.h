// SPDX-License-Identifier: Apache-2.0
// JwtAuthenticator: "Authorization: Bearer TOKEN", with tokens that an OpenID provider has signed.
// Verifying takes some tens of microseconds and is done right away. Keys come from a file, or are
// fetched and kept: while the provider is away, the keys before stay good.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "kvs/auth/grants.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/reloaded.h"

#include "config.h"
#include "keys.h"
#include "metrics.h"

namespace kvs::auth::jwt {

class JwtAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  JwtAuthenticator(sdk::Host host, Config config);

  /// Unavailable or InvalidArgument when a file cannot be used. Does not wait for the provider.
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// Unavailable as long as there are no keys. Never waits. [any & started]
  sdk::Outcome Identify(const sdk::Call& call, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer& completer) override;
  std::string_view Challenge() const noexcept override { return "Bearer realm=\"kvasir\""; }

 private:
  std::shared_ptr<const Keys> keys() const;
  void FetchKeys();
  StatusOr<std::shared_ptr<const Keys>> FetchKeySet();
  void OnTick();
  Status Refuse(const char* reason) const;

  const Config config_;
  const sdk::Clock clock_;
  const sdk::Timer timer_;
  const sdk::Log log_;
  const sdk::Health health_;
  const Metrics metrics_;
  sdk::Reloaded<Keys> file_keys_;
  sdk::Reloaded<std::vector<Grant>> grants_;

  std::function<void()> tick_;
  uint64_t ticket_ = 0;
  int64_t fetch_at_ns_ = 0;          // Of the timer alone.
  std::atomic<bool> wanted_{false};  // A token names a key that is not there.
  mutable std::mutex mutex_;
  std::shared_ptr<const Keys> fetched_;  // Guarded by mutex_.
};

}  // namespace kvs::auth::jwt

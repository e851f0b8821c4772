// SPDX-License-Identifier: Apache-2.0
// HtpasswdAuthenticator: "Authorization: Basic ...", with the names of an htpasswd file. Checking a
// password takes a worker tens of milliseconds, by design of the hash; so what was right is
// remembered for a while, and only so many are checked at a time.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <unordered_map>

#include "kvs/auth/crypto.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/reloaded.h"

#include "config.h"
#include "metrics.h"
#include "users.h"

namespace kvs::auth::htpasswd {

class HtpasswdAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  HtpasswdAuthenticator(sdk::Host host, Config config);

  /// Unavailable or InvalidArgument when a file cannot be used.
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// ResourceExhausted when too many passwords are being hashed. [any & started]
  sdk::Outcome Identify(const sdk::Call& call, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer& completer) override;
  std::string_view Challenge() const noexcept override {
    return "Basic realm=\"kvasir\", charset=\"UTF-8\"";
  }

 private:
  struct DigestHash {
    size_t operator()(const Digest& digest) const;
  };
  // A name and password that were right, under a hash that is still the name's.
  struct Remembered {
    int64_t until_ns;
    std::string hash;
  };

  Digest KeyOf(std::string_view name, std::string_view password) const;
  bool IsRemembered(const Digest& key, const std::string& hash);
  void Remember(const Digest& key, const std::string& hash);
  Status CheckPassword(const std::string& name, const std::string& password, kvs_identity_t& out);

  const Config config_;
  const sdk::Executor executor_;
  const sdk::Clock clock_;
  const Metrics metrics_;
  sdk::Reloaded<Users> users_;
  std::string secret_;  // Of the process: what is remembered tells nothing about passwords.
  std::atomic<int64_t> checks_{0};

  std::mutex mutex_;
  std::unordered_map<Digest, Remembered, DigestHash> remembered_;  // Guarded by mutex_.
};

}  // namespace kvs::auth::htpasswd

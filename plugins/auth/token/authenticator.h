// SPDX-License-Identifier: Apache-2.0
// TokenAuthenticator: "Authorization: Bearer TOKEN", with the tokens that a file lists.
#pragma once

#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/reloaded.h"

#include "config.h"
#include "metrics.h"
#include "tokens.h"

namespace kvs::auth::token {

class TokenAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  TokenAuthenticator(sdk::Host host, Config config);

  /// Unavailable or InvalidArgument when the file cannot be used.
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// Never waits. [any & started]
  sdk::Outcome Identify(const sdk::Call& call, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer& completer) override;
  std::string_view Challenge() const noexcept override { return "Bearer realm=\"kvasir\""; }

 private:
  const Config config_;
  const Metrics metrics_;
  sdk::Reloaded<Tokens> tokens_;
};

}  // namespace kvs::auth::token

// SPDX-License-Identifier: Apache-2.0
// CertificateAuthenticator: who a client certificate, which the listener has verified, says that
// its holder is. Grants name its subject ("CN=agent,O=team-a") or an alternative name
// ("DNS:agent.team-a", "URI:spiffe://mesh/agent").
#pragma once

#include <vector>

#include "kvs/auth/grants.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/authenticator.h"
#include "kvs/sdk/reloaded.h"

#include "config.h"
#include "metrics.h"

namespace kvs::auth::mtls {

class CertificateAuthenticator final : public sdk::Component, public sdk::Authenticator {
 public:
  CertificateAuthenticator(sdk::Host host, Config config);

  /// Unavailable or InvalidArgument when the file cannot be used.
  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// Never waits. [any & started]
  sdk::Outcome Identify(const sdk::Call& call, const kvs_credentials_t& in, kvs_identity_t& out,
                        sdk::Completer& completer) override;
  std::string_view Challenge() const noexcept override { return {}; }

 private:
  const Config config_;
  const Metrics metrics_;
  sdk::Reloaded<std::vector<Grant>> grants_;
};

}  // namespace kvs::auth::mtls

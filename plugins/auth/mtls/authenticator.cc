// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <utility>

#include "kvs/sdk/identity.h"

namespace kvs::auth::mtls {

CertificateAuthenticator::CertificateAuthenticator(sdk::Host host, Config config)
    : config_(std::move(config)),
      metrics_(host.metrics()),
      grants_(host, "grants", {config_.grants_file},
              [this]() -> StatusOr<std::shared_ptr<const std::vector<Grant>>> {
                KVS_ASSIGN_OR_RETURN(const std::string text, sdk::ReadFile(config_.grants_file));
                auto grants = ParseGrants(text);
                if (!grants.ok()) return Annotate(grants.status(), config_.grants_file);
                return std::make_shared<const std::vector<Grant>>(*std::move(grants));
              }) {}

sdk::Outcome CertificateAuthenticator::Start(const sdk::Call& /*call*/,
                                             sdk::Completer& /*completer*/) {
  return grants_.Start(config_.reload_period.ms);
}

sdk::Outcome CertificateAuthenticator::Stop(const sdk::Call& /*call*/,
                                            sdk::Completer& /*completer*/) {
  grants_.Stop();
  return OkStatus();
}

sdk::Outcome CertificateAuthenticator::Identify(const sdk::Call& /*call*/,
                                                const kvs_credentials_t& in, kvs_identity_t& out,
                                                sdk::Completer& /*completer*/) {
  std::vector<std::string_view> names;
  if (in.peer_subject.size > 0) names.push_back(sdk::View(in.peer_subject));
  for (uint64_t i = 0; i < in.n_peer_names; ++i) names.push_back(sdk::View(in.peer_names[i]));
  if (names.empty()) return Unauthenticated("no client certificate");
  const auto grants = grants_.get();
  const Grant* const grant = FindGrant(*grants, names);
  if (grant == nullptr) {
    // Not denied: the certificate may be the network's, and who asks shows something else.
    metrics_.unknown.Add();
    return Unauthenticated("nothing is granted to this certificate");
  }
  sdk::Identity::HandOut(sdk::MakeIdentity(std::string(names[0]), *grant), out);
  return OkStatus();
}

}  // namespace kvs::auth::mtls

// SPDX-License-Identifier: Apache-2.0
// Entry point of auth.mtls.
#include "kvs/sdk/component.h"

#include "authenticator.h"
#include "config.h"

namespace kvs::auth::mtls {
namespace {

const kvs_component_type_t* AuthenticatorType() {
  static const sdk::ComponentType<CertificateAuthenticator, Config> kType =
      sdk::ComponentType<CertificateAuthenticator, Config>(
          KVS_PLUGIN_ID, "Knows its callers by their client certificates", KVS_BETA)
          .Provides<sdk::Authenticator>("auth", "Who is behind a request");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::auth::mtls

KVS_MODULE(KVS_PLUGIN_ID, kvs::auth::mtls::AuthenticatorType())

// SPDX-License-Identifier: Apache-2.0
// Entry point of auth.htpasswd.
#include "kvs/sdk/component.h"

#include "authenticator.h"
#include "config.h"

namespace kvs::auth::htpasswd {
namespace {

const kvs_component_type_t* AuthenticatorType() {
  static const sdk::ComponentType<HtpasswdAuthenticator, Config> kType =
      sdk::ComponentType<HtpasswdAuthenticator, Config>(
          KVS_PLUGIN_ID, "Knows its callers by name and password from an htpasswd file", KVS_BETA)
          .Provides<sdk::Authenticator>("auth", "Who is behind a request");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::auth::htpasswd

KVS_MODULE(KVS_PLUGIN_ID, kvs::auth::htpasswd::AuthenticatorType())

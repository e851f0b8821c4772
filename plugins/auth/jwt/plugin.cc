// SPDX-License-Identifier: Apache-2.0
// Entry point of auth.jwt.
#include "kvs/sdk/component.h"

#include "authenticator.h"
#include "config.h"

namespace kvs::auth::jwt {
namespace {

const kvs_component_type_t* AuthenticatorType() {
  static const sdk::ComponentType<JwtAuthenticator, Config> kType =
      sdk::ComponentType<JwtAuthenticator, Config>(
          KVS_PLUGIN_ID, "Knows its callers by JSON Web Tokens of an OpenID provider", KVS_BETA)
          .Provides<sdk::Authenticator>("auth", "Who is behind a request");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::auth::jwt

KVS_MODULE(KVS_PLUGIN_ID, kvs::auth::jwt::AuthenticatorType())

// SPDX-License-Identifier: Apache-2.0
// Entry point of auth.token.
#include "kvs/sdk/component.h"

#include "authenticator.h"
#include "config.h"

namespace kvs::auth::token {
namespace {

const kvs_component_type_t* AuthenticatorType() {
  static const sdk::ComponentType<TokenAuthenticator, Config> kType =
      sdk::ComponentType<TokenAuthenticator, Config>(
          KVS_PLUGIN_ID, "Knows its callers by bearer tokens from a file", KVS_BETA)
          .Provides<sdk::Authenticator>("auth", "Who is behind a request");
  return kType.raw();
}

}  // namespace
}  // namespace kvs::auth::token

KVS_MODULE(KVS_PLUGIN_ID, kvs::auth::token::AuthenticatorType())

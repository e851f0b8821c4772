// SPDX-License-Identifier: Apache-2.0
#include "authenticator.h"

#include <utility>

namespace kvs::auth::token {

TokenAuthenticator::TokenAuthenticator(sdk::Host host, Config config)
    : config_(std::move(config)),
      metrics_(host.metrics()),
      tokens_(host, "tokens", {config_.tokens_file},
              [this]() -> StatusOr<std::shared_ptr<const Tokens>> {
                KVS_ASSIGN_OR_RETURN(const std::string text, sdk::ReadFile(config_.tokens_file));
                auto tokens = Tokens::Parse(text);
                if (!tokens.ok()) return Annotate(tokens.status(), config_.tokens_file);
                return tokens;
              }) {}

sdk::Outcome TokenAuthenticator::Start(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  return tokens_.Start(config_.reload_period.ms);
}

sdk::Outcome TokenAuthenticator::Stop(const sdk::Call& /*call*/, sdk::Completer& /*completer*/) {
  tokens_.Stop();
  return OkStatus();
}

sdk::Outcome TokenAuthenticator::Identify(const sdk::Call& /*call*/, const kvs_credentials_t& in,
                                          kvs_identity_t& out, sdk::Completer& /*completer*/) {
  const std::string_view token = CredentialsOf(sdk::View(in.authorization), "Bearer");
  if (token.empty()) return Unauthenticated("no bearer token");
  std::shared_ptr<const sdk::Identity> identity = tokens_.get()->Find(token);
  if (identity == nullptr) {
    metrics_.unknown.Add();
    return Unauthenticated("unknown bearer token");
  }
  sdk::Identity::HandOut(std::move(identity), out);
  return OkStatus();
}

}  // namespace kvs::auth::token

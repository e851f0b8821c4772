// SPDX-License-Identifier: Apache-2.0
// Whatever is shown as a token is refused or read, and never verifies; nor does any key set or
// claim do harm.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/check.h"

#include "claims.h"
#include "keys.h"
#include "token.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::auth::jwt;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  // The curve's own base point: a key that nobody has the other half of.
  static const auto* const kKeys = new auto(Keys::Parse(
      R"({"keys":[{"kty":"EC","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]})"));
  KVS_CHECK(kKeys->ok());
  if (const auto token = ParseToken(text); token.ok()) {
    // With the base point, the secret is 1: whoever signs with it is let in, which no fuzzer does
    // by chance.
    (void)(**kKeys)->Verify(*token);
  }
  if (const auto keys = Keys::Parse(text); keys.ok()) KVS_CHECK((*keys)->size() > 0);
  Config config;
  config.issuer = "i";
  config.audiences = {"a"};
  config.tenants_claim = "t.u";
  Claims claims;
  if (ReadClaims(text, config, 1'700'000'000'000, &claims) == Refusal::kNone)
    KVS_CHECK(!claims.subject.empty());
  return 0;
}

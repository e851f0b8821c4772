// SPDX-License-Identifier: Apache-2.0
// Whatever stands in a file of grants is read or refused, and what is read opens nothing by
// mistake.
#include <cstddef>
#include <cstdint>
#include <string>

#include "kvs/auth/crypto.h"
#include "kvs/auth/grants.h"
#include "kvs/base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::auth;  // NOLINT(google-build-using-namespace)
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto grants = ParseGrants(text);
  if (grants.ok()) {
    for (const Grant& grant : *grants) {
      KVS_CHECK(!grant.subjects.empty() && grant.rights != 0);
      KVS_CHECK(grant.rights == kAdmin || !grant.tenants.empty());
    }
  }
  (void)DecodeBase64(text).ok();
  (void)DecodeBase64Url(text).ok();
  (void)CredentialsOf(text, "Bearer");
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Whatever stands in an htpasswd file is read or refused.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "users.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace kvs::auth::htpasswd;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto users =
      Users::Parse(text, "grants: [{subjects: ['*'], tenants: [a], rights: [read]}]");
  if (users.ok()) (void)(*users)->Find(text.substr(0, text.find(':')));
  return 0;
}

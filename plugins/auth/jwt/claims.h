// SPDX-License-Identifier: Apache-2.0
// Claims: what a verified token says, as far as it is looked at. Pure. [any]
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

#include "config.h"

namespace kvs::auth::jwt {

struct Claims {
  std::string subject;
  std::vector<std::string> groups;
  std::vector<std::string> tenants;
  uint32_t rights = 0;
};

/// What a refusal is called in the metric: static text.
enum class Refusal { kNone, kMalformed, kExpired, kNotYet, kIssuer, kAudience };
const char* RefusalName(Refusal refusal);

/// Judges exp (which must be there), nbf, iss and aud at `now_ms`, and reads the rest. Claims stand
/// at the top, or below it as in "realm_access.roles".
Refusal ReadClaims(const std::string& json, const Config& config, int64_t now_ms, Claims* out);

}  // namespace kvs::auth::jwt

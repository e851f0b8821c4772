// SPDX-License-Identifier: Apache-2.0
// How the ways in answer senders: Mimir's status codes, and when to come back. Pure. [any]
#pragma once

#include <cstdint>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::http {

/// What a push that ended so is answered.
int PushHttpCode(const Status& status);

/// Whole seconds for Retry-After: `min_ms` doubled for each attempt after the first, spread by half
/// either way so that senders do not come back together, within the bounds. `random` is any number
/// that differs between calls.
int64_t RetryAfterSeconds(std::string_view retry_attempt_header, int64_t min_ms, int64_t max_ms,
                          uint64_t random);

/// Whether an answer with this code names a time to come back.
inline bool WantsRetryAfter(int http_code) {
  return http_code == 429 || http_code >= 500;
}

}  // namespace kvs::http

// SPDX-License-Identifier: Apache-2.0
// Fetching a small document, such as a key set, over HTTPS.
#pragma once

#include <cstdint>
#include <string>

#include "kvs/base/status.h"

namespace kvs::auth::jwt {

/// InvalidArgument unless it is https, or http to this machine: who can change the keys on their
/// way can be anybody.
Status CheckUrl(const std::string& url);

/// The body of a 200, at most 1 MiB. No redirects. Unavailable, naming the URL, for everything
/// else. [worker]
StatusOr<std::string> Fetch(const std::string& url, const std::string& ca_file, int64_t timeout_ms);

}  // namespace kvs::auth::jwt

// SPDX-License-Identifier: Apache-2.0
// Addresses of mails as people write them, RFC 5322 without its comments and groups:
// "Team A" <a@example.org>, b@example.org [any]
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::notifier::email {

/// "a@example.org" of each. InvalidArgument for a list that is none, or empty; an address has no
/// blanks, brackets and control characters, so it stays one word of SMTP.
StatusOr<std::vector<std::string>> ParseAddresses(std::string_view list);

}  // namespace kvs::notifier::email

// SPDX-License-Identifier: Apache-2.0
// Passwords against the hashes of an htpasswd file: bcrypt and SHA-crypt by libcrypt, and the
// unsalted {SHA} of old. [worker]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::auth::htpasswd {

/// InvalidArgument, without repeating it, for a hash of a kind that is not spoken here: plain text,
/// crypt of 1979, MD5.
Status CheckHashKind(std::string_view hash);

/// Whether `password` is what `hash` was made of; takes as long as the hash asks for.
bool PasswordFits(const std::string& password, const std::string& hash);

}  // namespace kvs::auth::htpasswd

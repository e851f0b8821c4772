// SPDX-License-Identifier: Apache-2.0
// A JSON Web Token (RFC 7519) in its compact form: three runs of base64url, of which nothing is
// believed before its signature has been verified. Pure. [any]
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::auth::jwt {

/// The signatures that are spoken. "none", and those made with a shared secret, do not exist here.
enum class Algorithm { kRs256, kEs256 };

struct Token {
  Algorithm algorithm = Algorithm::kRs256;
  std::string key_id;            ///< kid; may be empty
  std::string_view signed_part;  ///< Borrowed from the text.
  std::string signature;
  std::string claims;  ///< JSON; not to be believed yet
};

/// InvalidArgument, without repeating it, for anything that is not a token of these algorithms.
StatusOr<Token> ParseToken(std::string_view text);

}  // namespace kvs::auth::jwt

// SPDX-License-Identifier: Apache-2.0
// What credentials take: digests, base64, and comparing without telling how far it got. [any]
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::auth {

using Digest = std::array<uint8_t, 32>;

Digest Sha256(std::string_view bytes);
std::string ToHex(std::string_view bytes);
/// 64 digits of either case. InvalidArgument else.
StatusOr<Digest> ParseDigest(std::string_view hex);

/// Takes the same time whatever the contents are; lengths are no secret.
bool EqualInConstantTime(std::string_view a, std::string_view b);

/// Of RFC 4648: with padding and "+/", or without padding and "-_". InvalidArgument for anything
/// else, also for bits left over that are not zero: a text has one encoding.
StatusOr<std::string> DecodeBase64(std::string_view text);
StatusOr<std::string> DecodeBase64Url(std::string_view text);

/// What follows `scheme` in an Authorization header, eg: "Bearer", compared without regard to case;
/// empty when it is another scheme. Borrows.
std::string_view CredentialsOf(std::string_view authorization, std::string_view scheme);

}  // namespace kvs::auth

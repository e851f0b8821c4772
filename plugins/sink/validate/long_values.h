// SPDX-License-Identifier: Apache-2.0
// Label values over the limit, where the tenant would rather have them shortened than refused: a
// hash of the whole value says which one it was, so that two long values stay two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvs::sink::validate {

enum class LongValues : uint8_t {
  kRefuse,
  kTruncate,  ///< The hash replaces the end.
  kDrop,      ///< The hash replaces all of it.
};

/// "(hash:", 64 hexadecimal digits, ")".
inline constexpr size_t kValueHashBytes = 71;

/// Of Mimir's "error", "truncate" and "drop"; kRefuse for anything else.
LongValues LongValuesOf(std::string_view strategy);

/// `value`, which is valid UTF-8 and longer than `limit`, as it is stored; `limit` is at least
/// kValueHashBytes. Mimir's form, with SHA-256 in place of BLAKE2b. [any]
std::string Shorten(std::string_view value, size_t limit, LongValues how);

}  // namespace kvs::sink::validate

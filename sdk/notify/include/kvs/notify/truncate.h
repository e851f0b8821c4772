// SPDX-License-Identifier: Apache-2.0
// Texts that a service takes only up to a length, cut as Alertmanager cuts them. [any]
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kvs::notify {

/// At most n code points; where something was cut, the last one is an ellipsis, unless n is 3 or
/// less.
std::string TruncateInRunes(std::string_view text, size_t n);

/// At most n bytes, with an ellipsis at the end where something was cut; no code point is cut in
/// two.
std::string TruncateInBytes(std::string_view text, size_t n);

/// Of code points; a byte that is no UTF-8 counts as one.
size_t CountRunes(std::string_view text);

}  // namespace kvs::notify

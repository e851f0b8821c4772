// SPDX-License-Identifier: Apache-2.0
// Runes: code points as Go sees them, where bytes that are not UTF-8 count as one rune each. [any]
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kvs {

using Rune = int32_t;
inline constexpr Rune kEofRune = -1;
inline constexpr Rune kRuneError = 0xFFFD;  ///< What invalid UTF-8 decodes to, one byte at a time.
inline constexpr Rune kMaxRune = 0x10FFFF;

/// Decodes the rune at `pos`; `*width` gets its bytes. At the end: kEofRune of width 0.
Rune DecodeRune(std::string_view text, size_t pos, size_t* width);

/// Appends its UTF-8.
void AppendRune(std::string& out, Rune rune);

/// Whether it has a visible form, or is a blank. Unassigned code points count as printable, which
/// only changes how a message shows them.
bool IsPrintable(Rune rune);

}  // namespace kvs

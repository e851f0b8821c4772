// SPDX-License-Identifier: Apache-2.0
// Percent-escapes of URLs.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"

namespace kvs::http {

/// Whether a plus sign stands for a space: in query strings and forms, not in paths.
enum class PlusSign { kLiteral, kIsSpace };

/// Appends the text with its %XX resolved. InvalidArgument, in Go's words, for a broken escape.
/// [any]
Status AppendUnescaped(std::string_view text, PlusSign plus, std::string& out);

/// The text with everything escaped but letters, digits and "-_.~"; blanks as `plus` says. [any]
std::string Escape(std::string_view text, PlusSign plus = PlusSign::kLiteral);

}  // namespace kvs::http

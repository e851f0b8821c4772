// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace kvs {

/// What Go's strings.TrimSpace takes off a text of ASCII.
inline constexpr std::string_view kGoSpaces = " \t\n\v\f\r";

/// `text` without the characters of `blanks` at either end; empty when there is nothing else. [any]
constexpr std::string_view Trimmed(std::string_view text, std::string_view blanks = " \t") {
  const size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace kvs

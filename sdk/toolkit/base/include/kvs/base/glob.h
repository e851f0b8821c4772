// SPDX-License-Identifier: Apache-2.0
// Patterns in which a '*' stands for any text: names of tenants and of subjects. [any]
#pragma once

#include <cstddef>
#include <string_view>

namespace kvs {

/// Whether all of `text` fits `pattern`. Since no other character is special, a pattern that fits
/// another one's text fits whatever that one fits: "team-*" fits "team-a*", and does not fit "te*".
inline bool FitsPattern(std::string_view pattern, std::string_view text) {
  // Greedy, with one step back: linear but for the distance to the last '*'.
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace kvs

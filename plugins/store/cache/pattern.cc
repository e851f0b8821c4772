// SPDX-License-Identifier: Apache-2.0
#include "pattern.h"

namespace kvs::store::cache {

bool Matches(std::string_view pattern, std::string_view key) {
  size_t p = 0, k = 0;
  size_t star = std::string_view::npos, from = 0;  // The last star, and where its run ends so far.
  while (k < key.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      from = k;
    } else if (p < pattern.size() && pattern[p] == key[k]) {
      ++p;
      ++k;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      k = ++from;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace kvs::store::cache

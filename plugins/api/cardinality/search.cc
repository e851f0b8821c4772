// SPDX-License-Identifier: Apache-2.0
#include "search.h"

#include <algorithm>

namespace kvs::api::cardinality {
namespace {

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool Same(char a, char b) {
  return Lower(a) == Lower(b);
}

}  // namespace

double ScoreOf(std::string_view name, std::string_view search) {
  if (search.empty()) return 1;
  if (search.size() > name.size()) return 0;
  // How much of the name was asked for.
  const double covered = static_cast<double>(search.size()) / static_cast<double>(name.size());
  const auto at = std::search(name.begin(), name.end(), search.begin(), search.end(), Same);
  if (at == name.begin()) return name.size() == search.size() ? 1 : 0.7 + 0.2 * covered;
  if (at != name.end()) return 0.4 + 0.2 * covered + (*(at - 1) == '_' ? 0.1 : 0);
  // All letters in order, the fewer breaks the better.
  size_t breaks = 0;
  auto from = name.begin();
  for (const char c : search) {
    const auto found = std::find_if(from, name.end(), [c](char n) { return Same(n, c); });
    if (found == name.end()) return 0;
    breaks += found != from ? 1 : 0;
    from = found + 1;
  }
  return std::max(0.05, 0.35 * covered - 0.02 * static_cast<double>(breaks));
}

}  // namespace kvs::api::cardinality

// SPDX-License-Identifier: Apache-2.0
#include "kvs/ring/tokens.h"

#include <algorithm>

namespace kvs::ring {

uint64_t SeedOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

std::vector<uint32_t> TokensOf(std::string_view instance, uint32_t n) {
  Random random(SeedOf(instance));
  std::vector<uint32_t> tokens(n);
  for (uint32_t& token : tokens) token = random.Next32();
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

}  // namespace kvs::ring

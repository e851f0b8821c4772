// SPDX-License-Identifier: Apache-2.0
#include "long_values.h"

#include <openssl/evp.h>

#include "kvs/base/check.h"

namespace kvs::sink::validate {

LongValues LongValuesOf(std::string_view strategy) {
  if (strategy == "truncate") return LongValues::kTruncate;
  return strategy == "drop" ? LongValues::kDrop : LongValues::kRefuse;
}

std::string Shorten(std::string_view value, size_t limit, LongValues how) {
  KVS_CHECK(limit >= kValueHashBytes && value.size() > limit);
  std::string out;
  if (how == LongValues::kTruncate) {
    size_t kept = limit - kValueHashBytes;
    // Not in the middle of a character.
    while (kept > 0 && (static_cast<unsigned char>(value[kept]) & 0xc0) == 0x80) --kept;
    out = value.substr(0, kept);
  }
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  KVS_CHECK(EVP_Digest(value.data(), value.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "(hash:";
  for (unsigned int i = 0; i < size; ++i) {
    out += kDigits[digest[i] >> 4];
    out += kDigits[digest[i] & 15];
  }
  out += ')';
  return out;
}

}  // namespace kvs::sink::validate

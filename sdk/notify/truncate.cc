// SPDX-License-Identifier: Apache-2.0
#include "kvs/notify/truncate.h"

#include "kvs/base/rune.h"

namespace kvs::notify {
namespace {

constexpr std::string_view kEllipsis = "…";  // 3 bytes.

// Where the rune of this number begins; the end when there are fewer.
size_t OffsetOfRune(std::string_view text, size_t n) {
  size_t at = 0;
  for (size_t i = 0; i < n && at < text.size(); ++i) {
    size_t width = 0;
    DecodeRune(text, at, &width);
    at += width;
  }
  return at;
}

}  // namespace

std::string TruncateInRunes(std::string_view text, size_t n) {
  if (OffsetOfRune(text, n) == text.size()) return std::string(text);
  if (n <= 3) return std::string(text.substr(0, OffsetOfRune(text, n)));
  return std::string(text.substr(0, OffsetOfRune(text, n - 1))).append(kEllipsis);
}

std::string TruncateInBytes(std::string_view text, size_t n) {
  if (text.size() <= n) return std::string(text);
  if (n < kEllipsis.size()) return std::string(n, '.');
  size_t at = 0;
  while (at < text.size()) {
    size_t width = 0;
    DecodeRune(text, at, &width);
    if (at + width > n - kEllipsis.size()) break;
    at += width;
  }
  return std::string(text.substr(0, at)).append(kEllipsis);
}

size_t CountRunes(std::string_view text) {
  size_t n = 0;
  for (size_t at = 0; at < text.size(); ++n) {
    size_t width = 0;
    DecodeRune(text, at, &width);
    at += width;
  }
  return n;
}

}  // namespace kvs::notify

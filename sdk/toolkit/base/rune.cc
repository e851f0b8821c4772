// SPDX-License-Identifier: Apache-2.0
#include "kvs/base/rune.h"

#include <algorithm>
#include <iterator>

namespace kvs {

Rune DecodeRune(std::string_view text, size_t pos, size_t* width) {
  if (pos >= text.size()) {
    *width = 0;
    return kEofRune;
  }
  *width = 1;
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(text[pos + i]));
  };
  const uint32_t first = byte(0);
  if (first < 0x80) return static_cast<Rune>(first);

  size_t length = 0;
  uint32_t least = 0;  // A smaller value would be an overlong form.
  uint32_t rune = 0;
  if ((first & 0xE0) == 0xC0) {
    length = 2, least = 0x80, rune = first & 0x1F;
  } else if ((first & 0xF0) == 0xE0) {
    length = 3, least = 0x800, rune = first & 0x0F;
  } else if ((first & 0xF8) == 0xF0) {
    length = 4, least = 0x10000, rune = first & 0x07;
  } else {
    return kRuneError;
  }
  if (text.size() - pos < length) return kRuneError;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kRuneError;
    rune = rune << 6 | (byte(i) & 0x3F);
  }
  if (rune < least || rune > static_cast<uint32_t>(kMaxRune) || (rune >= 0xD800 && rune < 0xE000))
    return kRuneError;
  *width = length;
  return static_cast<Rune>(rune);
}

void AppendRune(std::string& out, Rune rune) {
  const auto r = static_cast<uint32_t>(rune);
  const auto push = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (r < 0x80) {
    push(r);
  } else if (r < 0x800) {
    push(0xC0 | r >> 6);
    push(0x80 | (r & 0x3F));
  } else if (r < 0x10000) {
    push(0xE0 | r >> 12);
    push(0x80 | (r >> 6 & 0x3F));
    push(0x80 | (r & 0x3F));
  } else {
    push(0xF0 | r >> 18);
    push(0x80 | (r >> 12 & 0x3F));
    push(0x80 | (r >> 6 & 0x3F));
    push(0x80 | (r & 0x3F));
  }
}

bool IsPrintable(Rune r) {
  struct Range {
    Rune first;
    Rune last;
  };
  // The blocks that occur in practice: controls, spaces other than blank, format characters,
  // surrogates, private use.
  static constexpr Range kHidden[] = {
      {0x00, 0x1F},     {0x7F, 0xA0},     {0xAD, 0xAD},       {0x600, 0x605},      {0x61C, 0x61C},
      {0x6DD, 0x6DD},   {0x70F, 0x70F},   {0x1680, 0x1680},   {0x180E, 0x180E},    {0x2000, 0x200F},
      {0x2028, 0x202F}, {0x205F, 0x206F}, {0x3000, 0x3000},   {0xD800, 0xF8FF},    {0xFEFF, 0xFEFF},
      {0xFFF0, 0xFFFB}, {0xFFFE, 0xFFFF}, {0xE0000, 0xE00FF}, {0xE01F0, kMaxRune},
  };
  const auto* const range =
      std::upper_bound(std::begin(kHidden), std::end(kHidden), r,
                       [](Rune rune, const Range& hidden) { return rune < hidden.first; });
  return range == std::begin(kHidden) || r > std::prev(range)->last;
}

}  // namespace kvs

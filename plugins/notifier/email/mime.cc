// SPDX-License-Identifier: Apache-2.0
#include "mime.h"

#include <algorithm>

#include "kvs/base/rune.h"

namespace kvs::notifier::email {
namespace {

constexpr std::string_view kWordBegin = "=?utf-8?q?", kWordEnd = "?=";
constexpr size_t kWordMax = 75 - 12;  // What stands between both.
constexpr size_t kLineMax = 76;

void AppendHex(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out.push_back('=');
  out.push_back(kDigits[byte >> 4]);
  out.push_back(kDigits[byte & 15]);
}

bool IsPrintable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

std::string EncodeHeader(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return IsPrintable(c) || c == '\t'; }))
    return std::string(text);
  std::string out(kWordBegin);
  size_t in_word = 0;
  for (size_t at = 0; at < text.size();) {
    size_t width = 0;
    DecodeRune(text, at, &width);
    std::string encoded;
    for (const char c : text.substr(at, width)) {
      if (c == ' ') {
        encoded.push_back('_');
      } else if (IsPrintable(c) && c != '=' && c != '?' && c != '_') {
        encoded.push_back(c);
      } else {
        AppendHex(encoded, c);
      }
    }
    if (in_word + encoded.size() > kWordMax) {  // A rune stays whole.
      out.append(kWordEnd).append("\r\n ").append(kWordBegin);
      in_word = 0;
    }
    out += encoded;
    in_word += encoded.size();
    at += width;
  }
  return out.append(kWordEnd);
}

bool IsHeaderName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  size_t in_line = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n')) {
      i += c == '\r' ? 1 : 0;
      out += "\r\n";
      in_line = 0;
      continue;
    }
    const bool ends = i + 1 == text.size() || text[i + 1] == '\n' || text[i + 1] == '\r';
    const bool blank = c == ' ' || c == '\t';
    const bool plain = (blank && !ends) || (IsPrintable(c) && !blank && c != '=');
    const size_t size = plain ? 1 : 3;
    if (in_line + size > kLineMax - 1) {  // Room for the soft break's "=".
      out += "=\r\n";
      in_line = 0;
    }
    if (plain) {
      out.push_back(c);
    } else {
      AppendHex(out, c);
    }
    in_line += size;
  }
  return out;
}

}  // namespace kvs::notifier::email

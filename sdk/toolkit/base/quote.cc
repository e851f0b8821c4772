// SPDX-License-Identifier: Apache-2.0
#include "kvs/base/quote.h"

#include <algorithm>

namespace kvs {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

void AppendHex(std::string& out, uint32_t value, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    out.push_back(kHexDigits[(value >> shift) & 0xF]);
}

void AppendEscaped(std::string& out, Rune r, char quote) {
  if (r == quote || r == '\\') {
    out.push_back('\\');
    out.push_back(static_cast<char>(r));
    return;
  }
  if (IsPrintable(r)) return AppendRune(out, r);
  switch (r) {
    case '\a':
      out += "\\a";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\v':
      out += "\\v";
      return;
    default:
      break;
  }
  if (r < 0x80) {
    out += "\\x";
    AppendHex(out, static_cast<uint32_t>(r), 2);
  } else if (r < 0x10000) {
    out += "\\u";
    AppendHex(out, static_cast<uint32_t>(r), 4);
  } else {
    out += "\\U";
    AppendHex(out, static_cast<uint32_t>(r), 8);
  }
}

uint32_t DigitValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint32_t>(c - 'A' + 10);
  return 0;
}

// Takes `count` digits of `base` from `body` at `*i`.
uint32_t TakeDigits(std::string_view body, size_t* i, int count, uint32_t base) {
  uint32_t value = 0;
  for (; count > 0 && *i < body.size(); --count) value = value * base + DigitValue(body[(*i)++]);
  return value;
}

// Appends what the escape sequence at `*i`, just after the backslash, stands for.
void AppendUnescaped(std::string& out, std::string_view body, size_t* i) {
  const char c = body[(*i)++];
  switch (c) {
    case 'a':
      out.push_back('\a');
      return;
    case 'b':
      out.push_back('\b');
      return;
    case 'f':
      out.push_back('\f');
      return;
    case 'n':
      out.push_back('\n');
      return;
    case 'r':
      out.push_back('\r');
      return;
    case 't':
      out.push_back('\t');
      return;
    case 'v':
      out.push_back('\v');
      return;
    // Octal and \x give bytes, so a string need not be UTF-8; \u and \U give runes.
    case 'x':
      out.push_back(static_cast<char>(TakeDigits(body, i, 2, 16)));
      return;
    case 'u':
      AppendRune(out, static_cast<Rune>(TakeDigits(body, i, 4, 16)));
      return;
    case 'U':
      AppendRune(out, static_cast<Rune>(TakeDigits(body, i, 8, 16)));
      return;
    default:
      break;
  }
  if (c >= '0' && c <= '7') {
    --*i;
    out.push_back(static_cast<char>(TakeDigits(body, i, 3, 8)));
  } else {
    out.push_back(c);
  }
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view text) {
  out.push_back('"');
  size_t width = 0;
  for (size_t pos = 0; pos < text.size(); pos += width) {
    const Rune r = DecodeRune(text, pos, &width);
    if (r == kRuneError && width == 1) {
      out += "\\x";
      AppendHex(out, static_cast<unsigned char>(text[pos]), 2);
    } else {
      AppendEscaped(out, r, '"');
    }
  }
  out.push_back('"');
}

std::string Quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  AppendQuoted(out, text);
  return out;
}

std::string QuoteRune(Rune rune) {
  std::string out = "'";
  AppendEscaped(out, rune < 0 ? kRuneError : rune, '\'');
  out.push_back('\'');
  return out;
}

std::string RuneName(Rune rune) {
  const auto r = static_cast<uint32_t>(rune);
  std::string out = "U+";
  AppendHex(out, r, r < 0x10000 ? 4 : r < 0x100000 ? 5 : 6);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' ? char(c - ('a' - 'A')) : c; });
  if (IsPrintable(rune)) {
    out += " '";
    AppendRune(out, rune);
    out += "'";
  }
  return out;
}

std::string Unquote(std::string_view token) {
  const std::string_view body = token.substr(1, token.size() - 2);
  if (token[0] == '`' || body.find('\\') == std::string_view::npos) return std::string(body);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    if (body[i] != '\\') {
      out.push_back(body[i++]);
    } else {
      AppendUnescaped(out, body, &++i);
    }
  }
  return out;
}

}  // namespace kvs

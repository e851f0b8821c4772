// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/url.h"

#include "kvs/base/quote.h"

namespace kvs::http {
namespace {

constexpr char kUpperHexDigits[] = "0123456789ABCDEF";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsUnreserved(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '_' || c == '.' || c == '~';
}

}  // namespace

Status AppendUnescaped(std::string_view text, PlusSign plus, std::string& out) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plus == PlusSign::kIsSpace) {
      out.push_back(' ');
    } else if (c != '%') {
      out.push_back(c);
    } else {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        return InvalidArgument("invalid URL escape ", Quote(text.substr(i, 3)));
      }
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    }
  }
  return OkStatus();
}

std::string Escape(std::string_view text, PlusSign plus) {
  std::string out;
  for (const char c : text) {
    if (IsUnreserved(c)) {
      out.push_back(c);
    } else if (c == ' ' && plus == PlusSign::kIsSpace) {
      out.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      StrAppend(out, '%', kUpperHexDigits[byte >> 4], kUpperHexDigits[byte & 15]);
    }
  }
  return out;
}

}  // namespace kvs::http

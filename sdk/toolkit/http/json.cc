// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace kvs::http {
namespace {

constexpr char kLowerHexDigits[] = "0123456789abcdef";
// Longest plain float: sign, 21 digits, or "0.00000" with 17 digits.
constexpr size_t kFloatMax = 40;

void AppendEscape(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
    case '\\': {
      const char escape[] = {'\\', static_cast<char>(c)};
      out.append(escape, 2);
      return;
    }
    case '\n':
      out.append("\\n");
      return;
    case '\r':
      out.append("\\r");
      return;
    case '\t':
      out.append("\\t");
      return;
    default: {
      const char escape[] = {'\\', 'u', '0', '0', kLowerHexDigits[c >> 4], kLowerHexDigits[c & 15]};
      out.append(escape, sizeof(escape));
    }
  }
}

// By byte: bit 0 where AppendJsonString() copies it as it is, bit 1 where
// AppendHtmlSafeJsonString() does.
constexpr auto kPlain = [] {
  std::array<uint8_t, 256> out{};
  for (int c = 0x20; c < 256; ++c) {
    const bool plain = c != '"' && c != '\\';
    const bool html = plain && c < 0x80 && c != '<' && c != '>' && c != '&';
    out[static_cast<size_t>(c)] = static_cast<uint8_t>((plain ? 1 : 0) | (html ? 2 : 0));
  }
  return out;
}();

bool IsPlain(unsigned char c) {
  return (kPlain[c] & 1) != 0;
}
bool IsHtmlPlain(unsigned char c) {
  return (kPlain[c] & 2) != 0;
}

// Appends `text` quoted if none of it needs an escape, as nearly all do; false if it does.
bool AppendIfPlain(std::string& out, std::string_view text, uint8_t plain) {
  char quoted[256];
  if (text.size() > sizeof(quoted) - 2) return false;
  uint8_t all = plain;
  for (const char c : text) all &= kPlain[static_cast<unsigned char>(c)];
  if (all == 0) return false;
  quoted[0] = '"';
  std::memcpy(quoted + 1, text.data(), text.size());
  quoted[text.size() + 1] = '"';
  out.append(quoted, text.size() + 2);
  return true;
}

// Length of the well-formed UTF-8 sequence at the beginning of `text`; 0 when there is none.
size_t SequenceLength(std::string_view text) {
  const auto at = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = at(0);
  size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
  if (first >= 0xc2 && first <= 0xdf) {
    length = 2;
  } else if (first >= 0xe0 && first <= 0xef) {
    length = 3;
    if (first == 0xe0) low = 0xa0;
    if (first == 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    length = 4;
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f;
  }
  if (length == 0 || text.size() < length || at(1) < low || at(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (at(i) < 0x80 || at(i) > 0xbf) return 0;
  }
  return length;
}

char* WriteTimestamp(char* out, int64_t ms) {
  uint64_t magnitude = static_cast<uint64_t>(ms);
  if (ms < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  out = std::to_chars(out, out + 20, magnitude / 1000).ptr;
  const uint32_t fraction = static_cast<uint32_t>(magnitude % 1000);
  if (fraction != 0) {
    *out++ = '.';
    *out++ = static_cast<char>('0' + fraction / 100);
    *out++ = static_cast<char>('0' + fraction / 10 % 10);
    *out++ = static_cast<char>('0' + fraction % 10);
  }
  return out;
}

// The shortest digits, laid out without an exponent. For large numbers std::chars_format::fixed
// will not do: it prints all their exact digits, where Go fills up with zeros.
char* WritePlain(char* out, double value) {
  char scientific[32];
  const char* const end = std::to_chars(scientific, scientific + sizeof(scientific), value,
                                        std::chars_format::scientific)
                              .ptr;
  const char* at = scientific;
  if (*at == '-') *out++ = *at++;
  char digits[20];
  int n = 0;
  for (; *at != 'e'; ++at) {
    if (*at != '.') digits[n++] = *at;
  }
  int exponent = 0;
  ++at;
  std::from_chars(*at == '+' ? at + 1 : at, end, exponent);
  const int point = exponent + 1;  // Digits before the decimal point.
  if (point <= 0) {
    *out++ = '0';
    *out++ = '.';
    for (int i = point; i < 0; ++i) *out++ = '0';
    std::memcpy(out, digits, static_cast<size_t>(n));
    return out + n;
  }
  for (int i = 0; i < point; ++i) *out++ = i < n ? digits[i] : '0';
  if (n > point) {
    *out++ = '.';
    for (int i = point; i < n; ++i) *out++ = digits[i];
  }
  return out;
}

// Numbers with up to three decimals, such as 0.25: a decimal of at most 15 digits is the only one
// of its kind for its double, so there are no shorter digits to search for. Null for others.
char* WriteShortDecimal(char* out, double value) {
  const double magnitude = std::fabs(value);
  const double thousandths = magnitude * 1000;
  if (!(thousandths < 1e15) || thousandths < 1) return nullptr;
  const auto whole = static_cast<uint64_t>(thousandths);
  if (static_cast<double>(whole) / 1000 != magnitude) return nullptr;
  if (value < 0) *out++ = '-';
  out = std::to_chars(out, out + 20, whole / 1000).ptr;
  auto fraction = static_cast<unsigned>(whole % 1000);
  *out++ = '.';
  for (unsigned unit = 100; fraction != 0; unit /= 10) {
    *out++ = static_cast<char>('0' + fraction / unit);
    fraction %= unit;
  }
  return out;
}

char* WriteFloat(char* out, double value) {
  // Most values are whole numbers, and those need no search for the shortest digits.
  constexpr double kExact = 9007199254740992.0;
  if (value > -kExact && value < kExact) {
    const auto whole = static_cast<int64_t>(value);
    if (static_cast<double>(whole) == value && (whole != 0 || !std::signbit(value))) {
      return std::to_chars(out, out + 20, whole).ptr;
    }
  }
  if (char* const end = WriteShortDecimal(out, value)) return end;
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e-6 && magnitude < kExact) {
    // Below 2^53 these are Go's digits; above, they would be all of a large number's exact ones.
    return std::to_chars(out, out + kFloatMax, value, std::chars_format::fixed).ptr;
  }
  if (magnitude >= kExact && magnitude < 1e21) return WritePlain(out, value);
  if (value == 0) return std::strcpy(out, "-0") + 2;
  if (std::isnan(value)) return std::strcpy(out, "NaN") + 3;
  if (std::isinf(value)) return std::strcpy(out, value > 0 ? "+Inf" : "-Inf") + 4;
  return std::to_chars(out, out + kFloatMax, value, std::chars_format::scientific).ptr;
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  if (AppendIfPlain(out, text, 1)) return;
  out.push_back('"');
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (IsPlain(c)) continue;
    out.append(text.substr(begin, i - begin));
    AppendEscape(out, c);
    begin = i + 1;
  }
  out.append(text.substr(begin));
  out.push_back('"');
}

void AppendHtmlSafeJsonString(std::string& out, std::string_view text) {
  if (AppendIfPlain(out, text, 2)) return;
  out.push_back('"');
  size_t begin = 0;
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (IsHtmlPlain(c)) {
      ++i;
      continue;
    }
    size_t length = 1;
    if (c >= 0x80) {
      length = SequenceLength(text.substr(i));
      const std::string_view sequence = text.substr(i, length);
      if (length != 0 && sequence != "\u2028" && sequence != "\u2029") {
        i += length;
        continue;
      }
    }
    out.append(text.substr(begin, i - begin));
    if (c < 0x80) {
      AppendEscape(out, c);
    } else if (length == 0) {
      out.append("\\ufffd");
      length = 1;
    } else {
      out.append(text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029");
    }
    i += length;
    begin = i;
  }
  out.append(text.substr(begin));
  out.push_back('"');
}

void AppendFloat(std::string& out, double value) {
  char buffer[kFloatMax];
  out.append(buffer, WriteFloat(buffer, value));
}

void AppendTimestamp(std::string& out, int64_t ms) {
  char buffer[32];
  out.append(buffer, WriteTimestamp(buffer, ms));
}

void AppendPoint(std::string& out, int64_t ms, double value) {
  char buffer[32 + kFloatMax + 8];
  char* at = buffer;
  *at++ = '[';
  at = WriteTimestamp(at, ms);
  *at++ = ',';
  *at++ = '"';
  at = WriteFloat(at, value);
  *at++ = '"';
  *at++ = ']';
  out.append(buffer, at);
}

PointsWriter::PointsWriter(size_t most_points) {
  constexpr size_t kMost = 4096;  // Beyond, times are written anew each time.
  stamps_.resize(std::min(most_points, kMost));
}

void PointsWriter::Append(std::string& out, const int64_t* ms, const double* values, size_t n) {
  // Appending to a string point by point would ask for its capacity each time.
  char buffer[4096];
  constexpr size_t kPointMax = sizeof(Stamp::text) + kFloatMax + 4;
  char* at = buffer;
  for (size_t i = 0; i < n; ++i) {
    if (at > buffer + sizeof(buffer) - kPointMax) {
      out.append(buffer, at);
      at = buffer;
    }
    if (i > 0) *at++ = ',';
    Stamp unkept;
    Stamp& stamp = i < stamps_.size() ? stamps_[i] : unkept;
    if (stamp.ms != ms[i] || stamp.size == 0) [[unlikely]] {
      stamp.ms = ms[i];
      stamp.text[0] = '[';
      char* end = WriteTimestamp(stamp.text + 1, ms[i]);
      *end++ = ',';
      *end++ = '"';
      stamp.size = static_cast<uint32_t>(end - stamp.text);
    }
    std::memcpy(at, stamp.text, sizeof(stamp.text));
    at = WriteFloat(at + stamp.size, values[i]);
    *at++ = '"';
    *at++ = ']';
  }
  out.append(buffer, at);
}

void JsonWriter::Int(int64_t value) {
  Comma();
  char buffer[24];
  out_.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

void JsonWriter::Uint(uint64_t value) {
  Comma();
  char buffer[24];
  out_.append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

void JsonWriter::SampleValue(double value) {
  Comma();
  out_.push_back('"');
  AppendFloat(out_, value);
  out_.push_back('"');
}

void JsonWriter::Number(double value) {
  Comma();
  AppendFloat(out_, value);
}

}  // namespace kvs::http

// SPDX-License-Identifier: Apache-2.0
#include "numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"
#include "kvs/promql/printer.h"

namespace kvs::promql {
namespace {

constexpr double kNanosPerSecond = 1e9;
constexpr double kNanosMax = 9223372036854775808.0;  // 2^63

bool EqualsIgnoringCase(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b;
  });
}

// `text` without its underscores, or nothing when one of them is not between digits.
std::optional<std::string> WithoutUnderscores(std::string_view text, bool hexadecimal) {
  std::string out;
  out.reserve(text.size());
  bool after_digit = hexadecimal;  // The prefix counts as one.
  bool after_underscore = false;
  for (const char c : text) {
    if (c == '_') {
      if (!after_digit) return std::nullopt;
      after_digit = false;
      after_underscore = true;
      continue;
    }
    after_digit = IsDigit(c) || (hexadecimal && std::isxdigit(static_cast<unsigned char>(c)) != 0);
    if (after_underscore && !after_digit) return std::nullopt;
    after_underscore = false;
    out.push_back(c);
  }
  if (after_underscore) return std::nullopt;
  return out;
}

std::optional<double> ParseInteger(std::string_view digits, int base) {
  int64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

// Whether a decimal number that does not fit a double is too large rather than too small.
bool IsHuge(std::string_view text) {
  const size_t e = text.find_first_of("eE");
  const std::string_view mantissa = text.substr(0, e);
  int64_t exponent = 0;
  if (e != std::string_view::npos) {
    const std::string_view digits = text.substr(e + 1);
    if (digits[0] == '-') return false;
    const size_t skip = digits[0] == '+' ? 1 : 0;
    const auto result =
        std::from_chars(digits.data() + skip, digits.data() + digits.size(), exponent);
    if (result.ec != std::errc()) return true;
  }
  const size_t first = mantissa.find_first_not_of("0.");
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  return first < point || exponent > static_cast<int64_t>(first - point);
}

// Significant digits and the decimal exponent of the first one: 0.00123 is "123" and -3. For finite
// values.
struct Decimal {
  char digits[24];
  int count = 0;
  int exponent = 0;
};

Decimal Shortest(double magnitude) {
  Decimal decimal;
  char buffer[40];
  const char* const end =
      std::to_chars(buffer, buffer + sizeof(buffer), magnitude, std::chars_format::scientific).ptr;
  const char* c = buffer;
  for (; c != end && *c != 'e'; ++c) {
    if (*c != '.') decimal.digits[decimal.count++] = *c;
  }
  const char* const sign = c + 1;
  std::from_chars(*sign == '+' ? sign + 1 : sign, end, decimal.exponent);
  return decimal;
}

// Handles what has no digits; false when `value` is finite.
bool AppendSpecial(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    return false;
  }
  return true;
}

}  // namespace

StatusOr<double> ParseNumber(std::string_view text) {
  if (EqualsIgnoringCase(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  if (EqualsIgnoringCase(text, "inf")) return std::numeric_limits<double>::infinity();
  const auto fail = [text](std::string_view why) {
    return InvalidArgument("strconv.ParseFloat: parsing ", Quote(text), ": ", why);
  };

  if (text.size() >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    const std::optional<std::string> digits = WithoutUnderscores(text.substr(2), true);
    const std::optional<double> value =
        digits.has_value() ? ParseInteger(*digits, 16) : std::nullopt;
    if (!value.has_value()) return fail("invalid syntax");
    return *value;
  }

  const std::optional<std::string> plain = WithoutUnderscores(text, false);
  if (!plain.has_value()) return fail("invalid syntax");
  // A leading zero means octal, unless the digits say otherwise: 010 is 8 and 08 is 8.
  const int base = plain->size() > 1 && (*plain)[0] == '0' ? 8 : 10;
  if (const std::optional<double> value = ParseInteger(*plain, base)) return *value;

  double value = 0;
  const auto [end, error] = std::from_chars(plain->data(), plain->data() + plain->size(), value);
  if (error == std::errc::result_out_of_range && end == plain->data() + plain->size()) {
    if (IsHuge(*plain)) return fail("value out of range");
    return 0.0;
  }
  if (error != std::errc() || end != plain->data() + plain->size()) return fail("invalid syntax");
  return value;
}

StatusOr<double> ParseDurationSeconds(std::string_view text) {
  struct Unit {
    std::string_view name;
    uint64_t nanos;
  };
  static constexpr uint64_t kMs = 1000000;
  static constexpr Unit kUnits[] = {{"y", 31536000000 * kMs},
                                    {"w", 604800000 * kMs},
                                    {"d", 86400000 * kMs},
                                    {"h", 3600000 * kMs},
                                    {"m", 60000 * kMs},
                                    {"s", 1000 * kMs},
                                    {"ms", kMs}};
  static constexpr uint64_t kMax = uint64_t{1} << 63;
  const auto bad = [text] { return InvalidArgument("not a valid duration string: ", Quote(text)); };

  uint64_t total = 0;
  const Unit* allowed = kUnits;  // Units go from large to small, each at most once.
  for (std::string_view rest = text; !rest.empty();) {
    uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc()) return bad();
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    const size_t letters =
        static_cast<size_t>(std::find_if(rest.begin(), rest.end(), IsDigit) - rest.begin());
    const std::string_view name = rest.substr(0, letters);
    if (name.empty()) return bad();
    rest.remove_prefix(letters);
    const Unit* const unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                          [name](const Unit& u) { return u.name == name; });
    if (unit == std::end(kUnits)) {
      return InvalidArgument("unknown unit ", Quote(name), " in duration ", Quote(text));
    }
    if (unit < allowed) return bad();
    allowed = unit + 1;
    if (number > kMax / unit->nanos) return InvalidArgument("duration out of range");
    total += number * unit->nanos;
    if (total > kMax - 1) return InvalidArgument("duration out of range");
  }
  const uint64_t second = 1000 * kMs;
  return static_cast<double>(total / second) +
         static_cast<double>(total % second) / kNanosPerSecond;
}

bool DurationOutOfRange(double seconds) {
  return !(seconds <= kNanosMax / kNanosPerSecond && seconds >= -kNanosMax / kNanosPerSecond);
}

int64_t LiteralMs(double seconds) {
  // The bound itself is in range and rounds up to 2^63, which no int64_t holds.
  const double nanos = std::round(seconds * kNanosPerSecond);
  if (nanos >= kNanosMax) return std::numeric_limits<int64_t>::max() / 1000000;
  return static_cast<int64_t>(nanos) / 1000000;
}

void AppendDurationMs(std::string& out, int64_t ms) {
  out += FormatDurationMs(ms);
}

std::string FormatNumber(double value) {
  std::string out;
  if (AppendSpecial(out, value)) return out;
  if (std::signbit(value)) out.push_back('-');
  const Decimal d = Shortest(std::fabs(value));
  if (d.exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-d.exponent - 1), '0');
    out.append(d.digits, static_cast<size_t>(d.count));
    return out;
  }
  const int whole = std::min(d.count, d.exponent + 1);
  out.append(d.digits, static_cast<size_t>(whole));
  out.append(static_cast<size_t>(d.exponent + 1 - whole), '0');
  if (d.count > whole) {
    out.push_back('.');
    out.append(d.digits + whole, static_cast<size_t>(d.count - whole));
  }
  return out;
}

void AppendShortFloat(std::string& out, double value) {
  constexpr int kExponentFrom = 6;
  if (AppendSpecial(out, value)) return;
  const Decimal d = Shortest(std::fabs(value));
  if (d.exponent >= -4 && d.exponent < kExponentFrom) {
    out += FormatNumber(value);
    return;
  }
  if (std::signbit(value)) out.push_back('-');
  out.push_back(d.digits[0]);
  if (d.count > 1) {
    out.push_back('.');
    out.append(d.digits + 1, static_cast<size_t>(d.count - 1));
  }
  const int magnitude = std::abs(d.exponent);
  StrAppend(out, 'e', d.exponent < 0 ? '-' : '+', magnitude < 10 ? "0" : "", magnitude);
}

void AppendFixedFloat(std::string& out, double value, int decimals) {
  if (AppendSpecial(out, value)) return;
  char buffer[400];  // The largest double has 309 digits.
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::fixed, decimals).ptr;
  out.append(buffer, end);
}

}  // namespace kvs::promql

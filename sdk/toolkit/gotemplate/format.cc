// SPDX-License-Identifier: Apache-2.0
// fmt of Go for the kinds of values there are: Sprintf with its flags, widths, argument indexes and
// complaints, Sprint, and floats as strconv writes them.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "kvs/base/quote.h"
#include "kvs/base/rune.h"
#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

namespace kvs::gotemplate {
namespace {

// Beyond these nothing can be meant; Go has the same bound.
constexpr int kWidthMax = 1'000'000;

struct Spec {
  bool minus = false, plus = false, sharp = false, space = false, zero = false;
  int width = -1;
  int precision = -1;
};

size_t RuneCount(std::string_view text) {
  size_t n = 0;
  for (size_t i = 0, width = 0; i < text.size(); i += width, ++n) DecodeRune(text, i, &width);
  return n;
}

void Pad(std::string& out, const Spec& spec, std::string text) {
  const size_t n = RuneCount(text);
  const size_t width = spec.width < 0 ? 0 : static_cast<size_t>(spec.width);
  if (n >= width) {
    out += text;
  } else if (spec.minus) {
    out += text;
    out.append(width - n, ' ');
  } else if (spec.zero) {
    const size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
    out.append(text, 0, sign);
    out.append(width - n, '0');
    out.append(text, sign);
  } else {
    out.append(width - n, ' ');
    out += text;
  }
}

void FormatInteger(std::string& out, const Spec& spec, bool negative, uint64_t magnitude, int base,
                   bool upper) {
  char buffer[80];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, magnitude, base).ptr;
  std::string digits(buffer, end);
  if (upper)
    std::transform(digits.begin(), digits.end(), digits.begin(),
                   [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  if (spec.precision >= 0 && digits.size() < static_cast<size_t>(spec.precision)) {
    digits.insert(0, static_cast<size_t>(spec.precision) - digits.size(), '0');
  }
  if (spec.sharp && base == 16) digits.insert(0, upper ? "0X" : "0x");
  if (spec.sharp && base == 8) digits.insert(0, "0");
  if (spec.sharp && base == 2) digits.insert(0, "0b");
  if (negative) {
    digits.insert(0, "-");
  } else if (spec.plus || spec.space) {
    digits.insert(0, spec.plus ? "+" : " ");
  }
  Spec pad = spec;
  if (spec.precision >= 0) pad.zero = false;
  Pad(out, pad, digits);
}

void FormatInt(std::string& out, const Spec& spec, int64_t value, int base, bool upper) {
  FormatInteger(out, spec, value < 0,
                value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value), base,
                upper);
}

void FormatFloatVerb(std::string& out, const Spec& spec, double value, char verb) {
  std::string text =
      FormatFloat(value,
                  verb == 'v'   ? 'g'
                  : verb == 'F' ? 'f'
                                : verb,
                  spec.precision >= 0 ? spec.precision
                  : verb == 'v' || verb == 'g' || verb == 'G' || verb == 'x' || verb == 'X' ? -1
                                                                                            : 6);
  if (spec.plus && text[0] != '-' && text[0] != '+') text.insert(0, "+");
  if (spec.space && text[0] != '-' && text[0] != '+') text.insert(0, " ");
  Spec pad = spec;
  if (!std::isfinite(value)) pad.zero = false;
  Pad(out, pad, text);
}

void FormatText(std::string& out, const Spec& spec, std::string_view text, char verb) {
  std::string shown(text);
  if (spec.precision >= 0) {
    size_t at = 0, width = 0;
    for (int i = 0; i < spec.precision && at < shown.size(); ++i, at += width)
      DecodeRune(shown, at, &width);
    shown.resize(at);
  }
  if (verb == 'q')
    shown =
        spec.sharp && shown.find('`') == std::string::npos ? StrCat("`", shown, "`") : Quote(shown);
  if (verb == 'x' || verb == 'X') {
    std::string hex;
    for (const char c : shown) {
      char buffer[4];
      std::snprintf(buffer, sizeof buffer, verb == 'x' ? "%02x" : "%02X",
                    static_cast<unsigned char>(c));
      if (spec.space && !hex.empty()) hex.push_back(' ');
      hex += buffer;
    }
    shown = hex;
  }
  Pad(out, spec, shown);
}

void FormatOne(std::string& out, const Spec& spec, const Value& value, char verb);

void BadVerb(std::string& out, const Value& value, char verb) {
  StrAppend(out, "%!", verb, "(");
  if (value.is_nil()) {
    out += "<nil>";
  } else {
    StrAppend(out, value.TypeName(), "=", value.Print());
  }
  out += ")";
}

void FormatEach(std::string& out, const Spec& spec, const Value& value, char verb) {
  if (value.kind() == Value::Kind::kList) {
    out.push_back('[');
    bool first = true;
    for (const Value& item : value.as_list().items) {
      if (!std::exchange(first, false)) out.push_back(' ');
      FormatOne(out, spec, item, verb);
    }
    out.push_back(']');
    return;
  }
  const Map& map = value.as_map();
  out += map.is_struct ? "{" : "map[";
  bool first = true;
  for (const auto& [name, item] : map.pairs) {
    if (!std::exchange(first, false)) out.push_back(' ');
    if (!map.is_struct) {
      FormatOne(out, spec, Value(name), verb);
      out.push_back(':');
    }
    FormatOne(out, spec, item, verb);
  }
  out += map.is_struct ? "}" : "]";
}

void FormatOne(std::string& out, const Spec& spec, const Value& value, char verb) {
  if (verb == 'T') return Pad(out, spec, value.is_nil() ? "<nil>" : value.TypeName());
  const bool texty = verb == 'v' || verb == 's' || verb == 'q' || verb == 'x' || verb == 'X';
  switch (value.kind()) {
    case Value::Kind::kNil:
      if (verb == 'v') return Pad(out, spec, "<nil>");
      return BadVerb(out, value, verb);
    case Value::Kind::kBool:
      if (verb == 't' || verb == 'v') return Pad(out, spec, value.as_bool() ? "true" : "false");
      return BadVerb(out, value, verb);
    case Value::Kind::kInt: {
      const int64_t v = value.as_int();
      switch (verb) {
        case 'v':
        case 'd':
          return FormatInt(out, spec, v, 10, false);
        case 'b':
          return FormatInt(out, spec, v, 2, false);
        case 'o':
          return FormatInt(out, spec, v, 8, false);
        case 'x':
        case 'X':
          return FormatInt(out, spec, v, 16, verb == 'X');
        case 'c': {
          std::string text;
          AppendRune(text, v < 0 || v > kMaxRune ? kRuneError : static_cast<Rune>(v));
          return Pad(out, spec, text);
        }
        case 'q':
          return Pad(out, spec,
                     QuoteRune(v < 0 || v > kMaxRune ? kRuneError : static_cast<Rune>(v)));
        case 'U': {
          char buffer[32];
          std::snprintf(buffer, sizeof buffer, "U+%04llX", static_cast<unsigned long long>(v));
          return Pad(out, spec, buffer);
        }
        default:
          return BadVerb(out, value, verb);
      }
    }
    case Value::Kind::kUint: {
      const int base = verb == 'v' || verb == 'd'   ? 10
                       : verb == 'b'                ? 2
                       : verb == 'o'                ? 8
                       : verb == 'x' || verb == 'X' ? 16
                                                    : 0;
      // Of characters, those beyond what a signed one holds are no runes anyhow.
      if (base == 0 && (verb == 'c' || verb == 'q' || verb == 'U') && value.as_uint() <= INT64_MAX)
        return FormatOne(out, spec, static_cast<int64_t>(value.as_uint()), verb);
      if (base == 0) return BadVerb(out, value, verb);
      return FormatInteger(out, spec, false, value.as_uint(), base, verb == 'X');
    }
    case Value::Kind::kFloat:
      if (std::string_view("vbeEfFgGxX").find(verb) == std::string_view::npos)
        return BadVerb(out, value, verb);
      return FormatFloatVerb(out, spec, value.as_float(), verb);
    case Value::Kind::kString:
      if (texty)
        return FormatText(out, spec, value.as_string(), verb == 'v' && spec.sharp ? 'q' : verb);
      return BadVerb(out, value, verb);
    case Value::Kind::kDuration:
      if (verb == 'd') return FormatInt(out, spec, value.as_duration().ns, 10, false);
      if (texty) return FormatText(out, spec, value.Print(), verb);
      return BadVerb(out, value, verb);
    case Value::Kind::kTime:
      if (texty) return FormatText(out, spec, value.Print(), verb);
      return BadVerb(out, value, verb);
    case Value::Kind::kList:
    case Value::Kind::kMap:
      if (texty && value.FindMethod("String") != nullptr)
        return FormatText(out, spec, value.Print(), verb);
      return FormatEach(out, spec, value, verb);
  }
}

// Reads digits; -1 when there are none.
int ReadNumber(std::string_view text, size_t* at) {
  int number = -1;
  while (*at < text.size() && text[*at] >= '0' && text[*at] <= '9') {
    number = std::min(kWidthMax + 1, std::max(number, 0) * 10 + (text[(*at)++] - '0'));
  }
  return number;
}

}  // namespace

std::string FormatFloat(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  char buffer[400];
  const bool upper = verb == 'E' || verb == 'G' || verb == 'X';
  const char kind = static_cast<char>(verb | 32);
  std::string text;
  precision = std::min(precision, 1000);
  if (kind == 'g') {
    // Digits first, since the choice between the two forms depends on how many there are.
    std::string digits;
    if (precision < 0) {
      digits.assign(
          buffer,
          std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr);
    } else {
      const int n = std::snprintf(buffer, sizeof buffer, "%.*e",
                                  std::min(std::max(precision, 1) - 1, 300), value);
      digits.assign(buffer, static_cast<size_t>(n));
    }
    const size_t e = digits.find('e');
    const int exponent = std::atoi(digits.c_str() + e + 1);
    std::string mantissa = digits.substr(0, e);
    if (mantissa.find('.') != std::string::npos) {
      while (mantissa.back() == '0') mantissa.pop_back();
      if (mantissa.back() == '.') mantissa.pop_back();
    }
    int eprec = precision < 0 ? 6 : std::max(precision, 1);
    const int n_digits = static_cast<int>(std::count_if(
        mantissa.begin(), mantissa.end(), [](char c) { return c >= '0' && c <= '9'; }));
    if (precision >= 0 && eprec > n_digits && n_digits >= exponent + 1) eprec = n_digits;
    if (exponent < -4 || exponent >= eprec) {
      text = mantissa;
      std::snprintf(buffer, sizeof buffer, "e%c%02d", exponent < 0 ? '-' : '+', std::abs(exponent));
      text += buffer;
    } else {
      const int decimals = std::max(0, n_digits - 1 - exponent);
      const int n = std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
      text.assign(buffer, static_cast<size_t>(n));
      if (precision >= 0 && exponent >= n_digits) {
        // %f writes digits that the precision has rounded away.
        const double rounded = std::strtod(digits.c_str(), nullptr);
        text.assign(buffer,
                    static_cast<size_t>(std::snprintf(buffer, sizeof buffer, "%.0f", rounded)));
      } else if (precision >= 0) {
        const double rounded = std::strtod(digits.c_str(), nullptr);
        text.assign(buffer, static_cast<size_t>(
                                std::snprintf(buffer, sizeof buffer, "%.*f", decimals, rounded)));
      }
    }
  } else if (kind == 'x') {
    const auto end = precision < 0 ? std::to_chars(buffer, buffer + sizeof buffer, std::abs(value),
                                                   std::chars_format::hex)
                                         .ptr
                                   : std::to_chars(buffer, buffer + sizeof buffer, std::abs(value),
                                                   std::chars_format::hex, std::min(precision, 300))
                                         .ptr;
    text = StrCat(std::signbit(value) ? "-0x" : "0x",
                  std::string_view(buffer, static_cast<size_t>(end - buffer)));
    if (text[text.size() - 2] == '+' || text[text.size() - 2] == '-')
      text.insert(text.size() - 1, "0");  // Two digits of exponent.
  } else if (precision < 0) {
    const auto form = kind == 'e' ? std::chars_format::scientific : std::chars_format::fixed;
    text.assign(buffer, std::to_chars(buffer, buffer + sizeof buffer, value, form).ptr);
  } else {
    const char format[] = {'%', '.', '*', kind, '\0'};
    std::string wide(static_cast<size_t>(precision) + 400, '\0');
    const int n = std::snprintf(wide.data(), wide.size(), format, precision, value);
    text = wide.substr(0, static_cast<size_t>(n));
  }
  if (upper)
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return text;
}

std::string Sprint(const std::vector<Value>& args) {
  std::string out;
  bool previous_text = true;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool is_text = args[i].is_string();
    if (i > 0 && !is_text && !previous_text) out.push_back(' ');
    out += args[i].Print();
    previous_text = is_text;
  }
  return out;
}

std::string Sprintf(std::string_view format, const std::vector<Value>& args, size_t max_bytes) {
  std::string out;
  size_t next = 0;
  bool reordered = false;
  for (size_t i = 0; i < format.size() && out.size() <= max_bytes;) {
    if (format[i] != '%') {
      const size_t end = std::min(format.find('%', i), format.size());
      out.append(format.substr(i, end - i));
      i = end;
      continue;
    }
    ++i;
    Spec spec;
    bool bad_index = false;
    bool after_index = false;
    for (; i < format.size(); ++i) {
      if (format[i] == '-')
        spec.minus = true;
      else if (format[i] == '+')
        spec.plus = true;
      else if (format[i] == '#')
        spec.sharp = true;
      else if (format[i] == ' ')
        spec.space = true;
      else if (format[i] == '0')
        spec.zero = true;
      else
        break;
    }
    if (spec.minus) spec.zero = false;
    // [3] chooses the argument for what follows.
    const auto index = [&] {
      if (i >= format.size() || format[i] != '[') return;
      reordered = true;
      const size_t close = format.find(']', i);
      if (close == std::string_view::npos) {
        bad_index = true;
        ++i;
        return;
      }
      size_t at = i + 1;
      const int number = ReadNumber(format, &at);
      if (at == close && number >= 1 && static_cast<size_t>(number) <= args.size()) {
        next = static_cast<size_t>(number) - 1;
        after_index = true;
      } else {
        bad_index = true;
      }
      i = close + 1;
    };
    const auto star = [&](int* to, std::string_view complaint) {
      ++i;
      if (next < args.size() && args[next].kind() == Value::Kind::kInt &&
          std::abs(args[next].as_int()) <= kWidthMax) {
        *to = static_cast<int>(args[next].as_int());
      } else {
        out += complaint;
      }
      ++next;
      after_index = false;
    };
    index();
    if (i < format.size() && format[i] == '*') {
      star(&spec.width, "%!(BADWIDTH)");
      if (spec.width < -1) {
        spec.width = -spec.width;
        spec.minus = true;
        spec.zero = false;
      }
    } else {
      spec.width = ReadNumber(format, &i);
      if (spec.width > kWidthMax) spec.width = -1;
      if (after_index && spec.width >= 0) bad_index = true;
    }
    if (i < format.size() && format[i] == '.') {
      ++i;
      if (after_index) bad_index = true;
      index();
      if (i < format.size() && format[i] == '*') {
        star(&spec.precision, "%!(BADPREC)");
        if (spec.precision < 0) spec.precision = -1;
      } else {
        spec.precision = std::max(0, ReadNumber(format, &i));
        if (spec.precision > kWidthMax) spec.precision = -1;
      }
    }
    if (!after_index) index();
    if (i >= format.size()) {
      out += "%!(NOVERB)";
      break;
    }
    size_t width = 0;
    DecodeRune(format, i, &width);
    const std::string_view verb = format.substr(i, width);
    i += width;
    if (verb == "%") {
      out.push_back('%');
    } else if (bad_index) {
      StrAppend(out, "%!", verb, "(BADINDEX)");
    } else if (next >= args.size()) {
      StrAppend(out, "%!", verb, "(MISSING)");
    } else {
      FormatOne(out, spec, args[next++], verb[0]);
    }
  }
  if (!reordered && next < args.size()) {
    out += "%!(EXTRA ";
    for (size_t i = next; i < args.size(); ++i) {
      if (i > next) out += ", ";
      if (args[i].is_nil()) {
        out += "<nil>";
      } else {
        StrAppend(out, args[i].TypeName(), "=", args[i].Print());
      }
    }
    out += ")";
  }
  return out;
}

}  // namespace kvs::gotemplate

// SPDX-License-Identifier: Apache-2.0
// Times and durations as Go prints them. The calendar and the zones are Abseil's.
#include <cstdio>

#include <absl/time/time.h>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

#include "time_layout.h"

namespace kvs::gotemplate {
namespace {

using internal::LayoutPiece;

constexpr int64_t kSecondNs = 1'000'000'000;

std::string Pad(int64_t value, int width) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%0*lld", width, static_cast<long long>(value));
  return buffer;
}

std::string PadWithSpaces(int64_t value, int width) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%*lld", width, static_cast<long long>(value));
  return buffer;
}

std::string Offset(int seconds, bool colon, bool z_for_utc, bool hours_only) {
  if (z_for_utc && seconds == 0) return "Z";
  const int minutes = (seconds < 0 ? -seconds : seconds) / 60;
  return StrCat(seconds < 0 ? "-" : "+", Pad(minutes / 60, 2),
                hours_only ? ""
                : colon    ? ":"
                           : "",
                hours_only ? "" : Pad(minutes % 60, 2));
}

// "1.5" for 1500 and 1000: without trailing zeros.
std::string Fraction(uint64_t value, uint64_t unit) {
  std::string out = StrCat(value / unit);
  uint64_t rest = value % unit;
  if (rest == 0) return out;
  std::string digits;
  for (uint64_t u = unit / 10; u > 0 && rest > 0; u /= 10) {
    digits.push_back(static_cast<char>('0' + rest / u));
    rest %= u;
  }
  return StrCat(out, ".", digits);
}

}  // namespace

std::string FormatDuration(int64_t ns) {
  if (ns == 0) return "0s";
  uint64_t u = ns < 0 ? 0 - static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  const std::string sign = ns < 0 ? "-" : "";
  if (u < 1'000) return StrCat(sign, u, "ns");
  if (u < 1'000'000) return StrCat(sign, Fraction(u, 1'000), "µs");
  if (u < kSecondNs) return StrCat(sign, Fraction(u, 1'000'000), "ms");
  std::string out = sign;
  const uint64_t minutes = u / kSecondNs / 60;
  if (minutes >= 60) StrAppend(out, minutes / 60, "h");
  if (minutes > 0) StrAppend(out, minutes % 60, "m");
  u -= minutes * 60 * kSecondNs;
  return out + Fraction(u, kSecondNs) + "s";
}

Value::Time Value::Time::OfUnixNs(int64_t ns) {
  const int64_t nanos = (ns % kSecondNs + kSecondNs) % kSecondNs;
  return {(ns - nanos) / kSecondNs, nanos, ""};
}

Value::Time Value::Time::OfUnixMs(int64_t ms) {
  const int64_t rest = (ms % 1'000 + 1'000) % 1'000;
  return {(ms - rest) / 1'000, rest * 1'000'000, ""};
}

Value::Duration Value::Time::Since(const Time& other) const {
  int64_t ns = 0;
  const int64_t seconds = unix_seconds - other.unix_seconds;
  if (__builtin_mul_overflow(seconds, kSecondNs, &ns) ||
      __builtin_add_overflow(ns, nanos - other.nanos, &ns))
    return {seconds < 0 ? INT64_MIN : INT64_MAX};
  return {ns};
}

Value::Time Value::Time::Plus(Duration duration) const {
  Time out = OfUnixNs(duration.ns);
  out.nanos += nanos;
  out.unix_seconds += unix_seconds + out.nanos / kSecondNs;
  out.nanos %= kSecondNs;
  out.zone = zone;
  return out;
}

std::string FormatTime(const Value::Time& time, std::string_view layout) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!time.zone.empty() && !absl::LoadTimeZone(time.zone, &zone)) zone = absl::UTCTimeZone();
  const auto at = zone.At(absl::FromUnixSeconds(time.unix_seconds));
  const auto civil = at.cs;
  const std::string_view month = internal::kMonths[civil.month() - 1];
  const std::string_view day = internal::kDays[static_cast<int>(absl::GetWeekday(civil))];
  const int hour12 = civil.hour() % 12 == 0 ? 12 : civil.hour() % 12;

  const auto fraction = [&](std::string_view text, bool trim) {
    std::string digits = Pad(time.nanos, 9).substr(0, text.size() - 1);
    while (trim && !digits.empty() && digits.back() == '0') digits.pop_back();
    return digits.empty() ? std::string() : StrCat(text.substr(0, 1), digits);
  };
  const auto printed = [&](const internal::LayoutToken& token) -> std::string {
    switch (token.piece) {
      case LayoutPiece::kLiteral:
        return std::string(token.text);
      case LayoutPiece::kLongMonth:
        return std::string(month);
      case LayoutPiece::kShortMonth:
        return std::string(month.substr(0, 3));
      case LayoutPiece::kLongWeekday:
        return std::string(day);
      case LayoutPiece::kShortWeekday:
        return std::string(day.substr(0, 3));
      case LayoutPiece::kZoneName:
        return at.zone_abbr;
      case LayoutPiece::kLongYear:
        return Pad(civil.year(), 4);
      case LayoutPiece::kYear:
        return Pad(civil.year() % 100, 2);
      case LayoutPiece::kZeroYearDay:
        return Pad(absl::GetYearDay(civil), 3);
      case LayoutPiece::kSpaceYearDay:
        return PadWithSpaces(absl::GetYearDay(civil), 3);
      case LayoutPiece::kZeroMonth:
        return Pad(civil.month(), 2);
      case LayoutPiece::kMonth:
        return StrCat(civil.month());
      case LayoutPiece::kZeroDay:
        return Pad(civil.day(), 2);
      case LayoutPiece::kSpaceDay:
        return PadWithSpaces(civil.day(), 2);
      case LayoutPiece::kDay:
        return StrCat(civil.day());
      case LayoutPiece::kHour:
        return Pad(civil.hour(), 2);
      case LayoutPiece::kZeroHour12:
        return Pad(hour12, 2);
      case LayoutPiece::kHour12:
        return StrCat(hour12);
      case LayoutPiece::kZeroMinute:
        return Pad(civil.minute(), 2);
      case LayoutPiece::kMinute:
        return StrCat(civil.minute());
      case LayoutPiece::kZeroSecond:
        return Pad(civil.second(), 2);
      case LayoutPiece::kSecond:
        return StrCat(civil.second());
      case LayoutPiece::kUpperPm:
        return civil.hour() >= 12 ? "PM" : "AM";
      case LayoutPiece::kLowerPm:
        return civil.hour() >= 12 ? "pm" : "am";
      case LayoutPiece::kOffset:
        return Offset(at.offset, token.text.find(':') != std::string_view::npos,
                      token.text.front() == 'Z', token.text.size() == 3);
      case LayoutPiece::kFraction:
        return fraction(token.text, false);
      case LayoutPiece::kTrimmedFraction:
        return fraction(token.text, true);
    }
    return {};
  };
  std::string out;
  while (!layout.empty()) out += printed(internal::TakeLayoutToken(layout));
  return out;
}

}  // namespace kvs::gotemplate

// SPDX-License-Identifier: Apache-2.0
// Times and durations as Go prints them. The calendar and the zones are Abseil's.
#include <cstdio>

#include <absl/time/time.h>

#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

namespace kvs::gotemplate {
namespace {

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kZeroSeconds = -62'135'596'800;  // 0001-01-01

std::string Pad(int64_t value, int width) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%0*lld", width, static_cast<long long>(value));
  return buffer;
}

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};
constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                      "Friday", "Saturday", "Sunday"};

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

std::string FormatTime(const Value::Time& time, std::string_view layout) {
  absl::TimeZone zone = absl::UTCTimeZone();
  if (!time.zone.empty() && !absl::LoadTimeZone(time.zone, &zone)) zone = absl::UTCTimeZone();
  const bool zero = time.unix_ns == Value::Time::kZeroNs;
  const auto at =
      zone.At(zero ? absl::FromUnixSeconds(kZeroSeconds) : absl::FromUnixNanos(time.unix_ns));
  const auto civil = at.cs;
  const int64_t nanos = zero ? 0 : ((time.unix_ns % kSecondNs) + kSecondNs) % kSecondNs;
  const std::string_view month = kMonths[civil.month() - 1];
  const std::string_view day = kDays[static_cast<int>(absl::GetWeekday(civil))];
  const int hour12 = civil.hour() % 12 == 0 ? 12 : civil.hour() % 12;

  std::string out;
  const auto piece = [&](std::string_view pattern, std::string text) {
    out += text;
    layout.remove_prefix(pattern.size());
  };
  while (!layout.empty()) {
    const auto at_front = [&](std::string_view pattern) { return layout.starts_with(pattern); };
    if (at_front("January"))
      piece("January", std::string(month));
    else if (at_front("Jan"))
      piece("Jan", std::string(month.substr(0, 3)));
    else if (at_front("Monday"))
      piece("Monday", std::string(day));
    else if (at_front("Mon"))
      piece("Mon", std::string(day.substr(0, 3)));
    else if (at_front("MST"))
      piece("MST", at.zone_abbr);
    else if (at_front("2006"))
      piece("2006", Pad(civil.year(), 4));
    else if (at_front("__2")) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "%3d", absl::GetYearDay(civil));
      piece("__2", buffer);
    } else if (at_front("002"))
      piece("002", Pad(absl::GetYearDay(civil), 3));
    else if (at_front("01"))
      piece("01", Pad(civil.month(), 2));
    else if (at_front("02"))
      piece("02", Pad(civil.day(), 2));
    else if (at_front("03"))
      piece("03", Pad(hour12, 2));
    else if (at_front("04"))
      piece("04", Pad(civil.minute(), 2));
    else if (at_front("05"))
      piece("05", Pad(civil.second(), 2));
    else if (at_front("06"))
      piece("06", Pad(civil.year() % 100, 2));
    else if (at_front("15"))
      piece("15", Pad(civil.hour(), 2));
    else if (at_front("_2") && !at_front("_2006")) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "%2d", civil.day());
      piece("_2", buffer);
    } else if (at_front("1"))
      piece("1", StrCat(civil.month()));
    else if (at_front("2"))
      piece("2", StrCat(civil.day()));
    else if (at_front("3"))
      piece("3", StrCat(hour12));
    else if (at_front("4"))
      piece("4", StrCat(civil.minute()));
    else if (at_front("5"))
      piece("5", StrCat(civil.second()));
    else if (at_front("PM"))
      piece("PM", civil.hour() >= 12 ? "PM" : "AM");
    else if (at_front("pm"))
      piece("pm", civil.hour() >= 12 ? "pm" : "am");
    else if (at_front("-07:00"))
      piece("-07:00", Offset(at.offset, true, false, false));
    else if (at_front("-0700"))
      piece("-0700", Offset(at.offset, false, false, false));
    else if (at_front("-07"))
      piece("-07", Offset(at.offset, false, false, true));
    else if (at_front("Z07:00"))
      piece("Z07:00", Offset(at.offset, true, true, false));
    else if (at_front("Z0700"))
      piece("Z0700", Offset(at.offset, false, true, false));
    else if (at_front("Z07"))
      piece("Z07", Offset(at.offset, false, true, true));
    else if (layout.size() > 1 && (layout[0] == '.' || layout[0] == ',') &&
             (layout[1] == '0' || layout[1] == '9')) {
      const size_t end = layout.find_first_not_of(layout[1], 1);
      const size_t n = (end == std::string_view::npos ? layout.size() : end) - 1;
      const bool digit_follows =
          end != std::string_view::npos && layout[end] >= '0' && layout[end] <= '9';
      if (digit_follows || n > 9) {
        piece(layout.substr(0, 1), std::string(layout.substr(0, 1)));
        continue;
      }
      std::string digits = Pad(nanos, 9).substr(0, n);
      if (layout[1] == '9') {
        while (!digits.empty() && digits.back() == '0') digits.pop_back();
      }
      piece(layout.substr(0, n + 1), digits.empty() ? "" : StrCat(layout.substr(0, 1), digits));
    } else {
      piece(layout.substr(0, 1), std::string(layout.substr(0, 1)));
    }
  }
  return out;
}

}  // namespace kvs::gotemplate

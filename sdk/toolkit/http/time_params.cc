// SPDX-License-Identifier: Apache-2.0
#include "kvs/http/time_params.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "kvs/base/quote.h"
#include "kvs/base/units.h"

namespace kvs::http {
namespace {

constexpr std::string_view kMinTimeText = "-292273086-05-16T16:47:06Z";
constexpr std::string_view kMaxTimeText = "292277025-08-18T07:12:54.999999999Z";

// A whole decimal number with nothing behind it.
std::optional<double> ParseFloat(std::string_view text) {
  if (!text.empty() && text[0] == '+') {
    text.remove_prefix(1);
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) return std::nullopt;
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

// Reads the parts of an RFC 3339 time from left to right; `ok` stays false once something did not
// fit.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  bool ok() const { return ok_; }
  bool at_end() const { return text_.empty(); }
  bool Take(char c) {
    if (text_.empty() || text_[0] != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  void Expect(char c) { ok_ = Take(c) && ok_; }
  int64_t Digits(size_t n, int64_t min, int64_t max) {
    int64_t value = 0;
    for (size_t i = 0; i < n; ++i) {
      if (text_.empty() || text_[0] < '0' || text_[0] > '9') {
        ok_ = false;
        return min;
      }
      value = value * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    if (value < min || value > max) ok_ = false;
    return value;
  }
  // Digits of a fraction of a second, as milliseconds; more than three are cut.
  int64_t FractionMs() {
    int64_t ms = 0;
    int n = 0;
    for (; !text_.empty() && text_[0] >= '0' && text_[0] <= '9'; text_.remove_prefix(1), ++n) {
      if (n < 3) ms = ms * 10 + (text_[0] - '0');
    }
    if (n == 0) ok_ = false;
    for (int i = n; i < 3; ++i) ms *= 10;
    return ms;
  }

 private:
  std::string_view text_;
  bool ok_ = true;
};

bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeap(year) ? 1 : 0);
}

// Days since 1970-01-01 of a date of the Gregorian calendar. Years begin in March, so that leap
// days come last.
int64_t DaysSinceEpoch(int64_t year, int64_t month, int64_t day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  Reader r(text);
  const int64_t year = r.Digits(4, 0, 9999);
  r.Expect('-');
  const int64_t month = r.Digits(2, 1, 12);
  r.Expect('-');
  const int64_t day = r.Digits(2, 1, 31);
  r.Expect('T');
  const int64_t hour = r.Digits(2, 0, 23);
  r.Expect(':');
  const int64_t minute = r.Digits(2, 0, 59);
  r.Expect(':');
  const int64_t second = r.Digits(2, 0, 59);
  const int64_t ms = r.Take('.') ? r.FractionMs() : 0;
  int64_t offset_minutes = 0;
  if (!r.Take('Z')) {
    const bool west = r.Take('-');
    if (!west) r.Expect('+');
    offset_minutes = r.Digits(2, 0, 23) * 60;
    r.Expect(':');
    offset_minutes += r.Digits(2, 0, 59);
    if (west) offset_minutes = -offset_minutes;
  }
  if (!r.ok() || !r.at_end() || day > DaysInMonth(year, month)) return std::nullopt;
  const int64_t minutes =
      (DaysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute - offset_minutes;
  return (minutes * 60 + second) * 1000 + ms;
}

}  // namespace

StatusOr<int64_t> ParseTimeMs(std::string_view text) {
  if (const auto seconds = ParseFloat(text)) {
    const double ms = std::round(*seconds * 1000);
    if (std::abs(ms) < 9.2e18) return static_cast<int64_t>(ms);
  } else if (const auto ms = ParseRfc3339(text)) {
    return *ms;
  } else if (text == kMinTimeText) {
    return kMinTimeMs;
  } else if (text == kMaxTimeText) {
    return kMaxTimeMs;
  }
  return InvalidArgument("cannot parse ", Quote(text), " to a valid timestamp");
}

StatusOr<int64_t> ParseDurationParamMs(std::string_view text) {
  if (const auto seconds = ParseFloat(text)) {
    // The API counts in nanoseconds, so that is where it overflows.
    if (std::abs(*seconds) * 1e9 >= 9223372036854775807.0) {
      return InvalidArgument("cannot parse ", Quote(text),
                             " to a valid duration. It overflows int64");
    }
    return static_cast<int64_t>(std::round(*seconds * 1000));
  }
  if (const auto ms = ParseDurationMs(text); ms.ok()) return *ms;
  return InvalidArgument("cannot parse ", Quote(text), " to a valid duration");
}

}  // namespace kvs::http

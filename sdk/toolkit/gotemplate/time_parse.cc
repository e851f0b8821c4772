// SPDX-License-Identifier: Apache-2.0
// Texts to times, as Go's time.Parse does it, whose rules are in the documentation of package time.
#include <algorithm>
#include <optional>
#include <string>

#include <absl/time/time.h>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/gotemplate/function.h"

#include "time_layout.h"

namespace kvs::gotemplate {
namespace {

using internal::LayoutPiece;
using internal::LayoutToken;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

char LowerLetter(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c;
}

// Whether `text` begins with `name`, capitals or not.
bool BeginsWithName(std::string_view text, std::string_view name) {
  return text.size() >= name.size() &&
         std::equal(name.begin(), name.end(), text.begin(),
                    [](char a, char b) { return LowerLetter(a) == LowerLetter(b); });
}

// How much of `text` is an abbreviation of a zone, such as CET or GMT+3; 0: nothing.
size_t ZoneLength(std::string_view text) {
  if (text.starts_with("ChST") || text.starts_with("MeST")) return 4;
  const auto signed_hours = [&](size_t from) -> size_t {  // "+3", "-11": its end, or `from`.
    if (from >= text.size() || (text[from] != '+' && text[from] != '-')) return from;
    size_t end = from + 1;
    int hours = 0;
    for (; end < text.size() && IsDigit(text[end]); ++end)
      hours = std::min(10 * hours + (text[end] - '0'), 100);
    return end > from + 1 && hours <= 23 ? end : from;
  };
  if (text.starts_with("GMT")) return signed_hours(3);
  if (text.size() >= 3 && (text[0] == '+' || text[0] == '-')) return signed_hours(0);
  size_t capitals = 0;
  while (capitals < std::min<size_t>(6, text.size()) && text[capitals] >= 'A' &&
         text[capitals] <= 'Z')
    ++capitals;
  if (capitals == 3) return 3;
  if (capitals == 4) return text[3] == 'T' || text.starts_with("WITA") ? 4 : 0;
  return capitals == 5 && text[4] == 'T' ? 5 : 0;
}

// What has been read of a time.
class Reader {
 public:
  explicit Reader(std::string_view text) : left_(text) {}
  std::string_view left() const { return left_; }
  /// What is wrong with numbers that could be read: "month out of range"; empty: nothing.
  const std::string& complaint() const { return complaint_; }

  /// False: what is left does not begin with that. Of a literal, what it has in common is taken.
  bool Take(const LayoutToken& token) {
    switch (token.piece) {
      case LayoutPiece::kLiteral:
        return TakeLiteral(token.text);
      case LayoutPiece::kLongMonth:
        return TakeName(internal::kMonths, 0, month_);
      case LayoutPiece::kShortMonth:
        return TakeName(internal::kMonths, 3, month_);
      case LayoutPiece::kLongWeekday:
        return TakeName(internal::kDays, 0, ignored_);
      case LayoutPiece::kShortWeekday:
        return TakeName(internal::kDays, 3, ignored_);
      case LayoutPiece::kZoneName:
        return TakeZone();
      case LayoutPiece::kLongYear:
        return TakeNumber(4, 4, year_);
      case LayoutPiece::kYear:
        if (!TakeNumber(2, 2, year_)) return false;
        year_ += year_ >= 69 ? 1900 : 2000;
        return true;
      case LayoutPiece::kZeroYearDay:
        return TakeNumber(3, 3, year_day_);
      case LayoutPiece::kSpaceYearDay:
        SkipBlanks(2);
        return TakeNumber(1, 3, year_day_);
      case LayoutPiece::kZeroMonth:
        return TakeNumber(2, 2, month_, 1, 12, "month");
      case LayoutPiece::kMonth:
        return TakeNumber(1, 2, month_, 1, 12, "month");
      case LayoutPiece::kZeroDay:
        return TakeNumber(2, 2, day_);
      case LayoutPiece::kSpaceDay:
        SkipBlanks(1);
        return TakeNumber(1, 2, day_);
      case LayoutPiece::kDay:
        return TakeNumber(1, 2, day_);
      case LayoutPiece::kHour:
        return TakeNumber(1, 2, hour_, 0, 23, "hour");
      case LayoutPiece::kZeroHour12:
        return TakeNumber(2, 2, hour_, 0, 12, "hour");
      case LayoutPiece::kHour12:
        return TakeNumber(1, 2, hour_, 0, 12, "hour");
      case LayoutPiece::kZeroMinute:
        return TakeNumber(2, 2, minute_, 0, 59, "minute");
      case LayoutPiece::kMinute:
        return TakeNumber(1, 2, minute_, 0, 59, "minute");
      case LayoutPiece::kZeroSecond:
        return TakeNumber(2, 2, second_, 0, 59, "second");
      case LayoutPiece::kSecond:
        return TakeNumber(1, 2, second_, 0, 59, "second");
      case LayoutPiece::kUpperPm:
        return TakePm("PM", "AM");
      case LayoutPiece::kLowerPm:
        return TakePm("pm", "am");
      case LayoutPiece::kOffset:
        return TakeOffset(token.text);
      case LayoutPiece::kFraction:
        return TakeFraction(token.text.size() - 1);
      case LayoutPiece::kTrimmedFraction:
        TakeAnyFraction();
        return true;
    }
    return false;
  }
  /// As many digits as there are, if there is a fraction.
  void TakeAnyFraction() {
    if (left_.size() < 2 || !IsDigit(left_[1])) return;
    const size_t end = std::min(left_.find_first_not_of("0123456789", 1), left_.size());
    TakeFraction(end - 1);
  }

  /// Whether day, month and year go together shows when all is there.
  std::optional<Value::Time> Time() {
    if (pm_.has_value()) {
      if (*pm_ && hour_ < 12) hour_ += 12;
      if (!*pm_ && hour_ == 12) hour_ = 0;
    }
    absl::CivilDay day(year_, std::max(month_, 1), 1);
    if (year_day_ >= 0) {
      day = absl::CivilDay(year_, 1, 1) + (year_day_ - 1);
      if (day.year() != year_) return Complain("day-of-year out of range");
      if (month_ >= 0 && month_ != day.month()) return Complain("day-of-year does not match month");
      if (day_ >= 0 && day_ != day.day()) return Complain("day-of-year does not match day");
    } else if (day_ >= 0) {
      const int month = day.month();
      day += day_ - 1;
      if (day_ == 0 || day.month() != month) return Complain("day out of range");
    }
    const absl::CivilSecond second(day.year(), day.month(), day.day(), hour_, minute_, second_);
    const absl::Time time = absl::FromCivil(second, absl::UTCTimeZone()) - absl::Seconds(offset_s_);
    return Value::Time{absl::ToUnixSeconds(time), nanos_, ""};
  }

 private:
  std::nullopt_t Complain(std::string_view complaint) {
    complaint_ = complaint;
    return std::nullopt;
  }
  bool TakeText(std::string_view text) {
    if (!left_.starts_with(text)) return false;
    left_.remove_prefix(text.size());
    return true;
  }
  void SkipBlanks(size_t n) {
    for (; n > 0 && left_.starts_with(' '); --n) left_.remove_prefix(1);
  }
  // Blanks match any number of blanks, or the end.
  bool TakeLiteral(std::string_view literal) {
    while (!literal.empty()) {
      if (literal.front() == ' ') {
        if (!left_.empty() && left_.front() != ' ') return false;
        literal.remove_prefix(std::min(literal.find_first_not_of(' '), literal.size()));
        SkipBlanks(left_.size());
        continue;
      }
      if (!TakeText(literal.substr(0, 1))) return false;
      literal.remove_prefix(1);
    }
    return true;
  }
  bool TakeNumber(size_t at_least, size_t at_most, int& out, int min = 0, int max = 9999,
                  std::string_view name = "") {
    size_t n = 0;
    int value = 0;
    for (; n < at_most && n < left_.size() && IsDigit(left_[n]); ++n)
      value = 10 * value + (left_[n] - '0');
    if (n < at_least) return false;
    left_.remove_prefix(n);
    out = value;
    if (value < min || value > max) complaint_ = StrCat(name, " out of range");
    return true;
  }
  // `length` letters of each; 0: all.
  template <size_t N>
  bool TakeName(const std::string_view (&names)[N], size_t length, int& out) {
    for (size_t i = 0; i < N; ++i) {
      const std::string_view name = length == 0 ? names[i] : names[i].substr(0, length);
      if (!BeginsWithName(left_, name)) continue;
      left_.remove_prefix(name.size());
      out = static_cast<int>(i) + 1;
      return true;
    }
    return false;
  }
  bool TakePm(std::string_view pm, std::string_view am) {
    const bool is_pm = TakeText(pm);
    if (!is_pm && !TakeText(am)) return false;
    pm_ = is_pm;
    return true;
  }
  // An abbreviation says nothing about the offset, GMT+3 does.
  bool TakeZone() {
    const size_t n = ZoneLength(left_);
    if (n == 0) return false;
    const std::string_view zone = left_.substr(0, n);
    left_.remove_prefix(n);
    if (!zone.starts_with("GMT") || n == 3) return true;
    int hours = 0;
    for (const char c : zone.substr(4)) hours = 10 * hours + (c - '0');
    offset_s_ = (zone[3] == '-' ? -1 : 1) * hours * 3600;
    return true;
  }
  bool TakeOffset(std::string_view layout) {
    if (layout.front() == 'Z' && TakeText("Z")) return true;
    const bool minus = left_.starts_with("-");
    if (!TakeText("-") && !TakeText("+")) return false;
    int hours = 0, minutes = 0;
    if (!TakeNumber(2, 2, hours, 0, 24, "time zone offset hour")) return false;
    if (layout.size() > 3) {
      if (layout.find(':') != std::string_view::npos && !TakeText(":")) return false;
      if (!TakeNumber(2, 2, minutes, 0, 60, "time zone offset minute")) return false;
    }
    offset_s_ = (minus ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
  }
  // A point or comma, and so many digits; those past the ninth count nothing.
  bool TakeFraction(size_t n_digits) {
    if (left_.size() < n_digits + 1 || (left_[0] != '.' && left_[0] != ',')) return false;
    const std::string_view digits = left_.substr(1, n_digits);
    if (!std::all_of(digits.begin(), digits.end(), IsDigit)) return false;
    left_.remove_prefix(n_digits + 1);
    nanos_ = 0;
    int64_t unit = 100'000'000;
    for (const char c : digits) {
      nanos_ += unit * (c - '0');
      unit /= 10;
    }
    return true;
  }

  std::string_view left_;
  std::string complaint_;
  int year_ = 0, month_ = -1, day_ = -1, year_day_ = -1, hour_ = 0, minute_ = 0, second_ = 0;
  int ignored_ = 0, offset_s_ = 0;
  int64_t nanos_ = 0;
  std::optional<bool> pm_;
};

// The next piece, where all that stands between two others is one.
LayoutToken TakePiece(std::string_view& layout) {
  const std::string_view all = layout;
  LayoutToken token = internal::TakeLayoutToken(layout);
  while (token.piece == LayoutPiece::kLiteral && !layout.empty()) {
    std::string_view rest = layout;
    if (internal::TakeLayoutToken(rest).piece != LayoutPiece::kLiteral) break;
    layout = rest;
    token.text = all.substr(0, all.size() - rest.size());
  }
  return token;
}

bool FractionComesNext(std::string_view layout) {
  while (!layout.empty()) {
    const LayoutPiece piece = internal::TakeLayoutToken(layout).piece;
    if (piece == LayoutPiece::kFraction || piece == LayoutPiece::kTrimmedFraction) return true;
    if (piece != LayoutPiece::kLiteral) return false;
  }
  return false;
}

}  // namespace

StatusOr<Value::Time> ParseTime(std::string_view layout, std::string_view text) {
  Reader reader(text);
  const auto wrong = [&] {
    return InvalidArgument("parsing time ", Quote(text), ": ", reader.complaint());
  };
  std::string_view rest = layout;
  while (!rest.empty()) {
    const LayoutToken piece = TakePiece(rest);
    const std::string_view at = reader.left();
    if (!reader.Take(piece)) {
      const bool literal = piece.piece == LayoutPiece::kLiteral;
      return InvalidArgument("parsing time ", Quote(text), " as ", Quote(layout), ": cannot parse ",
                             Quote(literal ? reader.left() : at), " as ", Quote(piece.text));
    }
    if (!reader.complaint().empty()) return wrong();
    // Seconds may have a fraction that the layout does not mention.
    const bool seconds =
        piece.piece == LayoutPiece::kZeroSecond || piece.piece == LayoutPiece::kSecond;
    if (seconds && !FractionComesNext(rest)) reader.TakeAnyFraction();
  }
  if (!reader.left().empty())
    return InvalidArgument("parsing time ", Quote(text), ": extra text: ", Quote(reader.left()));
  std::optional<Value::Time> time = reader.Time();
  if (!time.has_value()) return wrong();
  return *std::move(time);
}

}  // namespace kvs::gotemplate

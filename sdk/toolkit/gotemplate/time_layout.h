// SPDX-License-Identifier: Apache-2.0
// Layouts of Go's package time, such as "2006-01-02 15:04:05.000 -0700", piece by piece.
#pragma once

#include <cstdint>
#include <string_view>

namespace kvs::gotemplate::internal {

inline constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                               "May",       "June",     "July",     "August",
                                               "September", "October",  "November", "December"};
inline constexpr std::string_view kDays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                             "Friday", "Saturday", "Sunday"};

enum class LayoutPiece : uint8_t {
  kLiteral,
  kLongMonth,
  kShortMonth,
  kLongWeekday,
  kShortWeekday,
  kZoneName,
  kLongYear,
  kYear,
  kZeroYearDay,
  kSpaceYearDay,
  kZeroMonth,
  kMonth,
  kZeroDay,
  kSpaceDay,
  kDay,
  kHour,
  kZeroHour12,
  kHour12,
  kZeroMinute,
  kMinute,
  kZeroSecond,
  kSecond,
  kUpperPm,
  kLowerPm,
  kOffset,           ///< -0700, -07:00, -07; with Z for -, UTC is "Z".
  kFraction,         ///< .000: so many digits.
  kTrimmedFraction,  ///< .999: without zeros at the end.
};

/// A piece, and how the layout spells it.
struct LayoutToken {
  LayoutPiece piece;
  std::string_view text;
};

/// Takes the first piece off a layout that is not empty.
LayoutToken TakeLayoutToken(std::string_view& layout);

}  // namespace kvs::gotemplate::internal

// SPDX-License-Identifier: Apache-2.0
#include "time_layout.h"

namespace kvs::gotemplate::internal {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

// In this order: a spelling comes before those that it begins with.
constexpr LayoutToken kSpellings[] = {
    {LayoutPiece::kLongMonth, "January"},
    {LayoutPiece::kShortMonth, "Jan"},
    {LayoutPiece::kLongWeekday, "Monday"},
    {LayoutPiece::kShortWeekday, "Mon"},
    {LayoutPiece::kZoneName, "MST"},
    {LayoutPiece::kLongYear, "2006"},
    {LayoutPiece::kSpaceYearDay, "__2"},
    {LayoutPiece::kZeroYearDay, "002"},
    {LayoutPiece::kZeroMonth, "01"},
    {LayoutPiece::kZeroDay, "02"},
    {LayoutPiece::kZeroHour12, "03"},
    {LayoutPiece::kZeroMinute, "04"},
    {LayoutPiece::kZeroSecond, "05"},
    {LayoutPiece::kYear, "06"},
    {LayoutPiece::kHour, "15"},
    {LayoutPiece::kLiteral, "_2006"},
    {LayoutPiece::kSpaceDay, "_2"},
    {LayoutPiece::kMonth, "1"},
    {LayoutPiece::kDay, "2"},
    {LayoutPiece::kHour12, "3"},
    {LayoutPiece::kMinute, "4"},
    {LayoutPiece::kSecond, "5"},
    {LayoutPiece::kUpperPm, "PM"},
    {LayoutPiece::kLowerPm, "pm"},
    {LayoutPiece::kOffset, "-07:00"},
    {LayoutPiece::kOffset, "-0700"},
    {LayoutPiece::kOffset, "-07"},
    {LayoutPiece::kOffset, "Z07:00"},
    {LayoutPiece::kOffset, "Z0700"},
    {LayoutPiece::kOffset, "Z07"},
};

}  // namespace

LayoutToken TakeLayoutToken(std::string_view& layout) {
  const auto take = [&](LayoutPiece piece, size_t n) {
    const LayoutToken token{piece, layout.substr(0, n)};
    layout.remove_prefix(n);
    return token;
  };
  for (const LayoutToken& spelling : kSpellings) {
    if (!layout.starts_with(spelling.text)) continue;
    const bool short_name =
        spelling.piece == LayoutPiece::kShortMonth || spelling.piece == LayoutPiece::kShortWeekday;
    // "Janet" is no January, and "Month" no Monday.
    if (short_name && layout.size() > 3 && layout[3] >= 'a' && layout[3] <= 'z') break;
    // "_2006" is an underscore and a year.
    return take(spelling.piece, spelling.piece == LayoutPiece::kLiteral ? 1 : spelling.text.size());
  }
  if (layout.size() > 1 && (layout[0] == '.' || layout[0] == ',') &&
      (layout[1] == '0' || layout[1] == '9')) {
    const size_t found = layout.find_first_not_of(layout[1], 1);
    const size_t end = found == std::string_view::npos ? layout.size() : found;
    if (end <= 10 && (end == layout.size() || !IsDigit(layout[end]))) {
      return take(layout[1] == '0' ? LayoutPiece::kFraction : LayoutPiece::kTrimmedFraction, end);
    }
  }
  return take(LayoutPiece::kLiteral, 1);
}

}  // namespace kvs::gotemplate::internal

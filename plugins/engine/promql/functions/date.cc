// SPDX-License-Identifier: Apache-2.0
// Parts of a time in UTC, from seconds since the epoch.

#include <cmath>
#include <limits>

#include "functions/functions.h"

namespace kvs::engine::promql {
namespace {

struct Date {
  int64_t year;
  int64_t month;  ///< 1 ... 12
  int64_t day;    ///< 1 ... 31
};

int64_t FloorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}
int64_t FloorMod(int64_t a, int64_t b) {
  const int64_t rest = a % b;
  return rest < 0 ? rest + b : rest;
}
bool IsLeap(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/// The proleptic Gregorian date of a day number, 0 being 1970-01-01. Years are counted from March,
/// so that the day that sometimes exists is the last.
Date DateOfDay(int64_t day) {
  const int64_t shifted = day + 719'468;
  const int64_t era = FloorDiv(shifted, 146'097);
  const int64_t of_era = FloorMod(shifted, 146'097);
  const int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * of_year + 2) / 153;
  const int64_t month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          of_year - (153 * march_month + 2) / 5 + 1};
}

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeap(year) ? 1 : 0);
}

int64_t DayOfYear(const Date& date) {
  int64_t day = date.day;
  for (int64_t month = 1; month < date.month; ++month) day += DaysInMonth(date.year, month);
  return day;
}

bool IsDateFunction(ast::FunctionId id) {
  using enum ast::FunctionId;
  switch (id) {
    case kMinute:
    case kHour:
    case kDayOfMonth:
    case kDayOfWeek:
    case kDayOfYear:
    case kDaysInMonth:
    case kMonth:
    case kYear:
      return true;
    default:
      return false;
  }
}

/// Go counts unsigned seconds from 1 January of the year -292277022399: earlier ones come out as
/// late ones, and that is where times beyond all bounds end up.
constexpr int64_t kFirstSecond = -9'223'371'966'579'724'800;

double PartOf(ast::FunctionId id, double seconds) {
  using enum ast::FunctionId;
  // Outside int64 Prometheus' conversion gives the smallest one.
  const bool fits = seconds >= -9.2e18 && seconds <= 9.2e18;
  const int64_t t = fits ? static_cast<int64_t>(seconds) : std::numeric_limits<int64_t>::min();
  int64_t day = FloorDiv(t, 86'400);
  int64_t of_day = FloorMod(t, 86'400);
  if (t < kFirstSecond) {
    constexpr int64_t kDays = 213'503'982'334'601;  // 2^64 seconds, and the rest.
    constexpr int64_t kSeconds = 25'216;
    day += kDays + (of_day + kSeconds) / 86'400;
    of_day = (of_day + kSeconds) % 86'400;
  }
  const Date date = DateOfDay(day);
  const int64_t part = [&]() -> int64_t {
    switch (id) {
      case kMinute:
        return of_day / 60 % 60;
      case kHour:
        return of_day / 3'600;
      case kDayOfMonth:
        return date.day;
      case kDayOfWeek:
        return FloorMod(day + 4, 7);
      case kDayOfYear:
        return DayOfYear(date);
      case kDaysInMonth:
        return DaysInMonth(date.year, date.month);
      case kMonth:
        return date.month;
      default:
        return date.year;
    }
  }();
  return static_cast<double>(part);
}

}  // namespace

StatusOr<Value> EvalDate(Evaluator& eval, const ast::Call& call, const Grid& grid) {
  const ast::FunctionId id = call.function->id;
  if (!IsDateFunction(id)) return Value();
  if (call.args.empty()) {
    Vector out(grid);
    Row& row = out.Add({});
    for (uint32_t i = 0; i < grid.n; ++i)
      row.values[i] = PartOf(id, static_cast<double>(grid.at(i)) / 1000);
    return Value::Of(std::move(out));
  }
  KVS_ASSIGN_OR_RETURN(Vector vector, eval.EvalVector(*call.args[0], grid));
  for (Row& row : vector.rows) {
    row.histograms = nullptr;
    for (uint32_t i = 0; i < grid.n; ++i) {
      if (Present(row.values[i])) row.values[i] = PartOf(id, row.values[i]);
    }
  }
  vector.Compact();
  KVS_RETURN_IF_ERROR(eval.DropNames(vector, true));
  return Value::Of(std::move(vector));
}

}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
#include "kvs/alerting/time_interval.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <absl/time/time.h>

namespace kvs::alerting {

struct TimeZone::Rules {
  absl::TimeZone zone;
};

namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

template <size_t kSize>
std::optional<int> IndexOf(const std::array<std::string_view, kSize>& names,
                           std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<int>(at - names.begin());
}

std::optional<int> Number(std::string_view text) {
  // A sign in front is taken, as strconv.Atoi does.
  if (text.starts_with('+') && text.size() > 1 && text[1] != '-') text.remove_prefix(1);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

StatusOr<int> PlainMember(const std::string& text) {
  const std::optional<int> number = Number(text);
  if (!number.has_value()) return InvalidArgument("\"", text, "\" is not a whole number");
  return *number;
}

StatusOr<int> WeekdayMember(const std::string& text) {
  const std::optional<int> day = IndexOf(kWeekdays, text);
  if (!day.has_value()) return InvalidArgument(text, " is not a valid weekday");
  return *day;
}

StatusOr<int> MonthMember(const std::string& text) {
  if (const std::optional<int> month = IndexOf(kMonths, text)) return *month + 1;
  const std::optional<int> number = Number(text);
  if (!number.has_value() || *number < 1 || *number > 12)
    return InvalidArgument(text, " is not a valid month");
  return *number;
}

StatusOr<Range> ParseRange(std::string_view text, StatusOr<int> (*member)(const std::string&)) {
  const std::string lower = Lower(text);
  const size_t colon = lower.find(':');
  if (colon == std::string::npos) {
    KVS_ASSIGN_OR_RETURN(const int value, member(lower));
    return Range{value, value};
  }
  if (lower.find(':', colon + 1) != std::string::npos)
    return InvalidArgument("couldn't parse range ", lower, ", invalid format");
  KVS_ASSIGN_OR_RETURN(const int begin, member(lower.substr(0, colon)));
  KVS_ASSIGN_OR_RETURN(const int end, member(lower.substr(colon + 1)));
  return Range{begin, end};
}

StatusOr<int> ParseMinutes(std::string_view text) {
  const auto digit = [text](size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  const bool shaped =
      text.size() == 5 && text[2] == ':' && digit(0) && digit(1) && digit(3) && digit(4);
  const int minutes =
      shaped ? ((text[0] - '0') * 10 + text[1] - '0') * 60 + (text[3] - '0') * 10 + text[4] - '0'
             : -1;
  if (!shaped || text[3] > '5' || minutes > 24 * 60)
    return InvalidArgument("couldn't parse timestamp ", text, ", invalid format");
  return minutes;
}

bool Holds(const std::optional<std::vector<Range>>& ranges, int value) {
  if (!ranges.has_value()) return true;
  return std::any_of(ranges->begin(), ranges->end(), [value](const Range& range) {
    return value >= range.begin && value <= range.end;
  });
}

bool HoldsDay(const std::optional<std::vector<Range>>& ranges, int day, int n_days) {
  if (!ranges.has_value()) return true;
  return std::any_of(ranges->begin(), ranges->end(), [=](const Range& range) {
    const int begin = range.begin < 0 ? n_days + range.begin + 1 : range.begin;
    const int end = range.end < 0 ? n_days + range.end + 1 : range.end;
    return day >= begin && day <= end;
  });
}

}  // namespace

StatusOr<TimeZone> TimeZone::Load(std::string_view name) {
  auto rules = std::make_shared<Rules>();
  if (!absl::LoadTimeZone(absl::string_view(name.data(), name.size()), &rules->zone))
    return InvalidArgument("unknown time zone ", name);
  return TimeZone(std::string(name), std::move(rules));
}

int64_t TimeZone::OffsetAt(int64_t unix_s) const {
  return rules_->zone.At(absl::FromUnixSeconds(unix_s)).offset;
}

bool TimeInterval::Contains(int64_t unix_s) const {
  namespace chrono = std::chrono;
  const int64_t local_s = unix_s + (location.has_value() ? location->OffsetAt(unix_s) : 0);
  const auto days = chrono::floor<chrono::days>(chrono::seconds(local_s));
  const auto minute = static_cast<int>((chrono::seconds(local_s) - days) / chrono::minutes(1));
  const chrono::year_month_day date{chrono::sys_days(days)};
  const auto last = (date.year() / date.month() / chrono::last).day();
  const chrono::weekday weekday{chrono::sys_days(days)};
  const bool in_times =
      !times.has_value() || std::any_of(times->begin(), times->end(), [minute](const Range& range) {
        return minute >= range.begin && minute < range.end;
      });
  return in_times &&
         HoldsDay(days_of_month, static_cast<int>(static_cast<unsigned>(date.day())),
                  static_cast<int>(static_cast<unsigned>(last))) &&
         Holds(months, static_cast<int>(static_cast<unsigned>(date.month()))) &&
         Holds(weekdays, static_cast<int>(weekday.c_encoding())) &&
         Holds(years, static_cast<int>(date.year()));
}

StatusOr<Range> ParseWeekdays(std::string_view text) {
  KVS_ASSIGN_OR_RETURN(const Range range, ParseRange(text, &WeekdayMember));
  if (range.begin > range.end) return InvalidArgument("start day cannot be before end day");
  return range;
}

StatusOr<Range> ParseDaysOfMonth(std::string_view text) {
  KVS_ASSIGN_OR_RETURN(const Range range, ParseRange(text, &PlainMember));
  for (const int day : {range.begin, range.end}) {
    if (day == 0 || day < -31 || day > 31)
      return InvalidArgument(day, " is not a valid day of the month: out of range");
  }
  if (range.begin < 0 && range.end > 0)
    return InvalidArgument("end day must be negative if start day is negative");
  // How long the month is, is not known here. In the shortest one a range may be empty, but not in
  // every one.
  constexpr int kShortest = 28;
  const int begin = range.begin < 0 ? kShortest + range.begin : range.begin;
  const int end = range.end < 0 ? kShortest + range.end : range.end;
  if (begin > end)
    return InvalidArgument("end day ", range.end, " is always before start day ", range.begin);
  return range;
}

StatusOr<Range> ParseMonths(std::string_view text) {
  KVS_ASSIGN_OR_RETURN(const Range range, ParseRange(text, &MonthMember));
  if (range.begin > range.end)
    return InvalidArgument("end month ", kMonths[static_cast<size_t>(range.end) - 1],
                           " is before start month ",
                           kMonths[static_cast<size_t>(range.begin) - 1]);
  return range;
}

StatusOr<Range> ParseYears(std::string_view text) {
  KVS_ASSIGN_OR_RETURN(const Range range, ParseRange(text, &PlainMember));
  if (range.begin > range.end)
    return InvalidArgument("end year ", range.end, " is before start year ", range.begin);
  return range;
}

StatusOr<Range> ParseTimes(std::string_view start, std::string_view end) {
  if (start.empty() || end.empty())
    return InvalidArgument("both start and end times must be provided");
  KVS_ASSIGN_OR_RETURN(const int begin_minute, ParseMinutes(start));
  KVS_ASSIGN_OR_RETURN(const int end_minute, ParseMinutes(end));
  if (begin_minute >= end_minute)
    return InvalidArgument("start time cannot be equal or greater than end time");
  return Range{begin_minute, end_minute};
}

}  // namespace kvs::alerting

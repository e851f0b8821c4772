// SPDX-License-Identifier: Apache-2.0
// TimeInterval: when a route is muted or active: times of the day, days of the week and of the
// month, months, years, in a time zone. Every part that is given must hold, any of the ranges of a
// part is enough
// (https://prometheus.io/docs/alerting/latest/configuration/#time_interval-0). [any]
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"

namespace kvs::alerting {

/// Both ends belong to it, but for times of the day: there the end does not.
struct Range {
  int begin = 0;
  int end = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

/// A place whose clocks are looked at: "Europe/Paris".
class TimeZone {
 public:
  /// InvalidArgument when the system's database does not have it. Reads files of the system.
  static StatusOr<TimeZone> Load(std::string_view name);

  const std::string& name() const { return name_; }
  /// Seconds to add to UTC at this moment, given in Unix seconds.
  int64_t OffsetAt(int64_t unix_s) const;

 private:
  struct Rules;
  TimeZone(std::string name, std::shared_ptr<const Rules> rules)
      : name_(std::move(name)), rules_(std::move(rules)) {}

  std::string name_;
  std::shared_ptr<const Rules> rules_;
};

struct TimeInterval {
  // A part that is not there holds always; one without ranges never.
  std::optional<std::vector<Range>> times;          ///< Minutes of the day: 0 to 1440.
  std::optional<std::vector<Range>> weekdays;       ///< Sunday is 0.
  std::optional<std::vector<Range>> days_of_month;  ///< From 1; -1 is the last.
  std::optional<std::vector<Range>> months;         ///< From 1.
  std::optional<std::vector<Range>> years;
  std::optional<TimeZone> location;  ///< UTC unless given.

  bool Contains(int64_t unix_s) const;
};

/// "monday:friday", "saturday"; in any case of letters.
StatusOr<Range> ParseWeekdays(std::string_view text);
/// "1:5", "-3:-1", "31"
StatusOr<Range> ParseDaysOfMonth(std::string_view text);
/// "january:march", "1:3", "may"
StatusOr<Range> ParseMonths(std::string_view text);
/// "2024:2026", "2030"
StatusOr<Range> ParseYears(std::string_view text);
/// "09:00" and "17:30"; "24:00" ends a day.
StatusOr<Range> ParseTimes(std::string_view start, std::string_view end);

}  // namespace kvs::alerting

// SPDX-License-Identifier: Apache-2.0
// What is within an interval, in which time zone, and which ranges are refused.
#include "kvs/alerting/time_interval.h"

#include <chrono>

#include <gtest/gtest.h>

namespace kvs::alerting {
namespace {

int64_t Unix(int year, unsigned month, unsigned day, int hour, int minute) {
  namespace chrono = std::chrono;
  const chrono::sys_days days = chrono::year(year) / chrono::month(month) / chrono::day(day);
  return chrono::duration_cast<chrono::seconds>(days.time_since_epoch()).count() + hour * 3600 +
         minute * 60;
}

TEST(TimeIntervalTest, WithoutPartsHoldsAlways) {
  EXPECT_TRUE(TimeInterval().Contains(0));
}

TEST(TimeIntervalTest, APartWithoutRangesHoldsNever) {
  TimeInterval interval;
  interval.months.emplace();
  EXPECT_FALSE(interval.Contains(Unix(2024, 2, 29, 0, 0)));
}

TEST(TimeIntervalTest, TimesOfTheDayEndBeforeTheirEnd) {
  TimeInterval interval;
  interval.times = {*ParseTimes("09:00", "17:00")};

  EXPECT_FALSE(interval.Contains(Unix(2024, 5, 6, 8, 59)));
  EXPECT_TRUE(interval.Contains(Unix(2024, 5, 6, 9, 0)));
  EXPECT_TRUE(interval.Contains(Unix(2024, 5, 6, 16, 59)));
  EXPECT_FALSE(interval.Contains(Unix(2024, 5, 6, 17, 0)));
}

TEST(TimeIntervalTest, EveryPartMustHold) {
  TimeInterval interval;
  interval.weekdays = {*ParseWeekdays("monday:friday")};
  interval.years = {*ParseYears("2024:2025")};
  interval.months = {*ParseMonths("march:may"), *ParseMonths("12")};

  EXPECT_TRUE(interval.Contains(Unix(2024, 5, 6, 0, 0)));    // A Monday.
  EXPECT_TRUE(interval.Contains(Unix(2025, 12, 31, 0, 0)));  // A Wednesday.
  EXPECT_FALSE(interval.Contains(Unix(2024, 5, 5, 0, 0)));   // A Sunday.
  EXPECT_FALSE(interval.Contains(Unix(2023, 5, 8, 0, 0)));
  EXPECT_FALSE(interval.Contains(Unix(2024, 6, 3, 0, 0)));
}

TEST(TimeIntervalTest, DaysCountFromBothEndsOfTheMonth) {
  TimeInterval interval;
  interval.days_of_month = {*ParseDaysOfMonth("-2:-1")};

  EXPECT_TRUE(interval.Contains(Unix(2024, 2, 28, 12, 0)));
  EXPECT_TRUE(interval.Contains(Unix(2024, 2, 29, 12, 0)));
  EXPECT_FALSE(interval.Contains(Unix(2024, 2, 27, 12, 0)));
  EXPECT_TRUE(interval.Contains(Unix(2023, 2, 28, 12, 0)));

  interval.days_of_month = {*ParseDaysOfMonth("31")};
  EXPECT_FALSE(interval.Contains(Unix(2024, 4, 30, 12, 0)));
  EXPECT_TRUE(interval.Contains(Unix(2024, 5, 31, 12, 0)));
}

TEST(TimeIntervalTest, LooksAtTheClocksOfItsPlace) {
  TimeInterval interval;
  interval.times = {*ParseTimes("09:00", "10:00")};
  interval.location = *TimeZone::Load("Europe/Paris");

  EXPECT_TRUE(interval.Contains(Unix(2024, 1, 15, 8, 30)));  // UTC+1
  EXPECT_FALSE(interval.Contains(Unix(2024, 7, 15, 8, 30)));
  EXPECT_TRUE(interval.Contains(Unix(2024, 7, 15, 7, 30)));  // UTC+2
}

TEST(TimeIntervalTest, BeforeTheEpochDaysAreDaysToo) {
  TimeInterval interval;
  interval.years = {*ParseYears("1969")};
  interval.times = {*ParseTimes("23:59", "24:00")};
  EXPECT_TRUE(interval.Contains(-1));
}

TEST(TimeIntervalTest, RefusesWhatCannotBe) {
  EXPECT_EQ(ParseTimes("09:00", "").status().message(),
            "both start and end times must be provided");
  EXPECT_EQ(ParseTimes("17:00", "09:00").status().message(),
            "start time cannot be equal or greater than end time");
  EXPECT_EQ(ParseTimes("9:00", "10:00").status().message(),
            "couldn't parse timestamp 9:00, invalid format");
  EXPECT_FALSE(ParseTimes("00:60", "10:00").ok());
  EXPECT_FALSE(ParseTimes("00:00", "24:01").ok());
  EXPECT_EQ(ParseWeekdays("friday:monday").status().message(),
            "start day cannot be before end day");
  EXPECT_EQ(ParseWeekdays("1").status().message(), "1 is not a valid weekday");
  EXPECT_EQ(ParseDaysOfMonth("0").status().message(),
            "0 is not a valid day of the month: out of range");
  EXPECT_EQ(ParseDaysOfMonth("-5:5").status().message(),
            "end day must be negative if start day is negative");
  EXPECT_EQ(ParseDaysOfMonth("10:-25").status().message(),
            "end day -25 is always before start day 10");
  EXPECT_EQ(ParseMonths("may:january").status().message(),
            "end month january is before start month may");
  EXPECT_EQ(ParseMonths("13").status().message(), "13 is not a valid month");
  EXPECT_EQ(ParseYears("2025:2024").status().message(), "end year 2024 is before start year 2025");
  EXPECT_EQ(ParseYears("1:2:3").status().message(), "couldn't parse range 1:2:3, invalid format");
  EXPECT_EQ(TimeZone::Load("Europe/Nowhere").status().message(),
            "unknown time zone Europe/Nowhere");
}

TEST(TimeIntervalTest, NamesAreReadInAnyCase) {
  EXPECT_EQ(*ParseWeekdays("Monday:FRIDAY"), (Range{1, 5}));
  EXPECT_EQ(*ParseMonths("January:3"), (Range{1, 3}));
}

}  // namespace
}  // namespace kvs::alerting

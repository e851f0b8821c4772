// SPDX-License-Identifier: Apache-2.0
#include "alarm.h"

#include <memory>
#include <optional>

#include <gtest/gtest.h>

namespace kvs::cache::memcached {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// Two alarms that are due at once: what the first one does finds the second already on its way.
struct TwoAlarms {
  boost::asio::io_context loop;
  int rang = 0;
  std::function<void()> at_first;
  std::optional<Alarm> second{std::in_place, loop, [this] { ++rang; }};
  Alarm first{loop, [this] { at_first(); }};

  void Run() {
    first.Arm(milliseconds(0));
    second->Arm(milliseconds(0));
    loop.poll();
  }
};

TEST(AlarmTest, Rings) {
  TwoAlarms alarms;
  alarms.at_first = [] {};

  alarms.Run();

  EXPECT_EQ(alarms.rang, 1);
}

TEST(AlarmTest, OneThatIsDisarmedOnItsWayDoesNotRing) {
  TwoAlarms alarms;
  alarms.at_first = [&] { alarms.second->Disarm(); };

  alarms.Run();

  EXPECT_EQ(alarms.rang, 0);
}

TEST(AlarmTest, OneThatIsArmedAnewOnItsWayRingsAtItsNewTime) {
  TwoAlarms alarms;
  alarms.at_first = [&] { alarms.second->Arm(hours(1)); };

  alarms.Run();

  EXPECT_EQ(alarms.rang, 0);
  alarms.second->Arm(milliseconds(0));
  alarms.loop.poll();
  EXPECT_EQ(alarms.rang, 1);
}

TEST(AlarmTest, OneThatGoesAwayOnItsWayDoesNotRing) {
  TwoAlarms alarms;
  alarms.at_first = [&] { alarms.second.reset(); };

  alarms.Run();

  EXPECT_EQ(alarms.rang, 0);
}

}  // namespace
}  // namespace kvs::cache::memcached

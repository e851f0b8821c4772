// SPDX-License-Identifier: Apache-2.0
// Who gets which place, and when.
#include "places.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/co.h"
#include "kvs/testkit/test_host.h"

namespace kvs::engine::scheduler {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PlacesTest : public ::testing::Test {
 protected:
  /// One that wants a place, and keeps it until it is given back by the test.
  struct Guest {
    Guest(Places& places, std::string_view tenant, int32_t priority = 0, int64_t spread = 0,
          const kvs_cancel_t* cancel = nullptr)
        : call(tenant, cancel) {
      Enter(this, places, spread, priority);
    }
    static sdk::Detached Enter(Guest* self, Places& places, int64_t spread, int32_t priority) {
      StatusOr<size_t> got = co_await places.Take(self->call, spread, priority);
      self->place = got.ok() ? static_cast<int>(*got) : -1;
      self->status = got.status();
      self->ended = true;
    }
    sdk::OwnedCall call;
    std::atomic<bool> ended{false};
    int place = -1;
    Status status;
  };
  Places Make(size_t queriers, PlacesOptions options) {
    std::vector<std::string> names;
    for (size_t q = 0; q < queriers; ++q) names.push_back(StrCat("q", q));
    return Places(host_.host().executor(), host_.host().clock(), std::move(names), options);
  }

  testkit::TestHost host_{{.workers = 1, .manual_clock = true}};
};

TEST_F(PlacesTest, QueriersAreFilledEvenlyAndThenOneWaits) {
  Places places = Make(2, {.places_per_querier = 2, .max_waiting_per_tenant = 10});
  Guest a(places, "t"), b(places, "t"), c(places, "t"), d(places, "t"), late(places, "t");

  std::multiset<int> taken{a.place, b.place, c.place, d.place};
  EXPECT_THAT(taken, ElementsAre(0, 0, 1, 1));
  EXPECT_FALSE(late.ended);
  EXPECT_EQ(places.waiting(), 1);

  places.Give(1, true);
  host_.WaitIdle();
  EXPECT_EQ(late.place, 1);
}

TEST_F(PlacesTest, TenantsTakeTurnsAndPriorityCountsWithinOne) {
  Places places = Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 10});
  Guest first(places, "many"), low(places, "many"), high(places, "many", 1), other(places, "few");

  std::vector<std::string> order;
  for (int i = 0; i < 3; ++i) {
    const bool before[] = {low.ended, high.ended, other.ended};
    places.Give(0, true);
    host_.WaitIdle();
    if (low.ended != before[0]) order.push_back("low");
    if (high.ended != before[1]) order.push_back("high");
    if (other.ended != before[2]) order.push_back("other");
  }
  EXPECT_THAT(order, ElementsAre("high", "other", "low"));
}

TEST_F(PlacesTest, TooManyOfATenantAreRefused) {
  Places places = Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 1});
  Guest first(places, "t"), waits(places, "t"), refused(places, "t"), other(places, "u");

  EXPECT_TRUE(refused.ended);
  EXPECT_EQ(refused.status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(refused.status.reason(), "too_many_requests");
  EXPECT_THAT(refused.status.message(), HasSubstr("too many outstanding requests"));
  EXPECT_FALSE(other.ended);
  places.Give(0, true);
  host_.WaitIdle();
  places.Give(0, true);
  host_.WaitIdle();
  EXPECT_TRUE(other.ended && waits.ended);
}

TEST_F(PlacesTest, ALineThatPeopleHaveFilledHasRoomForRules) {
  Places places = Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 1});
  Guest first(places, "t"), waits(places, "t"), refused(places, "t"), rule(places, "t", 1);

  EXPECT_TRUE(refused.ended);
  EXPECT_FALSE(rule.ended);
  places.Give(0, true);
  host_.WaitIdle();
  EXPECT_EQ(rule.place, 0);
  EXPECT_FALSE(waits.ended);
}

TEST_F(PlacesTest, WhoIsCancelledLeavesTheLine) {
  Places places = Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 10});
  sdk::CancelSource cancel;
  Guest first(places, "t"), waits(places, "t", 0, 0, cancel.raw());

  cancel.Cancel();
  host_.WaitIdle();

  EXPECT_EQ(waits.status.code(), StatusCode::kCancelled);
  EXPECT_EQ(places.waiting(), 0);
  Guest too_late(places, "t", 0, 0, cancel.raw());
  host_.WaitIdle();
  EXPECT_EQ(too_late.status.code(), StatusCode::kCancelled);
}

TEST_F(PlacesTest, ADeadlineEndsTheWait) {
  Places places = Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 10});
  Guest first(places, "t");
  Guest waits(places, "t");
  const_cast<kvs_call_t*>(waits.call.call().raw())->deadline_ns = sdk::MonotonicNs() - 1;

  places.Tick();
  host_.WaitIdle();

  EXPECT_EQ(waits.status.code(), StatusCode::kDeadlineExceeded);
}

TEST_F(PlacesTest, AQuerierThatWasNotReachedIsPassedOverForAWhile) {
  Places places =
      Make(2, {.places_per_querier = 5, .max_waiting_per_tenant = 10, .pause_ms = 1000});
  Guest first(places, "t");
  const int failed = first.place;

  places.Give(static_cast<size_t>(failed), false);

  EXPECT_EQ(places.healthy(), 1);
  for (int i = 0; i < 4; ++i) EXPECT_NE(Guest(places, "t").place, failed);
  host_.Advance(1000);
  EXPECT_EQ(places.healthy(), 2);
}

TEST_F(PlacesTest, WhereNobodyIsReachedAnybodyWillDo) {
  Places places =
      Make(1, {.places_per_querier = 1, .max_waiting_per_tenant = 10, .pause_ms = 1000});
  Guest first(places, "t");
  Guest waits(places, "t");

  places.Give(0, false);
  host_.WaitIdle();

  EXPECT_EQ(waits.place, 0);
}

TEST_F(PlacesTest, ATenantStaysWithItsQueriers) {
  Places places = Make(10, {.places_per_querier = 4, .max_waiting_per_tenant = 100});
  std::set<int> used;
  std::vector<std::unique_ptr<Guest>> guests;
  for (int i = 0; i < 8; ++i) {
    guests.push_back(std::make_unique<Guest>(places, "t", 0, 2));
    used.insert(guests.back()->place);
  }
  EXPECT_EQ(used.size(), 2u);
  Guest waits(places, "t", 0, 2);
  EXPECT_FALSE(waits.ended) << "although others have room";

  places.Give(static_cast<size_t>(*used.begin()), true);
  host_.WaitIdle();
  EXPECT_EQ(waits.place, *used.begin());
}

TEST(QueriersOf, OneThatLeavesChangesNoMoreThanItsOwnPlace) {
  std::vector<std::string> names;
  for (int q = 0; q < 10; ++q) names.push_back(StrCat("q", q));
  const std::vector<std::string> fewer(names.begin(), names.end() - 1);
  for (int t = 0; t < 200; ++t) {
    const std::string tenant = StrCat("tenant-", t);
    const std::vector<bool> before = QueriersOf(tenant, 3, names),
                            after = QueriersOf(tenant, 3, fewer);
    int gone = 0;
    for (size_t q = 0; q < fewer.size(); ++q) gone += before[q] && !after[q] ? 1 : 0;
    EXPECT_EQ(gone, 0) << tenant;
  }
}

}  // namespace
}  // namespace kvs::engine::scheduler

// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/refusal_pace.h"

#include <gtest/gtest.h>

namespace kvs::sdk {
namespace {

constexpr int64_t kMs = 1'000'000;

TEST(RefusalPaceTest, ASecondsWorthIsToldAtOnceAndThenSoManyASecond) {
  RefusalPace pace(10);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pace.WaitMs("a", 1, 5000 * kMs), 0) << i;
  EXPECT_EQ(pace.WaitMs("a", 1, 5000 * kMs), 100);
  EXPECT_EQ(pace.WaitMs("a", 1, 5000 * kMs), 200);
  EXPECT_EQ(pace.WaitMs("a", 1, 5100 * kMs), 200) << "a tenth of a second has passed";
  EXPECT_EQ(pace.WaitMs("b", 1, 5100 * kMs), 0) << "another tenant";
  EXPECT_EQ(pace.WaitMs("a", 1, 9000 * kMs), 0) << "the bucket is full again";
}

TEST(RefusalPaceTest, NobodyWaitsLongerThanTheLongest) {
  RefusalPace pace(10);
  int64_t longest = 0;
  for (int i = 0; i < 1000; ++i) longest = std::max(longest, pace.WaitMs("a", 1, 0));
  EXPECT_EQ(longest, RefusalPace::kLongestMs);
  EXPECT_EQ(pace.WaitMs("a", 1, 3000 * kMs), 0) << "and the tenant is soon as good as any";
}

TEST(RefusalPaceTest, LargeRequestsAreNotHeld) {
  RefusalPace pace(1);
  constexpr uint64_t kHalf = RefusalPace::kHeldBytes / 2;
  EXPECT_EQ(pace.WaitMs("a", kHalf, 0), 0);
  EXPECT_GT(pace.WaitMs("a", kHalf, 0), 0);
  EXPECT_GT(pace.WaitMs("a", kHalf, 0), 0);
  EXPECT_EQ(pace.WaitMs("a", 1, 0), 0);
  pace.Told("a", kHalf);
  EXPECT_GT(pace.WaitMs("a", 1, 0), 0);
}

TEST(RefusalPaceTest, NoneMeansAtOnce) {
  RefusalPace pace(0);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pace.WaitMs("a", 1, 0), 0);
}

TEST(RefusalPaceTest, TenantsThatAreNotRefusedAnyMoreAreForgotten) {
  RefusalPace pace(1);
  for (int64_t i = 0; i < 10'000; ++i) pace.WaitMs(std::to_string(i), 1, i * 2000 * kMs);
  EXPECT_LE(pace.tenants(), 1024u);
}

}  // namespace
}  // namespace kvs::sdk

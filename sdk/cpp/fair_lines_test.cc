// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/fair_lines.h"

#include <gtest/gtest.h>

namespace kvs::sdk {
namespace {

std::shared_ptr<int> LineItem(int value) {
  return std::make_shared<int>(value);
}

std::vector<int> Drain(FairLines<int>& lines) {
  std::vector<int> out;
  while (const std::shared_ptr<int> next = lines.Pop()) out.push_back(*next);
  return out;
}

TEST(FairLines, TenantsTakeTurns) {
  FairLines<int> lines(10);
  for (const int i : {1, 2, 3}) lines.Push("many", LineItem(i));
  lines.Push("few", LineItem(10));

  EXPECT_EQ(Drain(lines), (std::vector<int>{1, 10, 2, 3}));
  EXPECT_EQ(lines.size(), 0);
}

TEST(FairLines, PriorityCountsWithinATenantAlone) {
  FairLines<int> lines(10);
  lines.Push("a", LineItem(1), 0);
  lines.Push("a", LineItem(2), 5);
  lines.Push("a", LineItem(3), 5);
  lines.Push("b", LineItem(10), -1);

  EXPECT_EQ(Drain(lines), (std::vector<int>{2, 10, 3, 1}));
}

TEST(FairLines, AHigherPriorityThatNeverEndsLeavesEveryFourthTurnToWhoWaitsLongest) {
  FairLines<int> lines(10);
  for (const int i : {1, 2}) lines.Push("a", LineItem(i), 0);
  lines.Push("a", LineItem(-5), -1);

  std::vector<int> order;
  for (int turn = 0; turn < 12; ++turn) {
    lines.Push("a", LineItem(10), 1);  // There is always one more.
    order.push_back(*lines.Pop());
  }
  EXPECT_EQ(order, (std::vector<int>{10, 10, 10, 1, 10, 10, 10, 2, 10, 10, 10, -5}));
}

TEST(FairLines, ALineHasAnEndForEachPriority) {
  FairLines<int> lines(1);

  EXPECT_TRUE(lines.Push("a", LineItem(1)));
  EXPECT_FALSE(lines.Push("a", LineItem(2)));
  EXPECT_TRUE(lines.Push("a", LineItem(3), 9));
  EXPECT_FALSE(lines.Push("a", LineItem(4), 9));
  EXPECT_TRUE(lines.Push("b", LineItem(5)));
  EXPECT_FALSE(FairLines<int>(0).Push("a", LineItem(6)));
}

TEST(FairLines, WhoMayNotGoIsPassedOverAndKeepsItsTurn) {
  FairLines<int> lines(10);
  lines.Push("a", LineItem(1));
  lines.Push("b", LineItem(2));
  lines.Push("c", LineItem(3));

  EXPECT_EQ(*lines.Pop([](std::string_view tenant) { return tenant != "a"; }), 2);
  EXPECT_EQ(lines.Pop([](std::string_view) { return false; }), nullptr);
  EXPECT_EQ(Drain(lines), (std::vector<int>{1, 3}));
}

TEST(FairLines, WhoLeavesIsGone) {
  FairLines<int> lines(10);
  const auto first = LineItem(1), second = LineItem(2);
  lines.Push("a", first);
  lines.Push("a", second, 1);

  EXPECT_TRUE(lines.Leave("a", second.get()));
  EXPECT_FALSE(lines.Leave("a", second.get()));
  EXPECT_FALSE(lines.Leave("b", first.get()));

  EXPECT_EQ(Drain(lines), std::vector<int>{1});
}

}  // namespace
}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/turns.h"

#include <gtest/gtest.h>

namespace kvs::sdk {
namespace {

std::shared_ptr<int> Item(int value) {
  return std::make_shared<int>(value);
}

TurnAnswer Ask(Turns<int>& turns, std::string_view tenant, const std::shared_ptr<int>& item,
               int32_t priority = 0) {
  return turns.Ask(
      tenant, item, [] {}, priority);
}

TEST(TurnsTest, SoManyRunAtOnceAndTheNextWaits) {
  Turns<int> turns(2, 10);

  EXPECT_TRUE(turns.TryRun());
  EXPECT_EQ(Ask(turns, "a", Item(1)), TurnAnswer::kRun);
  EXPECT_FALSE(turns.TryRun());
  EXPECT_EQ(Ask(turns, "a", Item(2)), TurnAnswer::kWait);

  EXPECT_EQ(turns.running(), 2);
  EXPECT_EQ(turns.waiting(), 1);
}

TEST(TurnsTest, ATurnThatEndsGoesToWhoWaitsElseItIsGivenBack) {
  Turns<int> turns(1, 10);
  ASSERT_TRUE(turns.TryRun());
  ASSERT_EQ(Ask(turns, "a", Item(7)), TurnAnswer::kWait);

  EXPECT_EQ(*turns.Next(), 7);
  EXPECT_EQ(turns.running(), 1);
  EXPECT_EQ(turns.Next(), nullptr);
  EXPECT_EQ(turns.running(), 0);
  EXPECT_TRUE(turns.TryRun());
}

TEST(TurnsTest, TenantsTakeTurnsHoweverManyOneOfThemHas) {
  Turns<int> turns(1, 10);
  ASSERT_TRUE(turns.TryRun());
  for (const int item : {1, 2, 3}) Ask(turns, "many", Item(item));
  Ask(turns, "few", Item(10));
  Ask(turns, "other", Item(20));

  std::vector<int> order;
  while (const std::shared_ptr<int> next = turns.Next()) order.push_back(*next);

  EXPECT_EQ(order, (std::vector<int>{1, 10, 20, 2, 3}));
}

TEST(TurnsTest, OneOfAHigherPriorityGoesFirstAndFindsRoomInAFullLine) {
  Turns<int> turns(1, 2);
  ASSERT_TRUE(turns.TryRun());
  for (const int item : {1, 2}) Ask(turns, "a", Item(item));
  ASSERT_EQ(Ask(turns, "a", Item(3)), TurnAnswer::kFull);

  EXPECT_EQ(Ask(turns, "a", Item(10), 1), TurnAnswer::kWait);
  EXPECT_EQ(*turns.Next(), 10);
  EXPECT_EQ(*turns.Next(), 1);
}

TEST(TurnsTest, TheLineOfATenantHasAnEnd) {
  Turns<int> turns(1, 2);
  ASSERT_TRUE(turns.TryRun());
  Ask(turns, "a", Item(1));
  Ask(turns, "a", Item(2));

  EXPECT_EQ(Ask(turns, "a", Item(3)), TurnAnswer::kFull);
  EXPECT_EQ(Ask(turns, "b", Item(4)), TurnAnswer::kWait);
  EXPECT_EQ(turns.waiting(), 3);
}

TEST(TurnsTest, WithoutLinesNobodyWaits) {
  Turns<int> turns(1, 0);
  ASSERT_TRUE(turns.TryRun());

  EXPECT_EQ(Ask(turns, "a", Item(1)), TurnAnswer::kFull);
  EXPECT_EQ(turns.Next(), nullptr);
}

TEST(TurnsTest, WhoLeavesTheLineGetsNoTurn) {
  Turns<int> turns(1, 10);
  ASSERT_TRUE(turns.TryRun());
  const auto first = Item(1), second = Item(2), alone = Item(3);
  Ask(turns, "a", first);
  Ask(turns, "b", alone);
  Ask(turns, "a", second);

  EXPECT_TRUE(turns.Leave("a", first.get()));
  EXPECT_TRUE(turns.Leave("b", alone.get()));
  EXPECT_FALSE(turns.Leave("b", alone.get()));

  EXPECT_EQ(turns.Next(), second);
  EXPECT_FALSE(turns.Leave("a", second.get()));
  EXPECT_EQ(turns.Next(), nullptr);
}

}  // namespace
}  // namespace kvs::sdk

// SPDX-License-Identifier: Apache-2.0
#include "election.h"

#include <gtest/gtest.h>

namespace kvs::sink::ha_dedup {
namespace {

TEST(ElectionTest, NobodyTakesOverBeforeTheTimeout) {
  const Elected elected{.replica = "a", .received_ms = 1000, .elected_ms = 0, .changes = 0};

  EXPECT_FALSE(MayTakeOver(elected, 0, 31'000, 31'000, {}));
  EXPECT_TRUE(MayTakeOver(elected, 0, 31'001, 31'001, {}));
  EXPECT_FALSE(MayTakeOver(elected, 5000, 31'001, 31'001, {}))
      << "this process has heard of it since";
}

TEST(ElectionTest, TheTimeOfSamplesCountsWhereItIsAskedFor) {
  const Elected elected{.replica = "a", .received_ms = 1000, .elected_ms = 0, .changes = 0};
  const ElectionRules rules{.failover_sample_ms = 20'000};

  EXPECT_FALSE(MayTakeOver(elected, 0, 40'000, 21'000, rules)) << "a queue that catches up";
  EXPECT_TRUE(MayTakeOver(elected, 0, 40'000, 21'001, rules));
}

TEST(ElectionTest, WhatIsWrittenIsReadBack) {
  const auto read = Elected::FromJson(Elected{"a\"b", 5, 3, 2}.ToJson());

  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->replica, "a\"b");
  EXPECT_EQ(read->received_ms, 5);
  EXPECT_EQ(read->elected_ms, 3);
  EXPECT_EQ(read->changes, 2u);
  EXPECT_FALSE(Elected::FromJson("{}").ok());
  EXPECT_FALSE(Elected::FromJson("").ok());
}

}  // namespace
}  // namespace kvs::sink::ha_dedup

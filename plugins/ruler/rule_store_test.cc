// SPDX-License-Identifier: Apache-2.0
#include "rule_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/testkit/fake_store.h"
#include "kvs/testkit/store_client.h"

namespace kvs::ruler {
namespace {

class RuleStoreTest : public ::testing::Test {
 protected:
  static rules::Group GroupOf(std::string name, std::string expr = "up") {
    return {.name = std::move(name), .rules = {{.record = "r", .expr = std::move(expr)}}};
  }
  testkit::FakeStore objects_;
  sdk::StoreRef ref_{sdk::IfaceOf<sdk::ObjectStore>(&objects_)};
  testkit::StoreClient client_{ref_};
  RuleStore store_{ref_};
  sdk::OwnedCall call_{"t"};
};

TEST_F(RuleStoreTest, KeepsGroupsOfTenantsApart) {
  ASSERT_TRUE(store_.Set(call_, "a", "ns", {GroupOf("g")}).ok());
  ASSERT_TRUE(store_.Set(call_, "b", "ns", {GroupOf("h"), GroupOf("i")}).ok());

  EXPECT_EQ(store_.Load(call_, "a")->size(), 1u);
  EXPECT_EQ(store_.Load(call_, "b")->size(), 2u);
  EXPECT_EQ(store_.Get(call_, "a", "ns", "h").status().code(), StatusCode::kNotFound);
  std::vector<std::string> damaged;
  EXPECT_EQ(store_.LoadAll(call_, &damaged)->at("b").size(), 2u);
  ASSERT_TRUE(store_.DeleteTenant(call_, "b").ok());
  EXPECT_FALSE(store_.LoadAll(call_, &damaged)->contains("b"));
  EXPECT_TRUE(damaged.empty());
}

TEST_F(RuleStoreTest, AFileIsStoredAsAWholeOrNotAtAll) {
  ASSERT_TRUE(store_.Set(call_, "a", "ns", {GroupOf("one", "old")}).ok());
  objects_.LoseNextPut(Unavailable("full"));

  EXPECT_FALSE(store_.Set(call_, "a", "ns", {GroupOf("one", "new"), GroupOf("two")}).ok());

  EXPECT_EQ(store_.Get(call_, "a", "ns", "one")->rules[0].expr, "old");
  EXPECT_FALSE(store_.Get(call_, "a", "ns", "two").ok());
}

TEST_F(RuleStoreTest, ADamagedGroupDoesNotHideTheOthers) {
  ASSERT_TRUE(store_.Set(call_, "a", "ns", {GroupOf("g")}).ok());
  ASSERT_TRUE(client_.Put(rules::GroupKey("a", "ns", "bad"), "\x0a\x7f").ok());

  std::vector<std::string> damaged;
  const auto all = store_.LoadAll(call_, &damaged);

  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->at("a").size(), 1u);
  EXPECT_EQ(damaged.size(), 1u);
}

TEST_F(RuleStoreTest, WhatIsNotThereCannotBeDeleted) {
  EXPECT_EQ(store_.Delete(call_, "a", "ns", "g").code(), StatusCode::kNotFound);
  EXPECT_EQ(store_.DeleteNamespace(call_, "a", "ns").code(), StatusCode::kNotFound);
}

}  // namespace
}  // namespace kvs::ruler

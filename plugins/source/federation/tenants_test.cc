// SPDX-License-Identifier: Apache-2.0
// Names of tenants and matchers on them.
#include "tenants.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/sdk/str.h"
#include "kvs/testkit/test_batch.h"

namespace kvs::source::federation {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(TenantsTest, NamesAreSortedAndStandOnce) {
  const auto asked = ParseTenants("b|a|b", true);

  ASSERT_TRUE(asked.ok());
  EXPECT_THAT(asked->names, ElementsAre("a", "b"));
  EXPECT_FALSE(asked->is_single());
  EXPECT_TRUE(ParseTenants("a|a", true)->is_single());
}

TEST(TenantsTest, AStarAtTheEndIsAWildcard) {
  const auto asked = ParseTenants("a|team-*", true);

  ASSERT_TRUE(asked.ok());
  EXPECT_THAT(asked->names, ElementsAre("a"));
  EXPECT_THAT(asked->prefixes, ElementsAre("team-"));
  EXPECT_THAT(ParseTenants("*", true)->prefixes, ElementsAre(""));
  EXPECT_THAT(ParseTenants("te*m", true).status().message(), HasSubstr("not at its end"));
  EXPECT_THAT(ParseTenants("team-*", false)->names, ElementsAre("team-*"));
  EXPECT_FALSE(ParseTenants("a||b", true).ok());
}

TEST(TenantsTest, MatchersOnTheTenantPruneAndOthersStay) {
  const std::vector<testkit::Match> matches = {{KVS_MATCH_REGEX, "__tenant_id__", "a|b"},
                                               {KVS_MATCH_NOT_EQUAL, "__tenant_id__", "b"},
                                               {KVS_MATCH_EQUAL, "original___tenant_id__", "x"},
                                               {KVS_MATCH_EQUAL, "job", "j"}};
  const testkit::MatchSet set(matches);

  const auto matchers = TenantMatchers::Make(*set.raw(), {"a", "b", "c"});

  ASSERT_TRUE(matchers.ok());
  EXPECT_TRUE(matchers->Leaves(0));
  EXPECT_FALSE(matchers->Leaves(1));
  EXPECT_FALSE(matchers->Leaves(2));
  ASSERT_EQ(matchers->rest().n, 2u);
  EXPECT_EQ(sdk::View(matchers->rest().matchers[0].name), "__tenant_id__");
  EXPECT_EQ(sdk::View(matchers->rest().matchers[1].name), "job");
}

TEST(TenantsTest, ABrokenExpressionIsInvalid) {
  const std::vector<testkit::Match> matches = {{KVS_MATCH_REGEX, "__tenant_id__", "("}};
  const testkit::MatchSet set(matches);

  EXPECT_EQ(TenantMatchers::Make(*set.raw(), {"a"}).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace kvs::source::federation

// SPDX-License-Identifier: Apache-2.0
// Small rings, by hand.
#include "kvs/ring/token_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/ring/tokens.h"

namespace kvs::ring {
namespace {

using ::testing::ElementsAre;
constexpr uint32_t kNobody = TokenTable::kNobody;

std::vector<uint32_t> OwnersOf(const TokenTable& table, uint32_t position, size_t copies) {
  std::vector<uint32_t> out(copies, 12345);
  table.Owners(&position, 1, out.data());
  return out;
}

class TokenTableTest : public ::testing::Test {
 protected:
  // Tokens 10, 20, 30 and so on, one a member.
  std::vector<Member> Members(size_t n, uint32_t n_zones = 0) {
    tokens_.resize(n);
    std::vector<Member> members(n);
    for (size_t i = 0; i < n; ++i) {
      tokens_[i] = {static_cast<uint32_t>(10 * (i + 1))};
      members[i].tokens = tokens_[i];
      members[i].zone = static_cast<uint16_t>(n_zones == 0 ? 0 : i % n_zones);
    }
    return members;
  }
  std::vector<std::vector<uint32_t>> tokens_;
};

TEST_F(TokenTableTest, TheOwnerIsTheFirstTokenBehind) {
  const auto members = Members(4);
  const TokenTable table(members, {.replication_factor = 2});

  EXPECT_THAT(OwnersOf(table, 0, 2), ElementsAre(0, 1));
  EXPECT_THAT(OwnersOf(table, 9, 2), ElementsAre(0, 1));
  EXPECT_THAT(OwnersOf(table, 10, 2), ElementsAre(1, 2)) << "a token belongs to the one behind it";
  EXPECT_THAT(OwnersOf(table, 39, 2), ElementsAre(3, 0));
  EXPECT_THAT(OwnersOf(table, 40, 2), ElementsAre(0, 1)) << "round the circle";
  EXPECT_THAT(OwnersOf(table, UINT32_MAX, 2), ElementsAre(0, 1));
}

TEST_F(TokenTableTest, SomebodyStandsInForWhoDoesNotTake) {
  auto members = Members(4);
  members[1].takes = false;
  const TokenTable table(members, {.replication_factor = 3});

  EXPECT_THAT(OwnersOf(table, 0, 3), ElementsAre(0, 2, 3));
}

TEST_F(TokenTableTest, NobodyStandsInForWhoIsNotHealthy) {
  auto members = Members(4);
  members[1].healthy = false;
  const TokenTable table(members, {.replication_factor = 3});

  EXPECT_THAT(OwnersOf(table, 0, 3), ElementsAre(0, kNobody, 2));
}

TEST_F(TokenTableTest, CopiesAreInDifferentZones) {
  auto members = Members(6, 3);
  members[1].zone = 0;  // 0 0 2 0 1 2
  const TokenTable table(members, {.replication_factor = 3, .n_zones = 3});

  EXPECT_THAT(OwnersOf(table, 0, 3), ElementsAre(0, 2, 4));
}

TEST_F(TokenTableTest, AStandInIsOfTheSameZone) {
  auto members = Members(6, 3);  // 0 1 2 0 1 2
  members[1].takes = false;
  const TokenTable table(members, {.replication_factor = 3, .n_zones = 3});

  EXPECT_THAT(OwnersOf(table, 0, 3), ElementsAre(0, 2, 4));
}

TEST_F(TokenTableTest, WithFewerZonesThanCopiesAZoneHasItsShare) {
  auto members = Members(6, 2);  // 0 1 0 1 0 1
  const TokenTable table(members, {.replication_factor = 3, .n_zones = 2});

  EXPECT_THAT(OwnersOf(table, 0, 3), ElementsAre(0, 1, 2));
}

TEST_F(TokenTableTest, TooFewMembersLeaveSlotsEmpty) {
  const auto members = Members(2);

  EXPECT_THAT(OwnersOf(TokenTable(members, {.replication_factor = 3}), 15, 3),
              ElementsAre(1, 0, kNobody));
  EXPECT_THAT(OwnersOf(TokenTable(std::span<const Member>(), {.replication_factor = 3}), 15, 3),
              ElementsAre(kNobody, kNobody, kNobody));
}

TEST(TokensTest, TokensAreTheSameForEver) {
  // Two processes of different versions must agree: these numbers never change.
  EXPECT_THAT(TokensOf("ingester-0", 4), ElementsAre(336985212, 413310210, 750751550, 3166996954));
  EXPECT_EQ(SeedOf("ingester-0"), 2228369344102310491u);
  EXPECT_EQ(SeriesToken(SeedOf("team-a"), 42), 3973771301u);
}

}  // namespace
}  // namespace kvs::ring

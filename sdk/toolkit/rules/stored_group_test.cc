// SPDX-License-Identifier: Apache-2.0
#include "kvs/rules/stored_group.h"

#include <gtest/gtest.h>

namespace kvs::rules {
namespace {

TEST(StoredGroupTest, AGroupComesBackAsItWas) {
  StoredGroup stored{"team-a", "ns/1", {}};
  stored.group = {"g", 90'500, 30'000, 1'000, 10, {{"team", "x"}}, {}, {"a", "b"}, true};
  stored.group.rules.push_back({"r:x", "", "sum(up)", 0, 0, {{"l", "v"}}, {}});
  stored.group.rules.push_back(
      {"", "Down", "up == 0", 300'000, 60'000, {{"s", "1"}}, {{"a", "{{ $value }}"}}});

  const StatusOr<StoredGroup> back = DecodeGroup(EncodeGroup(stored));

  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(*back, stored);
}

TEST(StoredGroupTest, AnOffsetOfNothingIsNotTheSameAsNone) {
  StoredGroup stored{"t", "ns", {.name = "g", .query_offset_ms = 0}};

  EXPECT_EQ(DecodeGroup(EncodeGroup(stored))->group.query_offset_ms, 0);
  stored.group.query_offset_ms.reset();
  EXPECT_FALSE(DecodeGroup(EncodeGroup(stored))->group.query_offset_ms.has_value());
}

// As the generated code of Mimir marshals a group: name "g", namespace "n", interval 60s, one rule,
// tenant "u".
TEST(StoredGroupTest, ReadsWhatMimirWrote) {
  const std::string bytes(
      "\x0a\x01g\x12\x01n\x1a\x02\x08\x3c\x22\x0c\x0a\x02up\x12\x02rr\x22\x00\x6a\x00\x32\x01u\x5a"
      "\x00\x6a\x00",
      31);

  const StatusOr<StoredGroup> group = DecodeGroup(bytes);

  ASSERT_TRUE(group.ok()) << group.status().message();
  EXPECT_EQ(group->tenant, "u");
  EXPECT_EQ(group->namespace_name, "n");
  EXPECT_EQ(group->group.interval_ms, 60'000);
  ASSERT_EQ(group->group.rules.size(), 1u);
  EXPECT_EQ(group->group.rules[0].record, "rr");
  EXPECT_FALSE(group->group.query_offset_ms.has_value());
  EXPECT_EQ(EncodeGroup(*group), bytes);
}

TEST(StoredGroupTest, DamageIsAnError) {
  EXPECT_EQ(DecodeGroup("\x0a\x7f").status().code(), StatusCode::kDataLoss);
  EXPECT_EQ(DecodeGroup("\x22\x04\x0a\x7fzz").status().code(), StatusCode::kDataLoss);
}

TEST(StoredGroupTest, KeysHoldNamesInBase64) {
  EXPECT_EQ(GroupKey("t", "a/b?", "grp"), "rules/t/YS9iPw==/Z3Jw");
  const StatusOr<KeyParts> parts = ParseGroupKey("rules/t/YS9iPw==/Z3Jw");
  ASSERT_TRUE(parts.ok());
  EXPECT_EQ(parts->tenant, "t");
  EXPECT_EQ(parts->namespace_name, "a/b?");
  EXPECT_EQ(parts->group, "grp");
  EXPECT_FALSE(ParseGroupKey("rules/t/x").ok());
  EXPECT_FALSE(ParseGroupKey("blocks/t/x/y").ok());
  EXPECT_FALSE(ParseGroupKey("rules/t/%/y").ok());
}

}  // namespace
}  // namespace kvs::rules

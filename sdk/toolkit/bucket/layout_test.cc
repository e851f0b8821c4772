// SPDX-License-Identifier: Apache-2.0
// Keys of a bucket, and back.
#include "kvs/bucket/layout.h"

#include <gtest/gtest.h>

#include "kvs/bucket/shard_id.h"

namespace kvs::bucket {
namespace {

const tsdb::Ulid kBlock = tsdb::Ulid::Parse("01M82E9KMRX73RA3MW4EXRZN8W").value();

TEST(LayoutTest, KeysAreMimirs) {
  EXPECT_EQ(BucketIndexKey("team-a"), "team-a/bucket-index.json.gz");
  EXPECT_EQ(BlockPrefix("team-a", kBlock), "team-a/01M82E9KMRX73RA3MW4EXRZN8W/");
  EXPECT_EQ(BlockFileKey("team-a", kBlock, SegmentPath(12)),
            "team-a/01M82E9KMRX73RA3MW4EXRZN8W/chunks/000012");
  EXPECT_EQ(GlobalMarkKey("team-a", kBlock, kNoCompactMarkFile),
            "team-a/markers/01M82E9KMRX73RA3MW4EXRZN8W-no-compact-mark.json");
  EXPECT_EQ(TenantDeletionMarkKey("team-a"), "team-a/markers/tenant-deletion-mark.json");
}

TEST(LayoutTest, AKeySaysWhatItIs) {
  const auto kind = [](std::string_view key) { return ClassifyKey("a", key).kind; };

  EXPECT_EQ(kind(BucketIndexKey("a")), KeyKind::kBucketIndex);
  EXPECT_EQ(kind(GlobalMarkKey("a", kBlock, kDeletionMarkFile)), KeyKind::kDeletionMark);
  EXPECT_EQ(kind(GlobalMarkKey("a", kBlock, kNoCompactMarkFile)), KeyKind::kNoCompactMark);
  EXPECT_EQ(kind(TenantDeletionMarkKey("a")), KeyKind::kTenantDeletionMark);
  EXPECT_EQ(kind(DeletionKey("a", kBlock)), KeyKind::kDeletion);
  EXPECT_EQ(kind("a/debug/metas/x.json"), KeyKind::kDebug);
  for (const char* other :
       {"a/", "a/notes.txt", "a/01M82E9KMRX73RA3MW4EXRZN8W", "a/01M82E9KMRX73RA3MW4EXRZN8W/",
        "a/markers/x-deletion-mark.json", "a/markers/01M82E9KMRX73RA3MW4EXRZN8W-other.json",
        "b/bucket-index.json.gz", "ab/bucket-index.json.gz", "a/deletions/x.json"}) {
    EXPECT_EQ(kind(other), KeyKind::kOther) << other;
  }
}

TEST(LayoutTest, AFileKnowsItsBlock) {
  const std::string key = BlockFileKey("a", kBlock, "chunks/000001");

  const KeyInfo info = ClassifyKey("a", key);

  EXPECT_EQ(info.kind, KeyKind::kBlockFile);
  EXPECT_EQ(info.ulid, kBlock);
  EXPECT_EQ(info.file, "chunks/000001");
}

TEST(LayoutTest, OnlyIndexAndSegmentsAreData) {
  for (const char* path : {"index", "chunks/000001", "chunks/999999"})
    EXPECT_TRUE(IsBlockDataPath(path)) << path;
  for (const char* path : {"", "meta.json", "chunks/1", "chunks/0000001", "chunks/00000a",
                           "chunks/", "x/index", "index/"}) {
    EXPECT_FALSE(IsBlockDataPath(path)) << path;
  }
}

TEST(LayoutTest, FoldersThatAreNoTenantsAreTold) {
  EXPECT_EQ(TenantOfPrefix("team-a/"), "team-a");
  EXPECT_EQ(TenantOfPrefix("__mimir_cluster/"), std::nullopt);
  EXPECT_EQ(TenantOfPrefix("/"), std::nullopt);
  EXPECT_EQ(TenantOfPrefix("a/b/"), std::nullopt);
}

TEST(ShardIdTest, IsOneBased) {
  EXPECT_EQ((ShardId{2, 8}.ToString()), "3_of_8");
  EXPECT_EQ(ShardId::Parse("3_of_8").value(), (ShardId{2, 8}));
  for (const char* wrong :
       {"", "0_of_8", "9_of_8", "3of8", "3_of_", "_of_8", "-1_of_8", "3_of_8x", "1_of_0"}) {
    EXPECT_EQ(ShardId::Parse(wrong).status().code(), StatusCode::kInvalidArgument) << wrong;
  }
}

}  // namespace
}  // namespace kvs::bucket

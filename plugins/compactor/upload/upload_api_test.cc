// SPDX-License-Identifier: Apache-2.0
// Which uploaded blocks are taken. The steps over HTTP are tested end to end.
#include "upload/upload_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_bucket.h"

namespace kvs::compactor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

tsdb::BlockMeta Meta() {
  tsdb::BlockMeta meta;
  meta.mint = 10;
  meta.maxt = 20;
  meta.thanos.emplace();
  meta.thanos->files = {{"chunks/000001", 5}, {"index", 7}, {"meta.json", 0}};
  return meta;
}

std::string Refused(tsdb::BlockMeta meta, const TenantLimits& limits = {}) {
  return SanitizeUploadedMeta(testing::Name(5), limits, 100, &meta).message();
}

TEST(UploadTest, WhatIsOursToSayIsSaid) {
  tsdb::BlockMeta meta = Meta();
  meta.ulid = testing::Name(1);
  meta.compaction.sources = {testing::Name(1), testing::Name(2)};
  meta.compaction.parents = {{testing::Name(1), 0, 1}};
  meta.thanos->labels = {{"__org_id__", "x"}, {"__compactor_shard_id__", "1_of_2"}};

  ASSERT_TRUE(SanitizeUploadedMeta(testing::Name(5), {}, 100, &meta).ok());

  EXPECT_EQ(meta.ulid, testing::Name(5));
  EXPECT_THAT(meta.compaction.sources, ElementsAre(testing::Name(5)));
  EXPECT_THAT(meta.compaction.parents, IsEmpty());
  EXPECT_EQ(meta.thanos->source, "upload");
  EXPECT_EQ(meta.thanos->labels.size(), 1);
}

TEST(UploadTest, WhatCannotBeTakenIsRefusedInMimirsWords) {
  tsdb::BlockMeta meta = Meta();
  meta.thanos->resolution_ms = 1;
  EXPECT_EQ(Refused(meta), "block contains downsampled data");
  meta = Meta();
  meta.thanos->labels = {{"zone", "a"}};
  EXPECT_EQ(Refused(meta), "unsupported external label: zone");
  meta = Meta();
  meta.thanos->labels = {{"__compactor_shard_id__", "5_of_2"}};
  EXPECT_THAT(Refused(meta), HasSubstr("invalid __compactor_shard_id__ external label"));
  meta = Meta();
  meta.thanos->files.push_back({"../../b/index", 1});
  EXPECT_EQ(Refused(meta), "file with invalid path: ../../b/index");
  meta = Meta();
  meta.thanos->files[0].size_bytes = 0;
  EXPECT_EQ(Refused(meta), "file with invalid size: chunks/000001");
  meta = Meta();
  meta.maxt = 101;
  EXPECT_THAT(Refused(meta), HasSubstr("greater than the present"));
  TenantLimits limits;
  limits.upload_max_bytes = 11;
  EXPECT_EQ(Refused(Meta(), limits), "block exceeds the maximum block size limit of 11 bytes");
  meta = Meta();
  meta.thanos->files.clear();
  EXPECT_THAT(Refused(meta), HasSubstr("not listed"));
}

}  // namespace
}  // namespace kvs::compactor

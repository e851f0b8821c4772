// SPDX-License-Identifier: Apache-2.0
// Marks, as Mimir and Thanos write them.
#include "kvs/bucket/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::bucket {
namespace {

using ::testing::HasSubstr;

const tsdb::Ulid kMarkedBlock = tsdb::Ulid::Parse("01M82E9KMRX73RA3MW4EXRZN8W").value();

TEST(MarksTest, ADeletionMarkIsWrittenAsItIsRead) {
  const DeletionMark mark{kMarkedBlock, 1700000000, "source of compacted block"};

  const std::string json = FormatDeletionMark(mark);

  EXPECT_EQ(
      json,
      R"({"id":"01M82E9KMRX73RA3MW4EXRZN8W","version":1,"details":"source of compacted block","deletion_time":1700000000})");
  EXPECT_EQ(ParseDeletionMark(json).value(), mark);
}

TEST(MarksTest, ANoCompactMarkIsWrittenAsItIsRead) {
  const NoCompactMark mark{kMarkedBlock, 1700000000, std::string(kNoCompactOutOfOrderChunks), ""};

  const std::string json = FormatNoCompactMark(mark);

  EXPECT_EQ(
      json,
      R"({"id":"01M82E9KMRX73RA3MW4EXRZN8W","version":1,"no_compact_time":1700000000,"reason":"block-index-out-of-order-chunk"})");
  EXPECT_EQ(ParseNoCompactMark(json).value(), mark);
}

TEST(MarksTest, ATenantMarkIsWrittenAsItIsRead) {
  EXPECT_EQ(FormatTenantDeletionMark({1700000000, 0}), R"({"deletion_time":1700000000})");
  EXPECT_EQ(
      ParseTenantDeletionMark(R"({"deletion_time":1700000000,"finished_time":1700000001})").value(),
      (TenantDeletionMark{1700000000, 1700000001}));
}

TEST(MarksTest, WhatIsNoMarkNamesTheMember) {
  EXPECT_THAT(ParseDeletionMark("").status().message(), HasSubstr("deletion-mark.json: no JSON"));
  EXPECT_THAT(ParseDeletionMark("{}").status().message(), HasSubstr("id is missing"));
  EXPECT_THAT(ParseDeletionMark(R"({"id":"x","version":1,"deletion_time":1})").status().message(),
              HasSubstr("deletion-mark.json: id: "));
  EXPECT_THAT(
      ParseNoCompactMark(R"({"id":"01M82E9KMRX73RA3MW4EXRZN8W","version":2})").status().message(),
      HasSubstr("version 2"));
  EXPECT_THAT(ParseTenantDeletionMark(R"({"deletion_time":"now"})").status().message(),
              HasSubstr("deletion_time is not a whole number"));
}

}  // namespace
}  // namespace kvs::bucket

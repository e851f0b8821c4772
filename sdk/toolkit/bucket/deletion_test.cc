// SPDX-License-Identifier: Apache-2.0
// Requests to delete series, as objects.
#include "kvs/bucket/deletion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::bucket {
namespace {

using ::testing::HasSubstr;

TEST(DeletionTest, IsWrittenAsItIsRead) {
  const Deletion deletion{tsdb::Ulid::Parse("01M82E9KMRX73RA3MW4EXRZN8W").value(),
                          {"up{job=\"a\"}", "down"},
                          INT64_MIN,
                          5,
                          7};

  const std::string json = FormatDeletion(deletion);

  EXPECT_EQ(
      json,
      R"({"version":1,"id":"01M82E9KMRX73RA3MW4EXRZN8W","selectors":["up{job=\"a\"}","down"],"start_ms":-9223372036854775808,"end_ms":5,"created_at_ms":7})");
  EXPECT_EQ(ParseDeletion(json).value(), deletion);
}

TEST(DeletionTest, WhatIsNoneNamesTheMember) {
  EXPECT_THAT(
      ParseDeletion(R"({"version":1,"id":"01M82E9KMRX73RA3MW4EXRZN8W"})").status().message(),
      HasSubstr("selectors is missing"));
  EXPECT_THAT(ParseDeletion(R"({"version":2,"id":"x","selectors":[],"start_ms":1,"end_ms":1})")
                  .status()
                  .message(),
              HasSubstr("version 2"));
}

}  // namespace
}  // namespace kvs::bucket

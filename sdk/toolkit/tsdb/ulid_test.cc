// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/ulid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::tsdb {
namespace {

using ::testing::HasSubstr;

TEST(UlidTest, TimeAndRandomBitsMakeTheLettersThatTheSpecificationShows) {
  const uint8_t random[10] = {};

  const Ulid ulid = Ulid::Make(1469918176385, random);

  EXPECT_EQ(ulid.ToString(), "01ARYZ6S410000000000000000");
  EXPECT_EQ(ulid.time_ms(), 1469918176385u);
}

TEST(UlidTest, LettersSurviveParsingAndPrinting) {
  for (const char* text : {"01ARZ3NDEKTSV4RRFFQ69G5FAV", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ",
                           "00000000000000000000000000", "01M82E9KMRX73RA3MW4EXRZN8W"}) {
    const StatusOr<Ulid> ulid = Ulid::Parse(text);

    ASSERT_TRUE(ulid.ok()) << ulid.status().ToString();
    EXPECT_EQ(ulid->ToString(), text);
  }
}

TEST(UlidTest, OrdersAsItsTextDoes) {
  EXPECT_LT(*Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"), *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAW"));
  EXPECT_LT(*Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"), *Ulid::Parse("01BRZ3NDEKTSV4RRFFQ69G5FAA"));
}

TEST(UlidTest, WhatIsNoneIsRefusedWithItsReason) {
  EXPECT_THAT(Ulid::Parse("01ARZ3").status().message(), HasSubstr("26 letters, not 6"));
  EXPECT_THAT(Ulid::Parse("81ARZ3NDEKTSV4RRFFQ69G5FAV").status().message(),
              HasSubstr("begins with 0 to 7"));
  EXPECT_THAT(Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAU").status().message(), HasSubstr("letter 26"));
  EXPECT_FALSE(Ulid::Parse("01arz3ndektsv4rrffq69g5fav").ok());
}

}  // namespace
}  // namespace kvs::tsdb

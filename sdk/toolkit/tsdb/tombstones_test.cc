// SPDX-License-Identifier: Apache-2.0
#include "kvs/tsdb/tombstones.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kvs::tsdb {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(TombstonesTest, ABlockWithoutDeletionsHasTheNineBytesThatPrometheusWrites) {
  EXPECT_THAT(Tombstones().Encode(), ElementsAre(0x01, 0x30, 0xba, 0x30, 1, 0, 0, 0, 0));
}

TEST(TombstonesTest, RangesSurviveEncodingInOrderOfSeriesAndTime) {
  const Tombstones stones({{9, {-5, 7}}, {4, {100, 200}}, {4, {INT64_MIN, -1}}});

  const StatusOr<Tombstones> read = Tombstones::Decode(stones.Encode());

  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_THAT(read->all(), ElementsAre(Tombstone{4, {INT64_MIN, -1}}, Tombstone{4, {100, 200}},
                                       Tombstone{9, {-5, 7}}));
}

TEST(TombstonesTest, RangesThatOverlapOrTouchBecomeOne) {
  const Tombstones stones(
      {{1, {10, 20}}, {1, {15, 18}}, {1, {21, 30}}, {1, {32, 40}}, {2, {31, 31}}, {3, {2, 1}}});

  EXPECT_THAT(stones.all(),
              ElementsAre(Tombstone{1, {10, 30}}, Tombstone{1, {32, 40}}, Tombstone{2, {31, 31}}));
}

TEST(TombstonesTest, ARangeUpToTheEndOfTimeSwallowsWhatFollows) {
  const Tombstones stones(std::vector<Tombstone>{{1, {10, INT64_MAX}}, {1, {12, 13}}});

  EXPECT_THAT(stones.all(), ElementsAre(Tombstone{1, {10, INT64_MAX}}));
}

TEST(TombstonesTest, TellsWhichSamplesOfASeriesAreDeleted) {
  const Tombstones stones({{1, {0, 9}}, {7, {10, 20}}, {7, {30, 40}}, {8, {0, 9}}});

  const auto of_seven = stones.Of(7);

  EXPECT_EQ(of_seven.size(), 2u);
  EXPECT_FALSE(IsDeleted(of_seven, 9));
  EXPECT_TRUE(IsDeleted(of_seven, 10));
  EXPECT_TRUE(IsDeleted(of_seven, 20));
  EXPECT_FALSE(IsDeleted(of_seven, 25));
  EXPECT_TRUE(IsDeleted(of_seven, 35));
  EXPECT_FALSE(IsDeleted(of_seven, 41));
  EXPECT_THAT(stones.Of(2), IsEmpty());
}

TEST(TombstonesTest, EveryTruncationAndEveryFlippedBitIsDamage) {
  const Bytes file = Tombstones(std::vector<Tombstone>{{4, {100, 200}}, {900, {-5, 7}}}).Encode();

  for (size_t n = 0; n < file.size(); ++n) {
    EXPECT_EQ(Tombstones::Decode(std::span(file).first(n)).status().code(), StatusCode::kDataLoss)
        << n;
  }
  for (size_t bit = 0; bit < 8 * file.size(); ++bit) {
    Bytes flipped = file;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_EQ(Tombstones::Decode(flipped).status().code(), StatusCode::kDataLoss) << bit;
  }
}

TEST(TombstonesTest, DamageNamesWhatAndWhere) {
  Bytes file = Tombstones(std::vector<Tombstone>{{4, {100, 200}}}).Encode();
  file[4] = 9;
  EXPECT_THAT(Tombstones::Decode(file).status().message(),
              HasSubstr("tombstones header at offset 4: unknown version 9"));
  file[4] = 1;
  file[6] ^= 1;
  EXPECT_THAT(Tombstones::Decode(file).status().message(),
              HasSubstr("tombstones at offset 5: wrong checksum"));
}

}  // namespace
}  // namespace kvs::tsdb

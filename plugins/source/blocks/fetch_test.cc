// SPDX-License-Identifier: Apache-2.0
#include "fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_bucket.h"

namespace kvs::source::blocks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Range = tsdb::ByteRange;

class FetchTest : public ::testing::Test {
 protected:
  FetchTest() { bucket_.Put("k", "0123456789abcdefghij"); }
  std::shared_ptr<Budget> NewBudget(int64_t limit) {
    return std::make_shared<Budget>(limit, total_);
  }
  static std::string Text(std::span<const uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

  TestBucket bucket_;
  const sdk::StoreRef store_{sdk::IfaceOf<sdk::ObjectStore>(&bucket_.store)};
  const std::shared_ptr<TotalBudget> total_ = std::make_shared<TotalBudget>(100, sdk::Cell());
  const sdk::OwnedCall call_{"t"};
};

TEST_F(FetchTest, RangesThatAreCloseBecomeOne) {
  EXPECT_THAT(Coalesce({{10, 20}, {0, 5}, {7, 8}, {30, 30}, {15, 18}}, 2),
              ElementsAre(Range{0, 20}));
  EXPECT_THAT(Coalesce({{10, 20}, {0, 5}}, 4), ElementsAre(Range{0, 5}, Range{10, 20}));
}

TEST_F(FetchTest, WhatWasFetchedIsThereAndNothingElse) {
  Pieces pieces(NewBudget(100));
  Fetcher fetcher(store_, 1, 4);

  ASSERT_TRUE(fetcher.Fetch(call_, "k", {{2, 4}, {5, 7}, {18, 30}}, &pieces).ok());

  EXPECT_EQ(fetcher.gets(), 2u);
  EXPECT_EQ(Text(pieces.From(3)), "3456");
  EXPECT_EQ(Text(pieces.From(19)), "j");
  EXPECT_EQ(Text(pieces.From(0)), "");
  EXPECT_EQ(Text(pieces.From(7)), "");
}

TEST_F(FetchTest, ALaterAndLongerPieceIsFound) {
  Pieces pieces(NewBudget(100));
  Fetcher fetcher(store_, 0, 1);
  ASSERT_TRUE(fetcher.Fetch(call_, "k", {{2, 6}}, &pieces).ok());
  ASSERT_TRUE(fetcher.Fetch(call_, "k", {{4, 12}}, &pieces).ok());

  EXPECT_EQ(Text(pieces.From(4)), "456789ab");
  EXPECT_EQ(Text(pieces.From(3)), "345");
}

TEST_F(FetchTest, AMissingObjectIsNamed) {
  Pieces pieces(NewBudget(100));
  Fetcher fetcher(store_, 0, 1);

  const Status status = fetcher.Fetch(call_, "none", {{0, 1}}, &pieces);

  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("none"));
}

TEST_F(FetchTest, LimitsAreNamedAndWhatIsGoneCountsNoMore) {
  const auto budget = NewBudget(10);
  Fetcher fetcher(store_, 0, 1);
  {
    Pieces pieces(budget);
    ASSERT_TRUE(fetcher.Fetch(call_, "k", {{0, 8}}, &pieces).ok());
    const Status status = fetcher.Fetch(call_, "k", {{10, 13}}, &pieces);
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
    EXPECT_THAT(status.message(), HasSubstr("11 bytes"));
    EXPECT_THAT(status.message(), HasSubstr("max_bytes_per_query is 10"));
    EXPECT_EQ(total_->used, 8);
  }
  EXPECT_EQ(total_->used, 0);
  const Status too_many = NewBudget(1000)->Take(101);
  EXPECT_THAT(too_many.message(), HasSubstr("max_bytes_in_flight is 100"));
  EXPECT_TRUE(too_many.retryable());
}

}  // namespace
}  // namespace kvs::source::blocks

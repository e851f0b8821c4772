// SPDX-License-Identifier: Apache-2.0
// Adding up deltas: numbers, both kinds of histograms, order, and the bound.
#include "delta_streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kvs/base/str_cat.h"

namespace kvs::ingest::otlp {
namespace {

using ::testing::ElementsAre;
using wire::otlp::ExponentialPoint;
using wire::otlp::HistogramPoint;
using wire::otlp::NumberPoint;
using wire::otlp::Request;

NumberPoint Number(uint64_t start, uint64_t time, double value) {
  NumberPoint point;
  point.start_ns = start;
  point.time_ns = time;
  point.value = value;
  return point;
}

TEST(DeltaStreamsTest, NumbersAddUpSinceTheFirstStart) {
  DeltaStreams streams(100, 1000, 1);
  const model::Key128 key = streams.KeyOf("a");
  NumberPoint first = Number(10, 20, 5);
  NumberPoint second = Number(20, 30, 2.5);

  ASSERT_TRUE(streams.Add(key, 0, &first).ok());
  ASSERT_TRUE(streams.Add(key, 0, &second).ok());

  EXPECT_EQ(second.value, 7.5);
  EXPECT_EQ(second.start_ns, 10u);
}

TEST(DeltaStreamsTest, APointCountsOnce) {
  DeltaStreams streams(100, 1000, 1);
  const model::Key128 key = streams.KeyOf("a");
  NumberPoint point = Number(10, 20, 5);
  NumberPoint again = Number(10, 20, 5);
  NumberPoint older = Number(5, 25, 5);
  NumberPoint next = Number(20, 30, 1);

  ASSERT_TRUE(streams.Add(key, 0, &point).ok());
  EXPECT_EQ(streams.Add(key, 0, &again).code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(streams.Add(key, 0, &older).code(), StatusCode::kAlreadyExists);
  ASSERT_TRUE(streams.Add(key, 0, &next).ok());

  EXPECT_EQ(next.value, 6);
}

TEST(DeltaStreamsTest, HistogramsAddUpAndOtherBoundsBeginAnew) {
  DeltaStreams streams(100, 1000, 1);
  const model::Key128 key = streams.KeyOf("h");
  Request request;
  request.counts = {1, 2, 10, 20, 7};
  request.bounds = {0.5};
  Request numbers;
  const auto point = [](uint64_t time, uint64_t count, uint32_t begin, uint32_t end, bool bounds) {
    HistogramPoint p;
    p.start_ns = time - 10;
    p.time_ns = time;
    p.count = count;
    p.sum = 1;
    p.counts = {begin, end};
    p.bounds = {0, bounds ? 1u : 0u};
    return p;
  };
  HistogramPoint a = point(20, 3, 0, 2, true);
  HistogramPoint b = point(30, 30, 2, 4, true);
  HistogramPoint c = point(40, 7, 4, 5, false);

  ASSERT_TRUE(streams.Add(key, 0, request, &a, &numbers).ok());
  ASSERT_TRUE(streams.Add(key, 0, request, &b, &numbers).ok());
  ASSERT_TRUE(streams.Add(key, 0, request, &c, &numbers).ok());

  EXPECT_EQ(b.count, 33u);
  EXPECT_EQ(b.sum, 2);
  EXPECT_THAT(Request::Of(b.counts, numbers.counts), ElementsAre(11, 22));
  EXPECT_THAT(Request::Of(b.bounds, numbers.bounds), ElementsAre(0.5));
  EXPECT_EQ(b.start_ns, 10u);
  EXPECT_EQ(c.count, 7u);
  EXPECT_EQ(c.start_ns, 30u);
}

class ExponentialTest : public ::testing::Test {
 protected:
  Status Add(int32_t scale, int32_t offset, std::vector<uint64_t> counts) {
    request_.Clear();
    request_.counts = std::move(counts);
    numbers_.Clear();
    point_ = ExponentialPoint();
    point_.time_ns = ++time_;
    point_.scale = scale;
    point_.zero_count = 1;
    point_.count = 1;
    point_.positive_offset = offset;
    point_.positive = {0, static_cast<uint32_t>(request_.counts.size())};
    return streams_.Add(streams_.KeyOf("e"), 0, request_, &point_, &numbers_);
  }
  DeltaStreams streams_{100, 1000, 1};
  Request request_;
  Request numbers_;
  ExponentialPoint point_;
  uint64_t time_ = 0;
};

TEST_F(ExponentialTest, BucketsOfOneScaleAddUp) {
  ASSERT_TRUE(Add(2, 5, {1, 2}).ok());
  ASSERT_TRUE(Add(2, 3, {7, 0, 10}).ok());

  EXPECT_EQ(point_.positive_offset, 3);
  EXPECT_THAT(Request::Of(point_.positive, numbers_.counts), ElementsAre(7, 0, 11, 2));
  EXPECT_EQ(point_.zero_count, 2u);
  EXPECT_EQ(point_.count, 2u);
}

TEST_F(ExponentialTest, TheCoarserScaleWins) {
  ASSERT_TRUE(Add(2, -3, {1, 2, 4}).ok());  // Indices -3, -2, -1.
  ASSERT_TRUE(Add(1, 0, {8}).ok());

  EXPECT_EQ(point_.scale, 1);
  EXPECT_EQ(point_.positive_offset, -2);
  EXPECT_THAT(Request::Of(point_.positive, numbers_.counts), ElementsAre(1, 6, 8));
}

TEST_F(ExponentialTest, WideOnesLoseResolutionOrAreRefused) {
  ASSERT_TRUE(Add(3, 0, {1}).ok());
  ASSERT_TRUE(Add(3, 4000, {1}).ok());
  EXPECT_EQ(point_.scale, 1);
  EXPECT_LE(point_.positive.size(), 1024u);

  EXPECT_EQ(Add(3, INT32_MAX, {1}).code(), StatusCode::kInvalidArgument);
  ASSERT_TRUE(Add(1, 0, {1}).ok());
  EXPECT_EQ(point_.count, 3u);
}

TEST(DeltaStreamsTest, TooManyAreRefusedUntilSomeFallSilent) {
  DeltaStreams streams(16, 1000, 1);  // One in each of sixteen parts.
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    NumberPoint point = Number(10, 20, 5);
    const Status status = streams.Add(streams.KeyOf(StrCat("s", i)), 5000, &point);
    if (status.code() == StatusCode::kResourceExhausted) ++refused;
  }
  EXPECT_LE(streams.size(), 16u);
  EXPECT_EQ(refused + static_cast<int>(streams.size()), 100);

  NumberPoint point = Number(10, 20, 5);
  EXPECT_TRUE(streams.Add(streams.KeyOf("new"), 60'000, &point).ok());
}

}  // namespace
}  // namespace kvs::ingest::otlp

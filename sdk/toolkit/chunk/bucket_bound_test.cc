// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/bucket_bound.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace kvs::chunk {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kMax = std::numeric_limits<double>::max();

// As Prometheus prints them.
TEST(BucketBoundTest, HasTheBitsOfPrometheus) {
  EXPECT_EQ(ExponentialBound(0, 0), 1.0);
  EXPECT_EQ(ExponentialBound(1, 1), 2 * 0.7071067811865475);
  EXPECT_EQ(ExponentialBound(-1, 1), 0.7071067811865475);
  EXPECT_EQ(ExponentialBound(-1, 2), 0.8408964152537144);
  EXPECT_EQ(ExponentialBound(-5, 3), 0.6484197773255048);
  EXPECT_EQ(ExponentialBound(-1, 5), 0.9785720620876999);
  EXPECT_EQ(ExponentialBound(-9, 7), 0.9524316709088368);
  EXPECT_EQ(ExponentialBound(-1, 8), 0.9972960560854698);
  EXPECT_EQ(ExponentialBound(-173, 8), 0.6259931389331581);
}

TEST(BucketBoundTest, LiesWithinAFewBitsOfThePower) {
  for (int32_t schema = 0; schema <= 8; ++schema) {
    for (int64_t index = -3000; index <= 3000; ++index) {
      const double exact = std::exp2(std::ldexp(static_cast<double>(index), -schema));
      if (exact == 0 || std::isinf(exact) || std::fpclassify(exact) != FP_NORMAL) continue;
      EXPECT_NEAR(ExponentialBound(index, schema) / exact, 1, 1e-15) << schema << " " << index;
    }
  }
}

TEST(BucketBoundTest, EndsAtTheLargestNumber) {
  EXPECT_EQ(ExponentialBound(64, -4), kMax);
  EXPECT_EQ(ExponentialBound(65, -4), kInf);
  EXPECT_EQ(ExponentialBound(1024, 0), kMax);
  EXPECT_EQ(ExponentialBound(1025, 0), kInf);
  EXPECT_EQ(ExponentialBound(1024 << 8, 8), kMax);
  EXPECT_EQ(ExponentialBound((1024 << 8) + 1, 8), kInf);
  EXPECT_EQ(ExponentialBound(-2000, 0), 0);
  EXPECT_EQ(ExponentialBound(-2000, -4), 0);
}

}  // namespace
}  // namespace kvs::chunk

// SPDX-License-Identifier: Apache-2.0
// Aggregates must not show in which order series came, nor how they were cut into batches.

#include "aggregate/accumulator.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "value/vector.h"

namespace kvs::engine::promql {
namespace {

using Op = ::kvs::promql::AggregateOp;

/// Of one group at one step.
double AggregateOf(Op op, const std::vector<double>& values) {
  const auto state = MakeAccumulator(op, 1);
  state->Resize(1);
  for (const double x : values) state->Add(0, &x);
  double out = 0;
  state->Emit(0, &out);
  return out;
}

/// Likewise, of batches that are aggregated by themselves.
double OfBatches(Op op, const std::vector<double>& values, size_t batch) {
  const auto whole = MakeAccumulator(op, 1);
  whole->Resize(1);
  for (size_t i = 0; i < values.size(); i += batch) {
    const auto part = MakeAccumulator(op, 1);
    part->Resize(1);
    for (size_t k = i; k < std::min(values.size(), i + batch); ++k) part->Add(0, &values[k]);
    whole->Merge(0, *part, 0);
  }
  double out = 0;
  whole->Emit(0, &out);
  return out;
}

TEST(AccumulatorTest, TheOrderOfSeriesDoesNotShow) {
  for (uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    std::lognormal_distribution<double> spread(0, seed % 5);
    std::vector<double> values;
    for (int i = 0; i < 300; ++i)
      values.push_back((seed % 2 == 0 ? 1e9 : 0) + (random() % 3 == 0 ? -1 : 1) * spread(random));
    for (const Op op : {Op::kSum, Op::kAvg, Op::kStddev, Op::kStdvar}) {
      const double want = AggregateOf(op, values);
      for (int turn = 0; turn < 20; ++turn) {
        std::shuffle(values.begin(), values.end(), random);
        const double got =
            turn % 2 == 0 ? AggregateOf(op, values) : OfBatches(op, values, 1 + random() % 99);

        ASSERT_EQ(std::bit_cast<uint64_t>(got), std::bit_cast<uint64_t>(want))
            << ::kvs::promql::AggregateOpName(op) << ", seed " << seed << ": " << got << " and "
            << want;
      }
    }
  }
}

TEST(AccumulatorTest, TheVarianceIsThatOfExactArithmetic) {
  // Mean 2^53, of which doubles alone know no distance but whole and even ones.
  const double big = 9007199254740992.0;
  EXPECT_EQ(AggregateOf(Op::kStdvar, {big - 2, big, big + 2}), 8.0 / 3);
  EXPECT_EQ(AggregateOf(Op::kStddev, {1e200, 1e200}), 0);
  EXPECT_EQ(AggregateOf(Op::kStdvar, {1, 2, 3, 4}), 1.25);
}

TEST(AccumulatorTest, WhatIsNotFiniteHasNoVariance) {
  const std::vector<std::vector<double>> cases = {
      {kInf}, {1, kInf}, {kInf, 1}, {-kInf, kInf}, {1, kNaN, 2}};
  for (const std::vector<double>& values : cases) {
    EXPECT_TRUE(std::isnan(AggregateOf(Op::kStddev, values)));
    EXPECT_TRUE(std::isnan(OfBatches(Op::kStdvar, values, 1)));
  }
  EXPECT_EQ(AggregateOf(Op::kStdvar, {1e200, -1e200}), kInf);
  EXPECT_EQ(AggregateOf(Op::kAvg, {1, kInf}), kInf);
  EXPECT_EQ(AggregateOf(Op::kAvg, {1e308, 1e308}), 1e308);
}

}  // namespace
}  // namespace kvs::engine::promql

// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/xor_back.h"

#include <cstdint>
#include <iterator>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace kvs::chunk {
namespace {

TEST(XorValueBeforeTest, FollowsEveryKindOfSampleOneBack) {
  // Steps of every width of the time code; values that stay, move within a window, and open one.
  const int64_t steps[] = {15000, 15000, 15001, 30000, 90000, 500000, int64_t{1} << 40, 15000};
  const double values[] = {1, 1, 2, 3, 1e300, -0.1, 4096, 4097, 0};
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<uint8_t> bytes(4096);
    BitBuffer out{bytes.data(), 0, static_cast<uint32_t>(bytes.size())};
    XorState state;
    int64_t before_t = 0;
    double before_v = 0;
    int64_t t = 1'700'000'000'000;
    for (int i = 0; i < 40; ++i) {
      t += steps[random() % std::size(steps)];
      const double v = values[random() % std::size(values)];
      const uint32_t at = out.bits;
      XorAppend(state, out, t, v);
      if (i >= 2) {
        EXPECT_EQ(state.t - static_cast<int64_t>(state.delta), before_t);
        EXPECT_EQ(XorValueBefore(state, bytes, at), before_v);
      }
      before_t = t;
      before_v = v;
    }
  }
}

}  // namespace
}  // namespace kvs::chunk

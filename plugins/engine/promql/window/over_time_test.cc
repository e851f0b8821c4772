// SPDX-License-Identifier: Apache-2.0
// The sliding forms of functions over time against what their definition says, bit by bit.

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "kvs/sdk/owned.h"

#include "value/kahan.h"
#include "value/query.h"
#include "window/row_function.h"

namespace kvs::engine::promql {
namespace {

/// Samples and windows that move over them.
struct Case {
  std::vector<int64_t> t;
  std::vector<double> v;
  Windows windows;
};

Case MakeCase(uint32_t seed, const std::vector<double>& odd_values, double scale) {
  std::mt19937 random(seed);
  Case out;
  const size_t n = 1 + random() % 100;
  for (size_t i = 0; i < n; ++i) {
    out.t.push_back(static_cast<int64_t>(i * 10 + random() % 9));
    const bool odd = !odd_values.empty() && random() % 3 == 0;
    out.v.push_back(odd ? odd_values[random() % odd_values.size()]
                        : scale * static_cast<double>(static_cast<int>(random() % 41) - 20));
  }
  out.windows.grid = {static_cast<int64_t>(random() % 200), 1 + static_cast<int64_t>(random() % 90),
                      1 + static_cast<uint32_t>(random() % 60)};
  out.windows.range_ms = 1 + static_cast<int64_t>(random() % 400);
  return out;
}

/// The results of `id`, or of `expected` for the samples of each window.
std::vector<uint64_t> Results(ast::FunctionId id, const Case& c) {
  const auto function = MakeRangeFunction(id, c.windows, {}, false);
  std::vector<double> out(c.windows.grid.n);
  RowOut row{out.data(), {}, 0};
  RowScratch scratch;
  Samples samples;
  samples.t = c.t.data();
  samples.v = c.v.data();
  samples.n = c.t.size();
  (void)function->Apply(samples, row, scratch);
  std::vector<uint64_t> bits;
  for (const double x : out) bits.push_back(std::bit_cast<uint64_t>(x));
  return bits;
}

template <typename Fn>
std::vector<uint64_t> Expected(const Case& c, Fn expected) {
  std::vector<uint64_t> bits;
  for (uint32_t i = 0; i < c.windows.grid.n; ++i) {
    std::vector<double> in;
    for (size_t k = 0; k < c.t.size(); ++k) {
      if (c.t[k] > c.windows.end(i) - c.windows.range_ms && c.t[k] <= c.windows.end(i))
        in.push_back(c.v[k]);
    }
    bits.push_back(in.empty() ? kAbsentBits : std::bit_cast<uint64_t>(expected(in)));
  }
  return bits;
}

template <bool kMax>
double Extreme(const std::vector<double>& in) {
  double best = in[0];
  for (const double x : in) {
    if ((kMax ? x > best : x < best) || std::isnan(best)) best = x;
  }
  return best;
}

double Sum(const std::vector<double>& in) {
  KahanSum sum;
  for (const double x : in) sum.Add(x);
  return std::isinf(sum.sum) ? sum.sum : sum.value();
}

double Mean(const std::vector<double>& in) {
  RunningMean mean;
  for (const double x : in) mean.Add(x);
  return mean.value();
}

TEST(OverTime, SlidingExtremesAreThoseOfEachWindow) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const Case c = MakeCase(seed, {kNaN, kInf, -kInf, -0.0, 0.0}, 0.5);

    EXPECT_EQ(Results(ast::FunctionId::kMaxOverTime, c), Expected(c, Extreme<true>));
    EXPECT_EQ(Results(ast::FunctionId::kMinOverTime, c), Expected(c, Extreme<false>));
  }
}

TEST(OverTime, SumsOfWholeNumbersAreThoseOfAddingOneByOne) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    // 2^53 / 20: beyond some sums, and not beyond others.
    const Case c = MakeCase(seed, {}, seed % 3 == 0 ? 450359962737050.0 : 1.0);

    EXPECT_EQ(Results(ast::FunctionId::kSumOverTime, c), Expected(c, Sum));
    EXPECT_EQ(Results(ast::FunctionId::kAvgOverTime, c), Expected(c, Mean));
  }
}

TEST(OverTime, SumsOfOtherNumbersAreThoseOfAddingOneByOne) {
  for (uint32_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(seed);
    const std::vector<double> odd = seed % 2 == 0 ? std::vector<double>{-0.0, 0.1, 1e300, 1e-300}
                                                  : std::vector<double>{kInf, 1e308, kNaN};
    const Case c = MakeCase(seed, odd, 1.0);

    EXPECT_EQ(Results(ast::FunctionId::kSumOverTime, c), Expected(c, Sum));
    EXPECT_EQ(Results(ast::FunctionId::kAvgOverTime, c), Expected(c, Mean));
  }
}

TEST(PulseTest, ARowOfManyWindowsEndsWhenTheCallerHasGone) {
  sdk::CancelSource cancel;
  cancel.Cancel();
  const sdk::OwnedCall call("test", cancel.raw());
  MemoryAccount memory(std::make_shared<MemoryPool>(0), 0);
  const Features features;
  const Query query(call, sdk::Executor(), sdk::SourceRef(), "", features, memory);
  Pulse pulse(query);
  Case c;
  for (int64_t i = 0; i < 100'000; ++i) {
    c.t.push_back(i);
    c.v.push_back(static_cast<double>(i % 7));
  }
  c.windows.grid = {100'000, 1, 1'000};
  c.windows.range_ms = 100'000;
  const std::vector<std::vector<double>> params{std::vector<double>(c.windows.grid.n, 0.5)};
  const auto function =
      MakeRangeFunction(ast::FunctionId::kQuantileOverTime, c.windows, params, false);
  std::vector<double> out(c.windows.grid.n);
  RowOut row{out.data(), {}};
  row.pulse = &pulse;
  RowScratch scratch;
  Samples samples;
  samples.t = c.t.data();
  samples.v = c.v.data();
  samples.n = c.t.size();

  (void)function->Apply(samples, row, scratch);

  EXPECT_EQ(pulse.status().code(), StatusCode::kCancelled);
  const auto computed = std::ranges::count_if(out, [](double x) { return Present(x); });
  EXPECT_LE(static_cast<uint64_t>(computed), Pulse::kBetween / c.t.size());
}

}  // namespace
}  // namespace kvs::engine::promql

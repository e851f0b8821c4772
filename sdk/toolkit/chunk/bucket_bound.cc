// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/bucket_bound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace kvs::chunk {
namespace {

constexpr int kFinestSchema = 8;
constexpr size_t kPerOctave = size_t{1} << kFinestSchema;

// 2^(2^-schema) for the schemas 1 to 8. The first is one bit below the nearest double, because that
// is what the clients that first made such histograms computed, and bounds are compared by bits.
constexpr std::array<double, kFinestSchema> kFactors = {
    0x1.6a09e667f3bccp+0, 0x1.306fe0a31b715p+0, 0x1.172b83c7d517bp+0, 0x1.0b5586cf9890fp+0,
    0x1.059b0d3158574p+0, 0x1.02c9a3e778061p+0, 0x1.0163da9fb3335p+0, 0x1.00b1afa5abcbfp+0};

// Bounds within [0.5, 1) of schema 8; those of a coarser schema are every second, fourth, ... of
// them. Each schema takes every other bound from the one before it, and multiplies it with its
// factor to get the one behind.
constexpr std::array<double, kPerOctave> MakeBounds() {
  std::array<double, kPerOctave> bounds{};
  bounds[0] = 0.5;
  for (size_t schema = 1; schema <= kFinestSchema; ++schema) {
    const size_t stride = kPerOctave >> schema;
    for (size_t i = stride; i < kPerOctave; i += 2 * stride)
      bounds[i] = bounds[i - stride] * kFactors[schema - 1];
  }
  return bounds;
}
constexpr std::array<double, kPerOctave> kBounds = MakeBounds();

// Far outside of what a double can be, so that ldexp gives 0 or infinity.
int ClampExponent(int64_t exponent) {
  return static_cast<int>(std::clamp<int64_t>(exponent, -100'000, 100'000));
}

}  // namespace

double ExponentialBound(int64_t index, int32_t schema) {
  if (schema < 0) {
    const int64_t exponent = index * (int64_t{1} << -schema);
    if (exponent == 1024) return std::numeric_limits<double>::max();
    return std::ldexp(1.0, ClampExponent(exponent));
  }
  const int64_t per_octave = int64_t{1} << schema;
  const int64_t within = index & (per_octave - 1);
  const int64_t exponent = (index >> schema) + 1;
  if (within == 0 && exponent == 1025) return std::numeric_limits<double>::max();
  const double bound = kBounds[static_cast<size_t>(within) << (kFinestSchema - schema)];
  return std::ldexp(bound, ClampExponent(exponent));
}

}  // namespace kvs::chunk

// SPDX-License-Identifier: Apache-2.0
// The buckets of a native histogram as intervals with counts, and the sparse form that arithmetic
// works on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kvs/chunk/bucket_bound.h"
#include "kvs/chunk/histogram.h"

namespace kvs::engine::promql {

using chunk::ExponentialBound;
using chunk::FloatHistogram;

inline bool UsesCustomBuckets(const FloatHistogram& h) {
  return h.schema == chunk::kCustomBucketsSchema;
}

/// Bounds and population of one bucket.
struct NativeBucket {
  double lower;
  double upper;
  double count;
  bool positive =
      false;  ///< Of the positive side; the others are of the negative one, or the zero bucket.
};

/// Every bucket from the lowest to the highest, the zero bucket included if it is populated. Bounds
/// that reach into the zero bucket are cut off.
std::vector<NativeBucket> AllBuckets(const FloatHistogram& h);

/// A bucket that may be populated.
struct Cell {
  int64_t index;
  double count;
};
using Cells = std::vector<Cell>;  ///< In ascending order of indexes.

Cells PositiveCells(const FloatHistogram& h);
Cells NegativeCells(const FloatHistogram& h);
/// Buckets of count 0 are left out.
void SetPositive(FloatHistogram& h, const Cells& cells);
void SetNegative(FloatHistogram& h, const Cells& cells);

/// Merges buckets so that the schema becomes `to`, which is not above `from`.
void Coarsen(Cells& cells, int32_t from, int32_t to);

/// Moves custom buckets to the bounds `to`, all of which are among `from`.
void Rebucket(Cells& cells, const std::vector<double>& from, const std::vector<double>& to);
/// The bounds that both have.
std::vector<double> CommonBounds(const std::vector<double>& a, const std::vector<double>& b);

/// The zero bucket made to reach `threshold` at least; more if that lies inside a populated bucket.
struct ZeroBucket {
  double threshold;
  double count;
};
ZeroBucket WidenZeroBucket(const FloatHistogram& h, double threshold);
/// As WidenZeroBucket(), and removes the buckets that have become part of it.
void WidenZeroBucketOf(FloatHistogram& h, double threshold);

/// Removes empty buckets.
void Compact(FloatHistogram& h);
/// Multiplies every number by `factor`.
void Scale(FloatHistogram& h, double factor);
/// Divides every number; by 0, what there is becomes infinite and the buckets go.
void Divide(FloatHistogram& h, double divisor);

/// {count:2, sum:3, (0.5,1]:2}
std::string HistogramText(const FloatHistogram& h);

/// Bit by bit, but for the hint.
bool SameHistogram(const FloatHistogram& a, const FloatHistogram& b);

/// Whether a counter histogram was reset between `before` and `after`.
bool DetectReset(const FloatHistogram& after, const FloatHistogram& before);

}  // namespace kvs::engine::promql

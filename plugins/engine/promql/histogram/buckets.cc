// SPDX-License-Identifier: Apache-2.0
// See buckets.h.

#include "histogram/buckets.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <span>

#include "kvs/base/str_cat.h"

#include "value/annotations.h"
#include "value/vector.h"

namespace kvs::engine::promql {
namespace {

Cells CellsOf(std::span<const chunk::Span> spans, const std::vector<double>& buckets) {
  Cells out;
  out.reserve(buckets.size());
  size_t i = 0;
  for (chunk::BucketIndexes at(spans); !at.done() && i < buckets.size(); at.Next(), ++i) {
    out.push_back({at.index(), buckets[i]});
  }
  return out;
}

void Store(const Cells& cells, std::vector<chunk::Span>& spans, std::vector<double>& buckets) {
  spans.clear();
  buckets.clear();
  int64_t next = 0;
  for (const Cell& cell : cells) {
    if (cell.count == 0) continue;
    if (!spans.empty() && cell.index == next) {
      ++spans.back().length;
    } else {
      spans.push_back({static_cast<int32_t>(cell.index - next), 1});
    }
    buckets.push_back(cell.count);
    next = cell.index + 1;
  }
}

void Add(Cells& cells, int64_t index, double count) {
  if (!cells.empty() && cells.back().index == index) {
    cells.back().count += count;
  } else {
    cells.push_back({index, count});
  }
}

NativeBucket BucketOf(const FloatHistogram& h, const Cell& cell) {
  if (!UsesCustomBuckets(h)) {
    return {ExponentialBound(cell.index - 1, h.schema), ExponentialBound(cell.index, h.schema),
            cell.count, true};
  }
  const auto bound = [&h](int64_t i) {
    if (i < 0) return -kInf;
    return i < static_cast<int64_t>(h.custom_values.size())
               ? h.custom_values[static_cast<size_t>(i)]
               : kInf;
  };
  return {bound(cell.index - 1), bound(cell.index), cell.count, true};
}

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

bool SameBits(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return SameBits(x, y); });
}

bool SameSide(const Cells& a, const Cells& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Cell& x, const Cell& y) {
    return x.index == y.index && SameBits(x.count, y.count);
  });
}

Cells WithoutEmpty(Cells cells) {
  std::erase_if(cells, [](const Cell& cell) { return cell.count == 0; });
  return cells;
}

/// Whether a populated bucket of `before` has shrunk or is gone in `after`. Of the buckets behind
/// the last one of `after` only the first is looked at, as Prometheus does it: if that is empty, it
/// does not matter what follows.
bool AnyShrunk(const Cells& after, const Cells& before) {
  size_t i = 0;
  for (const Cell& old : before) {
    while (i < after.size() && after[i].index < old.index) ++i;
    if (i == after.size()) return old.count != 0;
    if (after[i].index == old.index ? after[i].count < old.count : old.count != 0) return true;
  }
  return false;
}

}  // namespace

Cells PositiveCells(const FloatHistogram& h) {
  return CellsOf(h.positive_spans, h.positive_buckets);
}
Cells NegativeCells(const FloatHistogram& h) {
  return CellsOf(h.negative_spans, h.negative_buckets);
}
void SetPositive(FloatHistogram& h, const Cells& cells) {
  Store(cells, h.positive_spans, h.positive_buckets);
}
void SetNegative(FloatHistogram& h, const Cells& cells) {
  Store(cells, h.negative_spans, h.negative_buckets);
}

std::vector<NativeBucket> AllBuckets(const FloatHistogram& h) {
  std::vector<NativeBucket> out;
  const Cells negative = NegativeCells(h);
  for (auto cell = negative.rbegin(); cell != negative.rend(); ++cell) {
    const NativeBucket mirrored = BucketOf(h, *cell);
    double upper = -mirrored.lower;
    if (upper < 0 && upper > -h.zero_threshold) upper = -h.zero_threshold;
    out.push_back({-mirrored.upper, upper, cell->count, false});
  }
  if (h.zero_count > 0) out.push_back({-h.zero_threshold, h.zero_threshold, h.zero_count, false});
  for (const Cell& cell : PositiveCells(h)) {
    NativeBucket bucket = BucketOf(h, cell);
    if (bucket.lower > 0 && bucket.lower < h.zero_threshold) bucket.lower = h.zero_threshold;
    out.push_back(bucket);
  }
  return out;
}

void Coarsen(Cells& cells, int32_t from, int32_t to) {
  if (from == to) return;
  Cells out;
  for (const Cell& cell : cells) Add(out, ((cell.index - 1) >> (from - to)) + 1, cell.count);
  cells = std::move(out);
}

void Rebucket(Cells& cells, const std::vector<double>& from, const std::vector<double>& to) {
  if (from == to) return;
  Cells out;
  for (const Cell& cell : cells) {
    const auto i = static_cast<size_t>(cell.index);
    const auto target =
        i < from.size() ? std::lower_bound(to.begin(), to.end(), from[i]) : to.end();
    Add(out, target - to.begin(), cell.count);
  }
  cells = std::move(out);
}

std::vector<double> CommonBounds(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

ZeroBucket WidenZeroBucket(const FloatHistogram& h, double threshold) {
  if (threshold <= h.zero_threshold) return {h.zero_threshold, h.zero_count};
  const Cells positive = PositiveCells(h);
  const Cells negative = NegativeCells(h);
  // Either side may push the threshold further out, which may take in more of the other.
  while (true) {
    double count = h.zero_count;
    double wider = threshold;
    for (const Cells* side : {&positive, &negative}) {
      for (const Cell& cell : *side) {
        const NativeBucket bucket = BucketOf(h, cell);
        if (bucket.lower >= wider) break;
        count += cell.count;
        if (bucket.upper > wider) {
          if (cell.count != 0) wider = bucket.upper;
          break;
        }
      }
    }
    if (wider == threshold) return {threshold, count};
    threshold = wider;
  }
}

void WidenZeroBucketOf(FloatHistogram& h, double threshold) {
  const ZeroBucket zero = WidenZeroBucket(h, threshold);
  const auto swallowed = [&](const Cell& cell) { return BucketOf(h, cell).lower < zero.threshold; };
  Cells positive = PositiveCells(h);
  Cells negative = NegativeCells(h);
  std::erase_if(positive, swallowed);
  std::erase_if(negative, swallowed);
  SetPositive(h, positive);
  SetNegative(h, negative);
  h.zero_threshold = zero.threshold;
  h.zero_count = zero.count;
}

void Compact(FloatHistogram& h) {
  SetPositive(h, PositiveCells(h));
  SetNegative(h, NegativeCells(h));
}

void Scale(FloatHistogram& h, double factor) {
  h.zero_count *= factor;
  h.count *= factor;
  h.sum *= factor;
  for (double& b : h.positive_buckets) b *= factor;
  for (double& b : h.negative_buckets) b *= factor;
  if (factor < 0) h.reset_hint = chunk::ResetHint::kGauge;
}

void Divide(FloatHistogram& h, double divisor) {
  h.zero_count /= divisor;
  h.count /= divisor;
  h.sum /= divisor;
  if (divisor == 0) {
    h.positive_spans.clear();
    h.negative_spans.clear();
    h.positive_buckets.clear();
    h.negative_buckets.clear();
    return;
  }
  for (double& b : h.positive_buckets) b /= divisor;
  for (double& b : h.negative_buckets) b /= divisor;
  if (divisor < 0) h.reset_hint = chunk::ResetHint::kGauge;
}

std::string HistogramText(const FloatHistogram& h) {
  std::string out = StrCat("{count:", FormatG(h.count), ", sum:", FormatG(h.sum));
  for (const NativeBucket& bucket : AllBuckets(h)) {
    if (bucket.count == 0) continue;
    const bool zero =
        !bucket.positive && bucket.lower == -h.zero_threshold && bucket.upper == h.zero_threshold;
    // The lowest custom bucket is closed on both sides.
    const bool open = bucket.positive && bucket.lower != -kInf;
    StrAppend(out, ", ", open ? "(" : "[", FormatG(bucket.lower), ",", FormatG(bucket.upper),
              bucket.positive || zero ? "]" : ")", ":", FormatG(bucket.count));
  }
  return out + "}";
}

bool SameHistogram(const FloatHistogram& a, const FloatHistogram& b) {
  return a.schema == b.schema && SameBits(a.count, b.count) && SameBits(a.sum, b.sum) &&
         SameBits(a.zero_threshold, b.zero_threshold) && SameBits(a.zero_count, b.zero_count) &&
         SameBits(a.custom_values, b.custom_values) &&
         SameSide(WithoutEmpty(PositiveCells(a)), WithoutEmpty(PositiveCells(b))) &&
         SameSide(WithoutEmpty(NegativeCells(a)), WithoutEmpty(NegativeCells(b)));
}

bool DetectReset(const FloatHistogram& after, const FloatHistogram& before) {
  if (after.reset_hint == chunk::ResetHint::kReset) return true;
  if (after.reset_hint == chunk::ResetHint::kNotReset) return false;
  if (after.count < before.count) return true;
  if (UsesCustomBuckets(after) != UsesCustomBuckets(before)) return true;
  if (UsesCustomBuckets(after)) {
    if (after.custom_values == before.custom_values)
      return AnyShrunk(PositiveCells(after), PositiveCells(before));
    const std::vector<double> common = CommonBounds(after.custom_values, before.custom_values);
    Cells now = PositiveCells(after);
    Cells then = PositiveCells(before);
    Rebucket(now, after.custom_values, common);
    Rebucket(then, before.custom_values, common);
    // Cumulated, since mass may have moved between buckets that the other side does not tell apart.
    double now_sum = 0;
    double then_sum = 0;
    size_t n = 0;
    size_t t = 0;
    for (int64_t i = 0; i <= static_cast<int64_t>(common.size()); ++i) {
      if (n < now.size() && now[n].index == i) now_sum += now[n++].count;
      if (t < then.size() && then[t].index == i) then_sum += then[t++].count;
      if (now_sum < then_sum) return true;
    }
    return false;
  }
  if (after.schema > before.schema) return true;
  if (after.zero_threshold < before.zero_threshold) return true;
  const ZeroBucket zero = WidenZeroBucket(before, after.zero_threshold);
  if (zero.threshold != after.zero_threshold) return true;
  if (after.zero_count < zero.count) return true;
  // At the resolution of `after`, without what lies in its zero bucket.
  const auto swallowed = [&](const Cell& cell) {
    return ExponentialBound(cell.index, after.schema) <= after.zero_threshold;
  };
  const auto shrunk = [&](Cells now, Cells then) {
    Coarsen(then, before.schema, after.schema);
    std::erase_if(now, swallowed);
    std::erase_if(then, swallowed);
    return AnyShrunk(now, then);
  };
  return shrunk(PositiveCells(after), PositiveCells(before)) ||
         shrunk(NegativeCells(after), NegativeCells(before));
}

}  // namespace kvs::engine::promql

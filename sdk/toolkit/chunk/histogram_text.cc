// SPDX-License-Identifier: Apache-2.0
#include "kvs/chunk/histogram_text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/bucket_bound.h"

namespace kvs::chunk {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

struct ShownBucket {
  double lower;
  double upper;
  double count;
};

double UpperBound(const FloatHistogram& h, int64_t index) {
  if (h.schema != kCustomBucketsSchema) return ExponentialBound(index, h.schema);
  if (index < 0) return -kInf;
  const size_t i = static_cast<size_t>(index);
  return i < h.custom_values.size() ? h.custom_values[i] : kInf;
}

std::vector<ShownBucket> ShownBuckets(const FloatHistogram& h, const std::vector<Span>& spans,
                                      const std::vector<double>& counts) {
  std::vector<ShownBucket> out;
  size_t i = 0;
  for (BucketIndexes at(spans); !at.done() && i < counts.size(); at.Next(), ++i) {
    if (counts[i] == 0) continue;
    out.push_back({UpperBound(h, at.index() - 1), UpperBound(h, at.index()), counts[i]});
  }
  return out;
}

void AppendShown(std::string& out, char open, double lower, double upper, char close,
                 double count) {
  StrAppend(out, ", ", open, FloatText(lower), ",", FloatText(upper), close, ":", FloatText(count));
}

}  // namespace

std::string FloatText(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  char text[64];
  const double magnitude = std::fabs(v);
  const bool scientific = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  const auto end =
      std::to_chars(text, text + sizeof(text), v,
                    scientific ? std::chars_format::scientific : std::chars_format::fixed);
  return std::string(text, end.ptr);
}

std::string HistogramText(const FloatHistogram& h) {
  std::string out = StrCat("{count:", FloatText(h.count), ", sum:", FloatText(h.sum));
  const std::vector<ShownBucket> negative = ShownBuckets(h, h.negative_spans, h.negative_buckets);
  for (auto b = negative.rbegin(); b != negative.rend(); ++b) {
    AppendShown(out, '[', -b->upper, -b->lower, ')', b->count);
  }
  if (h.zero_count != 0)
    AppendShown(out, '[', -h.zero_threshold, h.zero_threshold, ']', h.zero_count);
  for (const ShownBucket& b : ShownBuckets(h, h.positive_spans, h.positive_buckets)) {
    // The lowest custom bucket is closed on both sides.
    AppendShown(out, b.lower == -kInf ? '[' : '(', b.lower, b.upper, ']', b.count);
  }
  return out + "}";
}

}  // namespace kvs::chunk

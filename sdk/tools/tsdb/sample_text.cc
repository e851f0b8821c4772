// SPDX-License-Identifier: Apache-2.0
#include "sample_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/bucket_bound.h"

namespace kvs::tools {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Go's %g, and %v with a larger limit.
std::string GoFloat(double v, int exponent_from) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  char text[64];
  const char* end = std::to_chars(text, text + sizeof(text), v, std::chars_format::scientific).ptr;
  const char* e = end;
  while (*--e != 'e') {
  }
  int exponent = 0;
  std::from_chars(e[1] == '+' ? e + 2 : e + 1, end, exponent);
  if (exponent >= -4 && exponent < exponent_from) {
    end = std::to_chars(text, text + sizeof(text), v, std::chars_format::fixed).ptr;
  }
  return std::string(static_cast<const char*>(text), end);
}

struct Bucket {
  double lower;
  double upper;
  double count;
};

double UpperBound(const chunk::FloatHistogram& h, int64_t index) {
  if (h.schema != chunk::kCustomBucketsSchema) return chunk::ExponentialBound(index, h.schema);
  if (index < 0) return -kInf;
  const size_t i = static_cast<size_t>(index);
  return i < h.custom_values.size() ? h.custom_values[i] : kInf;
}

std::vector<Bucket> Buckets(const chunk::FloatHistogram& h, const std::vector<chunk::Span>& spans,
                            const std::vector<double>& counts) {
  std::vector<Bucket> out;
  size_t i = 0;
  for (chunk::BucketIndexes at(spans); !at.done() && i < counts.size(); at.Next(), ++i) {
    if (counts[i] == 0) continue;
    out.push_back({UpperBound(h, at.index() - 1), UpperBound(h, at.index()), counts[i]});
  }
  return out;
}

void Append(std::string& out, char open, double lower, double upper, char close, double count) {
  StrAppend(out, ", ", open, FloatText(lower), ",", FloatText(upper), close, ":",
            GoFloat(count, 21));
}

}  // namespace

std::string FloatText(double v) {
  return GoFloat(v, 6);
}

std::string HistogramText(const chunk::FloatHistogram& h) {
  std::string out = StrCat("{count:", FloatText(h.count), ", sum:", FloatText(h.sum));
  const std::vector<Bucket> negative = Buckets(h, h.negative_spans, h.negative_buckets);
  for (auto b = negative.rbegin(); b != negative.rend(); ++b) {
    Append(out, '[', -b->upper, -b->lower, ')', b->count);
  }
  if (h.zero_count != 0) Append(out, '[', -h.zero_threshold, h.zero_threshold, ']', h.zero_count);
  for (const Bucket& b : Buckets(h, h.positive_spans, h.positive_buckets)) {
    Append(out, '(', b.lower, b.upper, ']', b.count);
  }
  return out + "}";
}

}  // namespace kvs::tools

// SPDX-License-Identifier: Apache-2.0
// See histograms.h.

#include "kvs/testkit/promqltest/histograms.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/nan.h"

namespace kvs::testkit::promqltest {
namespace {

bool SideEqual(const BucketMap& a, const BucketMap& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.first == y.first && AlmostEqual(x.second, y.second);
  });
}

// Gaps longer than this are cut short: the text is for people.
constexpr int64_t kLongestGap = 64;

void AppendBuckets(const BucketMap& buckets, const char* name, const char* offset,
                   std::string* out) {
  if (buckets.empty()) return;
  if (buckets.begin()->first != 0) StrAppend(*out, " ", offset, ":", buckets.begin()->first);
  StrAppend(*out, " ", name, ":[");
  int64_t next = buckets.begin()->first;
  for (const auto& [index, count] : buckets) {
    if (index - next > kLongestGap) {
      StrAppend(*out, "(", index - next, " zeros) ");
      next = index;
    }
    for (; next < index; ++next) StrAppend(*out, "0 ");
    StrAppend(*out, count, index == buckets.rbegin()->first ? "]" : " ");
    ++next;
  }
}

}  // namespace

BucketMap BucketsOf(const std::vector<chunk::Span>& spans, const std::vector<double>& buckets) {
  BucketMap out;
  size_t i = 0;
  for (chunk::BucketIndexes at(spans); !at.done() && i < buckets.size(); at.Next(), ++i) {
    if (buckets[i] != 0) out[at.index()] = buckets[i];
  }
  return out;
}

void SetBuckets(const BucketMap& from, std::vector<chunk::Span>* spans,
                std::vector<double>* buckets) {
  spans->clear();
  buckets->clear();
  int64_t next = 0;
  for (const auto& [index, count] : from) {
    if (count == 0) continue;
    if (spans->empty() || index != next) spans->push_back({static_cast<int32_t>(index - next), 0});
    ++spans->back().length;
    buckets->push_back(count);
    next = index + 1;
  }
}

chunk::FloatHistogram BuildHistogram(const promql::HistogramDescription& description) {
  chunk::FloatHistogram out;
  out.schema = description.schema;
  out.sum = description.sum;
  out.count = description.count;
  out.zero_count = description.zero_count;
  out.zero_threshold = description.zero_threshold;
  out.positive_buckets = description.positive_buckets;
  out.negative_buckets = description.negative_buckets;
  out.custom_values = description.custom_values;
  if (!out.positive_buckets.empty()) {
    out.positive_spans = {
        {description.positive_offset, static_cast<uint32_t>(out.positive_buckets.size())}};
  }
  if (!out.negative_buckets.empty()) {
    out.negative_spans = {
        {description.negative_offset, static_cast<uint32_t>(out.negative_buckets.size())}};
  }
  if (description.counter_reset_hint.has_value()) {
    out.reset_hint = static_cast<chunk::ResetHint>(*description.counter_reset_hint);
  }
  return out;
}

bool AlmostEqual(double a, double b) {
  if (chunk::IsStaleNaN(a) || chunk::IsStaleNaN(b))
    return chunk::IsStaleNaN(a) && chunk::IsStaleNaN(b);
  if (std::isnan(a) && std::isnan(b)) return true;
  if (a == b) return true;
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < 1e-6 * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < 1e-6;
}

bool HistogramsEqual(const chunk::FloatHistogram& a, const chunk::FloatHistogram& b,
                     bool with_hint) {
  return a.schema == b.schema && a.zero_threshold == b.zero_threshold &&
         a.custom_values == b.custom_values && AlmostEqual(a.count, b.count) &&
         AlmostEqual(a.sum, b.sum) && AlmostEqual(a.zero_count, b.zero_count) &&
         (!with_hint || a.reset_hint == b.reset_hint) &&
         SideEqual(BucketsOf(a.positive_spans, a.positive_buckets),
                   BucketsOf(b.positive_spans, b.positive_buckets)) &&
         SideEqual(BucketsOf(a.negative_spans, a.negative_buckets),
                   BucketsOf(b.negative_spans, b.negative_buckets));
}

std::string ToString(const chunk::FloatHistogram& h) {
  static constexpr const char* kHints[] = {"", " counter_reset_hint:reset",
                                           " counter_reset_hint:not_reset",
                                           " counter_reset_hint:gauge"};
  std::string out = StrCat("{{schema:", h.schema, " count:", h.count, " sum:", h.sum);
  if (h.zero_count != 0) StrAppend(out, " z_bucket:", h.zero_count);
  if (h.zero_threshold != 0) StrAppend(out, " z_bucket_w:", h.zero_threshold);
  if (!h.custom_values.empty()) {
    StrAppend(out, " custom_values:[");
    for (size_t i = 0; i < h.custom_values.size(); ++i)
      StrAppend(out, i == 0 ? "" : " ", h.custom_values[i]);
    out += "]";
  }
  AppendBuckets(BucketsOf(h.positive_spans, h.positive_buckets), "buckets", "offset", &out);
  AppendBuckets(BucketsOf(h.negative_spans, h.negative_buckets), "n_buckets", "n_offset", &out);
  return out + kHints[static_cast<size_t>(h.reset_hint) & 3] + "}}";
}

}  // namespace kvs::testkit::promqltest

// SPDX-License-Identifier: Apache-2.0
#include "histogram_rules.h"

#include <bit>
#include <optional>
#include <string_view>
#include <type_traits>

#include "kvs/base/str_cat.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::sink::validate {
namespace {

constexpr int32_t kCoarsestSchema = -4;
constexpr int32_t kFinestSchema = 52;  // Of those that Prometheus has set apart.

// Buckets of one sign that are left when 2^steps neighbours become one.
int64_t CountMerged(std::span<const int32_t> offsets, std::span<const uint32_t> lengths,
                    int steps) {
  const auto merged = [steps](int64_t index) { return ((index - 1) >> steps) + 1; };
  int64_t n = 0;
  int64_t next = 0;             // The index behind the span before.
  std::optional<int64_t> last;  // The merged bucket counted last.
  for (size_t s = 0; s < offsets.size(); ++s) {
    next += offsets[s];
    if (lengths[s] == 0) continue;
    const int64_t first = merged(next);
    next += lengths[s];
    n += merged(next - 1) - first + (last == first ? 0 : 1);
    last = merged(next - 1);
  }
  return n;
}

int64_t CountMerged(const model::HistogramView& h, int steps) {
  return CountMerged(h.positive_span_offset, h.positive_span_length, steps) +
         CountMerged(h.negative_span_offset, h.negative_span_length, steps);
}

// The finest schema in which the histogram has no more buckets than that; none if it has too many
// in all.
std::optional<int32_t> FittingSchema(const model::HistogramView& h, int64_t max_buckets) {
  for (int32_t schema = h.schema - 1; schema >= kCoarsestSchema; --schema) {
    if (CountMerged(h, h.schema - schema) <= max_buckets) return schema;
  }
  return std::nullopt;
}

bool IsCustom(int32_t schema) {
  return schema == chunk::kCustomBucketsSchema;
}

// Whether buckets can be merged. Where spans do not name as many as there are, or the schema is
// none, the histogram makes no sense, which the head says.
bool CanMerge(const model::HistogramView& h) {
  if (h.schema < kCoarsestSchema || h.schema > kFinestSchema) return false;
  const auto named = [](std::span<const uint32_t> lengths) {
    uint64_t n = 0;
    for (const uint32_t length : lengths) n += length;
    return n;
  };
  return named(h.positive_span_length) == h.positive_bucket.size() &&
         named(h.negative_span_length) == h.negative_bucket.size();
}

struct BucketWords {
  std::string_view id;
  std::string_view what;
};

BucketWords WordsOfBuckets(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNotReducible:
      return {"not-reducible-native-histogram",
              "received a native histogram sample with too many buckets and cannot reduce"};
    case Verdict::kCustomBucketsNotReducible:
      return {"native-histogram-custom-buckets-not-reducible",
              "received a native histogram sample with more custom buckets than the limit"};
    default:
      return {"max-native-histogram-buckets",
              "received a native histogram sample with too many buckets"};
  }
}

template <typename Bucket>
void Load(std::span<const int32_t> offsets, std::span<const uint32_t> lengths,
          std::span<const uint64_t> bits, std::vector<chunk::Span>& spans,
          std::vector<Bucket>& buckets) {
  for (size_t s = 0; s < offsets.size(); ++s) spans.push_back({offsets[s], lengths[s]});
  for (const uint64_t bucket : bits) buckets.push_back(std::bit_cast<Bucket>(bucket));
}

}  // namespace

uint32_t BucketsOf(const kvs_histogram_columns_t& c, uint32_t i) {
  return c.positive_bucket_begin[i + 1] - c.positive_bucket_begin[i] +
         c.negative_bucket_begin[i + 1] - c.negative_bucket_begin[i];
}

Verdict JudgeBuckets(const kvs_histogram_columns_t& columns, uint32_t i,
                     const TenantLimits& limits) {
  const int64_t max = limits.max_native_histogram_buckets;
  if (max <= 0 || BucketsOf(columns, i) <= max) return Verdict::kOk;
  if (IsCustom(columns.schema[i])) return Verdict::kCustomBucketsNotReducible;
  if (!limits.reduces_native_histograms) return Verdict::kTooManyBuckets;
  const model::HistogramView histogram = sdk::HistogramAt(columns, i);
  if (!CanMerge(histogram)) return Verdict::kOk;
  return FittingSchema(histogram, max).has_value() ? Verdict::kOk : Verdict::kNotReducible;
}

Status BucketRefusal(Verdict verdict, const kvs_histogram_columns_t& columns, uint32_t i,
                     const std::string& series, const TenantLimits& limits) {
  const BucketWords words = WordsOfBuckets(verdict);
  std::string id = StrCat("err-mimir-", words.id);
  return InvalidArgument(words.what, ", timestamp: ", columns.timestamp_ms[i],
                         " series: ", ShownSeries(series), ", buckets: ", BucketsOf(columns, i),
                         ", limit: ", limits.max_native_histogram_buckets, " (", id, ")")
      .WithReason(std::move(id))
      .Partial();
}

const model::HistogramView& FittedHistogram::Fit(const model::HistogramView& view,
                                                 int64_t max_buckets) {
  const auto n = static_cast<int64_t>(view.positive_bucket.size() + view.negative_bucket.size());
  if (max_buckets <= 0 || n <= max_buckets || IsCustom(view.schema) || !CanMerge(view)) return view;
  const std::optional<int32_t> schema = FittingSchema(view, max_buckets);
  if (!schema.has_value()) return view;
  if (view.is_float) {
    Reduce<chunk::FloatHistogram>(view, *schema);
  } else {
    Reduce<chunk::Histogram>(view, *schema);
  }
  return view_;
}

template <typename H>
void FittedHistogram::Reduce(const model::HistogramView& view, int32_t schema) {
  H histogram;
  histogram.schema = view.schema;
  Load(view.positive_span_offset, view.positive_span_length, view.positive_bucket,
       histogram.positive_spans, histogram.positive_buckets);
  Load(view.negative_span_offset, view.negative_span_length, view.negative_bucket,
       histogram.negative_spans, histogram.negative_buckets);
  chunk::ReduceResolution(schema, &histogram);

  view_ = view;
  view_.schema = schema;
  const auto store = [](const auto& spans, const auto& buckets, Side& side) {
    side = {};
    for (const chunk::Span& span : spans) {
      side.offset.push_back(span.offset);
      side.length.push_back(span.length);
    }
    for (const auto bucket : buckets) side.bucket.push_back(std::bit_cast<uint64_t>(bucket));
  };
  store(histogram.positive_spans, histogram.positive_buckets, positive_);
  store(histogram.negative_spans, histogram.negative_buckets, negative_);
  view_.positive_span_offset = positive_.offset;
  view_.positive_span_length = positive_.length;
  view_.positive_bucket = positive_.bucket;
  view_.negative_span_offset = negative_.offset;
  view_.negative_span_length = negative_.length;
  view_.negative_bucket = negative_.bucket;
}

}  // namespace kvs::sink::validate

// SPDX-License-Identifier: Apache-2.0
// Native histograms as values: validity, comparison, conversion.

#include "kvs/chunk/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace kvs::chunk {
namespace {

bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}
bool SameBits(uint64_t a, uint64_t b) {
  return a == b;
}
bool SameBits(int64_t a, int64_t b) {
  return a == b;
}

template <typename T>
bool SameBits(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](T x, T y) { return SameBits(x, y); });
}

template <typename H>
bool Equal(const H& a, const H& b) {
  return a.reset_hint == b.reset_hint && a.schema == b.schema &&
         SameBits(a.zero_threshold, b.zero_threshold) && SameBits(a.zero_count, b.zero_count) &&
         SameBits(a.count, b.count) && SameBits(a.sum, b.sum) &&
         a.positive_spans == b.positive_spans && a.negative_spans == b.negative_spans &&
         SameBits(a.positive_buckets, b.positive_buckets) &&
         SameBits(a.negative_buckets, b.negative_buckets) &&
         SameBits(a.custom_values, b.custom_values);
}

// The reason is the end of Mimir's error id for what is wrong.
template <typename... Pieces>
Status Refuse(const char* reason, const Pieces&... pieces) {
  return InvalidArgument(pieces...).WithReason(reason);
}

Status ValidateSpans(const char* side, const std::vector<Span>& spans, size_t n_buckets) {
  int64_t index = 0;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (i > 0 && spans[i].offset < 0) {
      return Refuse("native-histogram-span-negative-offset", side, " span ", i,
                    " has the negative offset ", spans[i].offset);
    }
    index += int64_t{spans[i].offset} + spans[i].length;
    if (index > std::numeric_limits<int32_t>::max())
      return Refuse("native-histogram-span-negative-offset", side, " spans reach bucket ", index);
  }
  if (CountBuckets(spans) != n_buckets) {
    return Refuse("native-histogram-spans-buckets-mismatch", side, " spans name ",
                  CountBuckets(spans), " buckets, there are ", n_buckets);
  }
  return OkStatus();
}

Status ValidateCustom(const std::vector<double>& bounds, const std::vector<Span>& spans) {
  for (size_t i = 0; i < bounds.size(); ++i) {
    if (std::isnan(bounds[i]))
      return Refuse("native-histogram-custom-buckets-invalid", "custom bound ", i, " is NaN");
    if (i > 0 && bounds[i] <= bounds[i - 1]) {
      return Refuse("native-histogram-custom-buckets-invalid", "custom bound ", bounds[i],
                    " does not exceed ", bounds[i - 1], " before it");
    }
  }
  if (!bounds.empty() && std::isinf(bounds.back()) && bounds.back() > 0) {
    return Refuse("native-histogram-custom-buckets-infinite",
                  "the last custom bound is infinite, which goes without saying");
  }
  if (!spans.empty() && spans[0].offset < 0)
    return Refuse("native-histogram-spans-buckets-mismatch",
                  "custom buckets begin before the first");
  uint64_t reach = 0;
  for (const Span& span : spans) reach += static_cast<uint64_t>(span.offset) + span.length;
  if (reach > bounds.size() + 1) {
    return Refuse("native-histogram-custom-buckets-mismatch", bounds.size(),
                  " custom bounds do not reach bucket ", reach);
  }
  return OkStatus();
}

// Adds what the buckets hold to `total`.
Status SumBuckets(const char* side, const std::vector<int64_t>& deltas, uint64_t* total) {
  int64_t count = 0;
  for (size_t i = 0; i < deltas.size(); ++i) {
    if (__builtin_add_overflow(count, deltas[i], &count) || count < 0) {
      return Refuse("native-histogram-negative-bucket-count", side, " bucket ", i,
                    " has a negative count or one past 2^63");
    }
    if (__builtin_add_overflow(*total, static_cast<uint64_t>(count), total)) {
      return Refuse("native-histogram-count-mismatch",
                    "the buckets hold more than 2^64 observations");
    }
  }
  return OkStatus();
}

Status SumBuckets(const char* side, const std::vector<double>& counts, double* total) {
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < 0)
      return Refuse("native-histogram-negative-bucket-count", side, " bucket ", i,
                    " has the negative count ", counts[i]);
    *total += counts[i];
  }
  return OkStatus();
}

Status CheckTotal(const Histogram& h, uint64_t total) {
  if (__builtin_add_overflow(total, h.zero_count, &total)) {
    return Refuse("native-histogram-count-mismatch",
                  "the buckets hold more than 2^64 observations");
  }
  if (std::isnan(h.sum) ? total > h.count : total != h.count) {
    return Refuse(std::isnan(h.sum) ? "native-histogram-count-not-big-enough"
                                    : "native-histogram-count-mismatch",
                  "the buckets hold ", total, " observations, the count is ", h.count);
  }
  return OkStatus();
}

// Sums of floats depend on their order, so they are not compared.
Status CheckTotal(const FloatHistogram& h, double /*total*/) {
  if (h.count < 0)
    return Refuse("native-histogram-negative-bucket-count", "the count ", h.count, " is negative");
  if (h.zero_count < 0)
    return Refuse("native-histogram-negative-bucket-count",
                  "the zero bucket has the negative count ", h.zero_count);
  return OkStatus();
}

template <typename H>
Status ValidateEither(const H& h) {
  if (h.stale()) return OkStatus();
  KVS_RETURN_IF_ERROR(ValidateSpans("positive", h.positive_spans, h.positive_buckets.size()));
  KVS_RETURN_IF_ERROR(ValidateSpans("negative", h.negative_spans, h.negative_buckets.size()));
  if (h.schema == kCustomBucketsSchema) {
    KVS_RETURN_IF_ERROR(ValidateCustom(h.custom_values, h.positive_spans));
    if (h.zero_count != 0)
      return Refuse("native-histogram-custom-buckets-invalid",
                    "custom buckets have no zero bucket, its count is ", h.zero_count);
    if (h.zero_threshold != 0)
      return Refuse("native-histogram-custom-buckets-invalid",
                    "custom buckets have no zero threshold, it is ", h.zero_threshold);
    if (!h.negative_spans.empty())
      return Refuse("native-histogram-custom-buckets-invalid",
                    "custom buckets have no negative side");
  } else if (h.schema < kMinSchema || h.schema > kMaxSchema) {
    return Refuse("invalid-native-histogram-schema", "schema ", h.schema, " is neither within ",
                  kMinSchema, "...", kMaxSchema, " nor ", kCustomBucketsSchema);
  } else if (!h.custom_values.empty()) {
    return Refuse("native-histogram-custom-buckets-invalid",
                  "an exponential schema has no custom bounds");
  }
  typename H::CountType total = 0;
  KVS_RETURN_IF_ERROR(SumBuckets("positive", h.positive_buckets, &total));
  KVS_RETURN_IF_ERROR(SumBuckets("negative", h.negative_buckets, &total));
  return CheckTotal(h, total);
}

void DeltasToCounts(const std::vector<int64_t>& deltas, std::vector<double>* counts) {
  counts->resize(deltas.size());
  uint64_t count = 0;
  for (size_t i = 0; i < deltas.size(); ++i) {
    count += static_cast<uint64_t>(deltas[i]);
    (*counts)[i] = static_cast<double>(static_cast<int64_t>(count));
  }
}

// Buckets as counts, so that reducing need not know the form. Unsigned arithmetic, because bytes
// from outside overflow.
void Accumulate(std::vector<int64_t>* buckets) {
  uint64_t count = 0;
  for (int64_t& b : *buckets) b = static_cast<int64_t>(count += static_cast<uint64_t>(b));
}
void Accumulate(std::vector<double>*) {}

void Differentiate(std::vector<int64_t>* buckets) {
  uint64_t before = 0;
  for (int64_t& b : *buckets) {
    const uint64_t count = static_cast<uint64_t>(b);
    b = static_cast<int64_t>(count - before);
    before = count;
  }
}
void Differentiate(std::vector<double>*) {}

int64_t Add(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}
double Add(double a, double b) {
  return a + b;
}

template <typename Bucket>
void Reduce(int steps, std::vector<Span>* spans, std::vector<Bucket>* buckets) {
  Accumulate(buckets);
  std::vector<Span> merged;
  size_t n = 0;  // Merged buckets; they are written over those already read.
  int64_t last = 0;
  size_t i = 0;
  for (BucketIndexes at(*spans); !at.done(); at.Next(), ++i) {
    const int64_t index = ((at.index() - 1) >> steps) + 1;
    const Bucket count = (*buckets)[i];
    if (n > 0 && index == last) {
      (*buckets)[n - 1] = Add((*buckets)[n - 1], count);
      continue;
    }
    if (n > 0 && index == last + 1) {
      ++merged.back().length;
    } else {
      merged.push_back({static_cast<int32_t>(n == 0 ? index : index - last - 1), 1});
    }
    (*buckets)[n++] = count;
    last = index;
  }
  buckets->resize(n);
  Differentiate(buckets);
  *spans = std::move(merged);
}

template <typename H>
void ReduceEither(int32_t target, H* h) {
  if (h->schema == kCustomBucketsSchema || h->schema <= target) return;
  const int steps = std::min(h->schema - target, 62);
  Reduce(steps, &h->positive_spans, &h->positive_buckets);
  Reduce(steps, &h->negative_spans, &h->negative_buckets);
  h->schema = target;
}

}  // namespace

bool operator==(const Histogram& a, const Histogram& b) {
  return Equal(a, b);
}
bool operator==(const FloatHistogram& a, const FloatHistogram& b) {
  return Equal(a, b);
}

uint64_t CountBuckets(std::span<const Span> spans) {
  uint64_t n = 0;
  for (const Span& span : spans) n += span.length;
  return n;
}

Status Validate(const Histogram& h) {
  return ValidateEither(h);
}
Status Validate(const FloatHistogram& h) {
  return ValidateEither(h);
}

void ToFloat(const Histogram& h, FloatHistogram* out) {
  out->reset_hint = h.reset_hint;
  out->schema = h.schema;
  out->zero_threshold = h.zero_threshold;
  out->zero_count = static_cast<double>(h.zero_count);
  out->count = static_cast<double>(h.count);
  out->sum = h.sum;
  out->positive_spans = h.positive_spans;
  out->negative_spans = h.negative_spans;
  DeltasToCounts(h.positive_buckets, &out->positive_buckets);
  DeltasToCounts(h.negative_buckets, &out->negative_buckets);
  out->custom_values = h.custom_values;
}

void ReduceResolution(int32_t target, Histogram* h) {
  ReduceEither(target, h);
}
void ReduceResolution(int32_t target, FloatHistogram* h) {
  ReduceEither(target, h);
}

}  // namespace kvs::chunk

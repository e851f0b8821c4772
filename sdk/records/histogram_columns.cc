// SPDX-License-Identifier: Apache-2.0
#include "kvs/records/histogram_columns.h"

namespace kvs::records {

void HistogramColumns::Side::End() {
  span_begin_.push_back(static_cast<uint32_t>(span_offset_.size()));
  bucket_begin_.push_back(static_cast<uint32_t>(buckets_.size()));
}

void HistogramColumns::Side::Append(Side& other) {
  for (uint32_t& at : other.span_begin_) at += static_cast<uint32_t>(span_offset_.size());
  for (uint32_t& at : other.bucket_begin_) at += static_cast<uint32_t>(buckets_.size());
  span_offset_.insert(span_offset_.end(), other.span_offset_.begin(), other.span_offset_.end());
  span_length_.insert(span_length_.end(), other.span_length_.begin(), other.span_length_.end());
  buckets_.insert(buckets_.end(), other.buckets_.begin(), other.buckets_.end());
}

void HistogramColumns::Begin(const Head& head) {
  heads_.t.push_back(head.timestamp_ms);
  heads_.is_float.push_back(head.is_float);
  heads_.hint.push_back(head.reset_hint);
  heads_.schema.push_back(head.schema);
  heads_.zero_threshold.push_back(head.zero_threshold);
  heads_.zero_count.push_back(head.zero_count);
  heads_.count.push_back(head.count);
  heads_.sum.push_back(head.sum);
}

void HistogramColumns::End() {
  positive_.End();
  negative_.End();
  custom_begin_.push_back(static_cast<uint32_t>(custom_.size()));
}

void HistogramColumns::Copy(const kvs_histogram_columns_t& from, uint32_t i) {
  Begin({.timestamp_ms = from.timestamp_ms[i],
         .is_float = from.is_float == nullptr ? uint8_t{0} : from.is_float[i],
         .reset_hint = from.reset_hint == nullptr ? uint8_t{0} : from.reset_hint[i],
         .schema = from.schema[i],
         .zero_threshold = from.zero_threshold[i],
         .zero_count = from.zero_count[i],
         .count = from.count[i],
         .sum = from.sum[i]});
  const auto copy = [&](Side& side, const uint32_t* spans, const uint32_t* buckets) {
    for (uint32_t s = spans[i]; s < spans[i + 1]; ++s)
      side.AddSpan(from.span_offset[s], from.span_length[s]);
    for (uint32_t b = buckets[i]; b < buckets[i + 1]; ++b) side.AddBucket(from.bucket[b]);
  };
  copy(positive_, from.positive_span_begin, from.positive_bucket_begin);
  copy(negative_, from.negative_span_begin, from.negative_bucket_begin);
  if (from.custom_begin != nullptr) {
    for (uint32_t c = from.custom_begin[i]; c < from.custom_begin[i + 1]; ++c)
      AddCustomBound(from.custom_bound[c]);
  }
  End();
}

size_t HistogramColumns::bytes() const {
  constexpr size_t kOfOne = 46;  // Columns that have one element a histogram.
  return kOfOne * heads_.t.capacity() + positive_.bytes() + negative_.bytes() +
         8 * custom_.capacity();
}

const kvs_histogram_columns_t* HistogramColumns::Finish() {
  // The negative side of all histograms stands behind the positive one, in the same arrays.
  positive_.Append(negative_);
  record_.n_histograms = static_cast<uint32_t>(heads_.t.size());
  record_.begin = begin_.data();
  record_.timestamp_ms = heads_.t.data();
  record_.is_float = heads_.is_float.data();
  record_.reset_hint = heads_.hint.data();
  record_.schema = heads_.schema.data();
  record_.zero_threshold = heads_.zero_threshold.data();
  record_.zero_count = heads_.zero_count.data();
  record_.count = heads_.count.data();
  record_.sum = heads_.sum.data();
  record_.positive_span_begin = positive_.span_begin_.data();
  record_.negative_span_begin = negative_.span_begin_.data();
  record_.span_offset = positive_.span_offset_.data();
  record_.span_length = positive_.span_length_.data();
  record_.positive_bucket_begin = positive_.bucket_begin_.data();
  record_.negative_bucket_begin = negative_.bucket_begin_.data();
  record_.bucket = positive_.buckets_.data();
  record_.custom_begin = custom_begin_.data();
  record_.custom_bound = custom_.data();
  return &record_;
}

}  // namespace kvs::records

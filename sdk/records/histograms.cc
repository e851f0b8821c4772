// SPDX-License-Identifier: Apache-2.0
#include "kvs/records/histograms.h"

#include <algorithm>

namespace kvs::records {

void EncodeHistograms(Encoder& out, const kvs_histogram_columns_t* h, uint32_t n_series) {
  const uint32_t n = h == nullptr ? 0 : h->n_histograms;
  out.Number(n);
  if (n == 0) return;
  // Negative spans and buckets may stand behind the positive ones, or between them: the arrays end
  // with the later.
  const uint32_t n_spans = std::max(h->positive_span_begin[n], h->negative_span_begin[n]);
  const uint32_t n_buckets = std::max(h->positive_bucket_begin[n], h->negative_bucket_begin[n]);
  out.Array(h->begin, n_series + 1);
  out.Array(h->timestamp_ms, n);
  out.Array(h->start_timestamp_ms, h->start_timestamp_ms == nullptr ? 0 : n);
  out.Array(h->is_float, h->is_float == nullptr ? 0 : n);
  out.Array(h->reset_hint, h->reset_hint == nullptr ? 0 : n);
  out.Array(h->schema, n);
  out.Array(h->zero_threshold, n);
  out.Array(h->zero_count, n);
  out.Array(h->count, n);
  out.Array(h->sum, n);
  out.Array(h->span_offset, n_spans);
  out.Array(h->span_length, n_spans);
  out.Array(h->bucket, n_buckets);
  out.Array(h->positive_span_begin, n + 1);
  out.Array(h->negative_span_begin, n + 1);
  out.Array(h->positive_bucket_begin, n + 1);
  out.Array(h->negative_bucket_begin, n + 1);
  out.Array(h->custom_bound, h->custom_begin == nullptr ? 0 : h->custom_begin[n]);
  out.Array(h->custom_begin, h->custom_begin == nullptr ? 0 : n + 1);
}

bool DecodeHistograms(Decoder& in, kvs_histogram_columns_t* h, uint32_t n_series) {
  const uint32_t n = in.Small();
  if (n == 0) return false;
  h->n_histograms = n;
  h->begin = in.Offsets(n_series, n);
  h->timestamp_ms = in.ArrayOf<int64_t>(n);
  h->start_timestamp_ms = in.ArrayOf<int64_t>(n);
  h->is_float = in.ArrayOf<uint8_t>(n);
  h->reset_hint = in.ArrayOf<uint8_t>(n);
  h->schema = in.ArrayOf<int32_t>(n);
  h->zero_threshold = in.ArrayOf<double>(n);
  h->zero_count = in.ArrayOf<uint64_t>(n);
  h->count = in.ArrayOf<uint64_t>(n);
  h->sum = in.ArrayOf<double>(n);
  const auto offsets = in.Array<int32_t>();
  const auto lengths = in.Array<uint32_t>();
  const auto buckets = in.Array<uint64_t>();
  if (offsets.size() != lengths.size()) in.Damaged();
  h->span_offset = offsets.data();
  h->span_length = lengths.data();
  h->bucket = buckets.data();
  h->positive_span_begin = in.Offsets(n, lengths.size());
  h->negative_span_begin = in.Offsets(n, lengths.size());
  h->positive_bucket_begin = in.Offsets(n, buckets.size());
  h->negative_bucket_begin = in.Offsets(n, buckets.size());
  const auto bounds = in.Array<double>();
  h->custom_bound = bounds.data();
  h->custom_begin = in.Offsets(n, bounds.size());
  const bool whole = h->begin != nullptr && h->timestamp_ms != nullptr && h->schema != nullptr &&
                     h->zero_threshold != nullptr && h->zero_count != nullptr &&
                     h->count != nullptr && h->sum != nullptr &&
                     h->positive_span_begin != nullptr && h->negative_span_begin != nullptr &&
                     h->positive_bucket_begin != nullptr && h->negative_bucket_begin != nullptr;
  if (!whole) in.Damaged();
  return in.ok();
}

}  // namespace kvs::records

// SPDX-License-Identifier: Apache-2.0
#include "histogram_buckets.h"

#include "kvs/chunk/histogram_decoder.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/str.h"

namespace kvs::api::cardinality {
namespace {

std::string MetricOf(const kvs_label_columns_t& labels, uint32_t row) {
  for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
    if (sdk::View(labels.symbols[labels.refs[i]]) == model::kMetricNameLabel)
      return sdk::Text(labels.symbols[labels.refs[i + 1]]);
  }
  return {};
}

// Of the last sample that is no stale marker; 0 where there is none.
StatusOr<uint64_t> BucketsOf(const kvs_chunk_t& chunk) {
  chunk::FloatHistogramReader samples(static_cast<chunk::Encoding>(chunk.encoding),
                                      {chunk.data, chunk.size});
  chunk::FloatHistogram histogram;
  uint64_t buckets = 0;
  for (int64_t t = 0; samples.Next(&t, &histogram);) {
    if (chunk::IsStaleNaN(histogram.sum)) continue;
    buckets = histogram.positive_buckets.size() + histogram.negative_buckets.size();
  }
  KVS_RETURN_IF_ERROR(samples.status());
  return buckets;
}

}  // namespace

Status HistogramBuckets::Add(const kvs_series_batch_t& batch) {
  if (batch.chunk_begin == nullptr) return OkStatus();
  for (uint32_t row = 0; row < batch.n_series; ++row) {
    if (batch.chunk_begin[row] == batch.chunk_begin[row + 1]) continue;
    const kvs_chunk_t* const chunks = batch.chunks;
    const kvs_chunk_t& newest = *std::max_element(
        chunks + batch.chunk_begin[row], chunks + batch.chunk_begin[row + 1],
        [](const kvs_chunk_t& a, const kvs_chunk_t& b) { return a.max_ms < b.max_ms; });
    if (!chunk::IsHistogramEncoding(static_cast<chunk::Encoding>(newest.encoding))) continue;
    KVS_ASSIGN_OR_RETURN(const uint64_t buckets, BucketsOf(newest));
    OfMetric& metric = metrics_[MetricOf(batch.labels, row)];
    ++metric.series;
    metric.buckets += buckets;
    metric.least = std::min(metric.least, buckets);
    metric.most = std::max(metric.most, buckets);
  }
  return OkStatus();
}

}  // namespace kvs::api::cardinality

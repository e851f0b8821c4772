// SPDX-License-Identifier: Apache-2.0
// Decoding, and putting overlapping chunks in order.

#include "scan/samples.h"

#include <algorithm>
#include <numeric>

#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"

#include "histogram/buckets.h"

namespace kvs::engine::promql {
namespace {

/// Sorts the first `n` of `t` and what belongs to them. Of two samples at one time the one of the
/// earlier chunk stays.
template <typename V>
void SortByTime(std::vector<int64_t>& t, std::vector<V>& values, size_t& n) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&t](uint32_t a, uint32_t b) { return t[a] < t[b]; });
  std::vector<int64_t> sorted_t;
  std::vector<V> sorted;
  sorted_t.reserve(n);
  sorted.reserve(n);
  for (const uint32_t i : order) {
    if (!sorted_t.empty() && sorted_t.back() == t[i]) continue;
    sorted_t.push_back(t[i]);
    sorted.push_back(values[i]);
  }
  n = sorted_t.size();
  std::copy(sorted_t.begin(), sorted_t.end(), t.begin());
  std::copy(sorted.begin(), sorted.end(), values.begin());
}

}  // namespace

StatusOr<Samples> SampleReader::Read(const kvs_series_batch_t& batch, uint32_t s, int64_t min_ms,
                                     int64_t max_ms, bool keep_stale, bool detect_resets) {
  n_ = 0;
  disorder_ = false;
  histogram_t_.clear();
  histograms_.clear();
  if (batch.chunk_begin == nullptr) return Samples{};
  for (uint32_t c = batch.chunk_begin[s]; c < batch.chunk_begin[s + 1]; ++c) {
    const kvs_chunk_t& chunk = batch.chunks[c];
    if (chunk.max_ms < min_ms || chunk.min_ms > max_ms) continue;
    KVS_RETURN_IF_ERROR(Append(chunk, min_ms, max_ms));
  }
  if (disorder_) SortAndDeduplicate();
  if (!keep_stale) DropStale();
  if (detect_resets) DetectResets();
  Samples out;
  out.t = t_.data();
  out.v = v_.data();
  out.n = n_;
  out.histogram_t = histogram_t_.data();
  out.histograms = histograms_.data();
  out.n_histograms = histograms_.size();
  return out;
}

Status SampleReader::Append(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms) {
  if (chunk.encoding == KVS_CHUNK_HISTOGRAM || chunk.encoding == KVS_CHUNK_FLOAT_HISTOGRAM) {
    return AppendHistograms(chunk, min_ms, max_ms);
  }
  if (chunk.encoding != KVS_CHUNK_XOR) {
    return Unimplemented("chunk encoding ", static_cast<int>(chunk.encoding), " is not supported");
  }
  const std::span<const uint8_t> bytes(chunk.data, chunk.size);
  const unsigned count = chunk.n_samples != 0 ? chunk.n_samples : chunk::SampleCount(bytes);
  if (t_.size() < n_ + count) {
    t_.resize(2 * (n_ + count));
    v_.resize(2 * (n_ + count));
    memory_.Set(static_cast<int64_t>(16 * t_.size()));
  }
  chunk::XorDecoder decoder(bytes, count);
  // The whole of a chunk decodes without comparing times; only those at the edges need that.
  const bool inside = chunk.min_ms >= min_ms && chunk.max_ms <= max_ms;
  const size_t got =
      inside ? decoder.NextBatch(t_.data() + n_, v_.data() + n_, count)
             : decoder.NextBatchInRange(min_ms - 1, max_ms, t_.data() + n_, v_.data() + n_, count);
  KVS_RETURN_IF_ERROR(decoder.status());
  if (n_ > 0 && got > 0 && t_[n_] <= t_[n_ - 1]) disorder_ = true;
  n_ += got;
  return OkStatus();
}

Status SampleReader::AppendHistograms(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms) {
  chunk::FloatHistogramReader reader(static_cast<chunk::Encoding>(chunk.encoding),
                                     {chunk.data, chunk.size});
  int64_t t = 0;
  chunk::FloatHistogram h;
  while (reader.Next(&t, &h)) {
    if (t < min_ms || t > max_ms) continue;
    if (!histogram_t_.empty() && t <= histogram_t_.back()) disorder_ = true;
    histogram_t_.push_back(t);
    histograms_.push_back(h.stale() ? nullptr : MakeHistogram(h));
  }
  return reader.status();
}

void SampleReader::SortAndDeduplicate() {
  SortByTime(t_, v_, n_);
  size_t n = histograms_.size();
  SortByTime(histogram_t_, histograms_, n);
  histogram_t_.resize(n);
  histograms_.resize(n);
}

void SampleReader::DetectResets() {
  HistogramPtr before;
  for (HistogramPtr& at : histograms_) {
    if (at == nullptr || at->reset_hint == chunk::ResetHint::kGauge) {
      before = at;
      continue;
    }
    const HistogramPtr now = at;
    if (before != nullptr) {
      FloatHistogram copy = *now;
      copy.reset_hint =
          DetectReset(*now, *before) ? chunk::ResetHint::kReset : chunk::ResetHint::kNotReset;
      at = MakeHistogram(std::move(copy));
    }
    before = now;
  }
}

void SampleReader::DropStale() {
  size_t kept = 0;
  while (kept < n_ && Present(v_[kept])) ++kept;  // Nearly always all of them.
  for (size_t i = kept; i < n_; ++i) {
    if (!Present(v_[i])) continue;
    t_[kept] = t_[i];
    v_[kept] = v_[i];
    ++kept;
  }
  n_ = kept;
  size_t left = 0;
  for (size_t i = 0; i < histograms_.size(); ++i) {
    if (histograms_[i] == nullptr) continue;
    histogram_t_[left] = histogram_t_[i];
    if (left != i) histograms_[left] = std::move(histograms_[i]);
    ++left;
  }
  histogram_t_.resize(left);
  histograms_.resize(left);
}

}  // namespace kvs::engine::promql

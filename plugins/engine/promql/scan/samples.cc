// SPDX-License-Identifier: Apache-2.0
// Decoding, and putting overlapping chunks in order.

#include "scan/samples.h"

#include <algorithm>
#include <numeric>

#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

#include "histogram/buckets.h"

namespace kvs::engine::promql {
namespace {

/// The first `n` of `t` in the order of time. Of two samples at one time the one of the earlier
/// chunk stays.
std::vector<uint32_t> TimeOrder(const std::vector<int64_t>& t, size_t n) {
  std::vector<uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&t](uint32_t a, uint32_t b) { return t[a] < t[b]; });
  order.erase(std::unique(order.begin(), order.end(),
                          [&t](uint32_t a, uint32_t b) { return t[a] == t[b]; }),
              order.end());
  return order;
}

/// Brings the values named by `order` to the front.
template <typename V>
void Arrange(const std::vector<uint32_t>& order, std::vector<V>& values) {
  std::vector<V> arranged;
  arranged.reserve(order.size());
  for (const uint32_t i : order) arranged.push_back(values[i]);
  std::move(arranged.begin(), arranged.end(), values.begin());
}

/// Both decoders as one.
struct PlainFloats {
  chunk::XorDecoder decoder;
  static constexpr bool kStarts = false;
  size_t All(int64_t* t, double* v, int64_t* /*starts*/, size_t n) {
    return decoder.NextBatch(t, v, n);
  }
  size_t InRange(int64_t after, int64_t last, int64_t* t, double* v, int64_t* /*starts*/,
                 size_t n) {
    return decoder.NextBatchInRange(after, last, t, v, n);
  }
};
struct StartedFloats {
  chunk::Xor2Decoder decoder;
  static constexpr bool kStarts = true;
  size_t All(int64_t* t, double* v, int64_t* starts, size_t n) {
    return decoder.NextBatch(t, v, starts, n);
  }
  size_t InRange(int64_t after, int64_t last, int64_t* t, double* v, int64_t* starts, size_t n) {
    return decoder.NextBatchInRange(after, last, t, v, starts, n);
  }
};

}  // namespace

StatusOr<Samples> SampleReader::Read(const kvs_series_batch_t& batch, uint32_t s, int64_t min_ms,
                                     int64_t max_ms, const ReadOptions& options) {
  n_ = 0;
  disorder_ = false;
  options_ = options;
  has_starts_ = false;
  aggregated_ = false;
  coarse_until_ms_ = coarse_ms_ = 0;
  counts_.clear();
  histogram_starts_.clear();
  histogram_t_.clear();
  histograms_.clear();
  if (batch.chunk_begin == nullptr) return Samples{};
  for (uint32_t c = batch.chunk_begin[s]; c < batch.chunk_begin[s + 1]; ++c) {
    const kvs_chunk_t& chunk = batch.chunks[c];
    if (chunk.max_ms < min_ms || chunk.min_ms > max_ms) continue;
    KVS_RETURN_IF_ERROR(Append(chunk, min_ms, max_ms));
  }
  if (!counts_.empty()) counts_.resize(n_, 1.0);
  if (disorder_) SortAndDeduplicate();
  if (!options.keep_stale) DropStale();
  if (options.detect_resets) DetectResets();
  if (aggregated_ && options.view == AggregateView::kCounter) JoinCounters();
  Samples out;
  out.t = t_.data();
  out.v = v_.data();
  out.n = n_;
  out.histogram_t = histogram_t_.data();
  out.histograms = histograms_.data();
  out.n_histograms = histograms_.size();
  out.aggregated = aggregated_;
  out.coarse_until_ms = coarse_until_ms_;
  out.coarse_ms = coarse_ms_;
  if (!counts_.empty()) out.counts = counts_.data();
  if (has_starts_ && !aggregated_) {
    out.starts = starts_.data();
    out.histogram_starts = histogram_starts_.data();
  }
  return out;
}

Status SampleReader::Append(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms) {
  const auto encoding = static_cast<chunk::Encoding>(chunk.encoding);
  const std::span<const uint8_t> bytes(chunk.data, chunk.size);
  const unsigned count = chunk.n_samples != 0 ? chunk.n_samples : chunk::SampleCount(bytes);
  if (encoding == chunk::Encoding::kAggregates) return AppendAggregates(chunk, min_ms, max_ms);
  if (options_.want_starts && chunk::CarriesStarts(encoding)) has_starts_ = true;
  if (chunk::IsHistogramEncoding(encoding)) return AppendHistograms(chunk, min_ms, max_ms);
  if (encoding == chunk::Encoding::kXor)
    return AppendFloats(PlainFloats{chunk::XorDecoder(bytes, count)}, count, chunk, min_ms, max_ms);
  if (encoding == chunk::Encoding::kXor2) {
    const unsigned counted = chunk::SampleCount(bytes);
    return AppendFloats(StartedFloats{chunk::Xor2Decoder(bytes)}, counted, chunk, min_ms, max_ms);
  }
  return Unimplemented("chunk encoding ", static_cast<int>(chunk.encoding), " is not supported");
}

template <typename Decoder>
Status SampleReader::AppendFloats(Decoder samples, unsigned count, const kvs_chunk_t& chunk,
                                  int64_t min_ms, int64_t max_ms) {
  MakeRoom(count);
  int64_t* const starts = options_.want_starts ? starts_.data() + n_ : nullptr;
  // The whole of a chunk decodes without comparing times; only those at the edges need that.
  const bool inside = chunk.min_ms >= min_ms && chunk.max_ms <= max_ms;
  const size_t got =
      inside ? samples.All(t_.data() + n_, v_.data() + n_, starts, count)
             : samples.InRange(min_ms - 1, max_ms, t_.data() + n_, v_.data() + n_, starts, count);
  KVS_RETURN_IF_ERROR(samples.decoder.status());
  if (starts != nullptr && Decoder::kStarts) {
    if (n_ > 0 && got > 0 && t_[n_] <= t_[n_ - 1]) disorder_ = true;
    n_ += got;
  } else {
    Appended(got);
  }
  return OkStatus();
}

void SampleReader::MakeRoom(unsigned count) {
  if (t_.size() < n_ + count) {
    t_.resize(2 * (n_ + count));
    v_.resize(2 * (n_ + count));
    memory_.Set(static_cast<int64_t>(16 * t_.size() + 8 * starts_.size()));
  }
  if (options_.want_starts && starts_.size() < t_.size()) starts_.resize(t_.size());
}

void SampleReader::Appended(size_t n) {
  if (options_.want_starts) std::fill_n(starts_.data() + n_, n, 0);
  if (n_ > 0 && n > 0 && t_[n_] <= t_[n_ - 1]) disorder_ = true;
  n_ += n;
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
    if (options_.want_starts) histogram_starts_.push_back(reader.start());
  }
  return reader.status();
}

void SampleReader::SortAndDeduplicate() {
  std::vector<uint32_t> order = TimeOrder(t_, n_);
  n_ = order.size();
  Arrange(order, t_);
  Arrange(order, v_);
  if (options_.want_starts) Arrange(order, starts_);
  if (!counts_.empty()) Arrange(order, counts_);
  order = TimeOrder(histogram_t_, histogram_t_.size());
  Arrange(order, histogram_t_);
  Arrange(order, histograms_);
  if (options_.want_starts) Arrange(order, histogram_starts_);
  histogram_t_.resize(order.size());
  histograms_.resize(order.size());
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
    if (options_.want_starts) starts_[kept] = starts_[i];
    if (!counts_.empty()) counts_[kept] = counts_[i];
    ++kept;
  }
  n_ = kept;
  size_t left = 0;
  for (size_t i = 0; i < histograms_.size(); ++i) {
    if (histograms_[i] == nullptr) continue;
    histogram_t_[left] = histogram_t_[i];
    if (options_.want_starts) histogram_starts_[left] = histogram_starts_[i];
    if (left != i) histograms_[left] = std::move(histograms_[i]);
    ++left;
  }
  histogram_t_.resize(left);
  histograms_.resize(left);
}

}  // namespace kvs::engine::promql

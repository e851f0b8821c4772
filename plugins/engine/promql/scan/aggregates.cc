// SPDX-License-Identifier: Apache-2.0
// Chunks of aggregates in place of samples.

#include "kvs/chunk/aggregates.h"

#include <algorithm>
#include <cmath>

#include "kvs/chunk/downsampler.h"

#include "scan/samples.h"

namespace kvs::engine::promql {
namespace {

using chunk::Aggregate;

int64_t ResolutionOf(const kvs_chunk_t& chunk) {
  return (chunk.flags & KVS_CHUNK_WINDOW_5M) != 0 ? kFiveMinutesMs : kOneHourMs;
}

}  // namespace

Status SampleReader::AppendAggregates(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms) {
  KVS_ASSIGN_OR_RETURN(const auto parts, chunk::AggregateParts::Parse({chunk.data, chunk.size}));
  coarse_until_ms_ = aggregated_ ? std::max(coarse_until_ms_, chunk.max_ms) : chunk.max_ms;
  coarse_ms_ = std::max(coarse_ms_, ResolutionOf(chunk));
  aggregated_ = true;
  const size_t before = n_;
  switch (options_.view) {
    case AggregateView::kMean:
    case AggregateView::kLasting:
      KVS_RETURN_IF_ERROR(AppendMeans(parts, ResolutionOf(chunk), min_ms, max_ms));
      break;
    case AggregateView::kCount:
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kCount), min_ms, max_ms));
      counts_.resize(before, 1.0);
      counts_.insert(counts_.end(), v_.begin() + static_cast<ptrdiff_t>(before),
                     v_.begin() + static_cast<ptrdiff_t>(n_));
      break;
    case AggregateView::kAverage:
      // The counts first; the sums, at the same times, take their place.
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kCount), min_ms, max_ms));
      counts_.resize(before, 1.0);
      counts_.insert(counts_.end(), v_.begin() + static_cast<ptrdiff_t>(before),
                     v_.begin() + static_cast<ptrdiff_t>(n_));
      n_ = before;
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kSum), min_ms, max_ms));
      if (counts_.size() != n_) return DataLoss("the aggregates are not of the same windows");
      break;
    case AggregateView::kSum:
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kSum), min_ms, max_ms));
      break;
    case AggregateView::kMin:
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kMin), min_ms, max_ms));
      break;
    case AggregateView::kMax:
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kMax), min_ms, max_ms));
      break;
    case AggregateView::kCounter:
      KVS_RETURN_IF_ERROR(AppendPart(parts.of(Aggregate::kCounter), min_ms, max_ms));
      break;
  }
  const auto windows = static_cast<int64_t>(n_ - before);
  if (ResolutionOf(chunk) == kFiveMinutesMs) {
    windows_read_.five_minutes += windows;
  } else {
    windows_read_.one_hour += windows;
  }
  return OkStatus();
}

Status SampleReader::AppendPart(std::span<const uint8_t> part, int64_t min_ms, int64_t max_ms) {
  const unsigned count = chunk::SampleCount(part);
  if (count == 0) return OkStatus();
  MakeRoom(count);
  chunk::XorDecoder decoder(part, count);
  const size_t got =
      decoder.NextBatchInRange(min_ms - 1, max_ms, t_.data() + n_, v_.data() + n_, count);
  KVS_RETURN_IF_ERROR(decoder.status());
  Appended(got);
  return OkStatus();
}

Status SampleReader::AppendMeans(const chunk::AggregateParts& parts, int64_t resolution_ms,
                                 int64_t min_ms, int64_t max_ms) {
  const bool lasting = options_.view == AggregateView::kLasting && options_.lasting_ms > 0;
  chunk::AggregateReader windows(parts);
  chunk::AggregateWindow w;
  while (windows.Next(&w)) {
    const double mean = w.sum / w.count;
    int64_t n = 1;
    if (lasting) {
      const int64_t begin = chunk::WindowEnd(w.t, resolution_ms) - resolution_ms;
      n = std::clamp((w.t - begin - 1) / options_.lasting_ms + 1, int64_t{1},
                     resolution_ms / options_.lasting_ms + 1);
    }
    MakeRoom(static_cast<unsigned>(n));
    size_t got = 0;
    for (int64_t k = n; k-- > 0;) {
      const int64_t t = w.t - k * options_.lasting_ms;
      if (t < min_ms || t > max_ms) continue;
      t_[n_ + got] = t;
      v_[n_ + got] = mean;
      ++got;
    }
    Appended(got);
  }
  return windows.status();
}

// A chunk has the first value of a counter as it was, then goes on without resets, and says in the
// end, at the time of the last sample, how that one was. Samples in between are as they are.
void SampleReader::JoinCounters() {
  double total = 0, last = 0;
  int64_t last_t = 0;
  bool any = false;
  size_t kept = 0;
  for (size_t i = 0; i < n_; ++i) {
    if (any && t_[i] <= last_t) {
      last = v_[i];
      continue;
    }
    double v = v_[i];
    if (!std::isnan(v)) {
      total = !any ? v : total + (v < last ? v : v - last);
      last = v;
      v = total;
      any = true;
      last_t = t_[i];
    }
    t_[kept] = t_[i];
    v_[kept++] = v;
  }
  n_ = kept;
}

}  // namespace kvs::engine::promql

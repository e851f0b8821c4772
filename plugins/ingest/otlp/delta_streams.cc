// SPDX-License-Identifier: Apache-2.0
#include "delta_streams.h"

#include <algorithm>

namespace kvs::ingest::otlp {
namespace {

using wire::otlp::ExponentialPoint;
using wire::otlp::HistogramPoint;
using wire::otlp::NumberPoint;
using wire::otlp::Point;
using wire::otlp::Range;
using wire::otlp::Request;

// Wider histograms lose resolution instead of growing.
constexpr int64_t kMaxBuckets = 1024;
constexpr int32_t kMinScale = -4;

Range Put(const std::vector<uint64_t>& counts, Request* numbers) {
  const auto begin = static_cast<uint32_t>(numbers->counts.size());
  numbers->counts.insert(numbers->counts.end(), counts.begin(), counts.end());
  return {begin, static_cast<uint32_t>(numbers->counts.size())};
}

}  // namespace

DeltaStreams::DeltaStreams(size_t max_streams, int64_t max_idle_ms, uint64_t secret)
    : max_per_shard_(std::max<size_t>(1, max_streams / 16)),
      max_idle_ms_(max_idle_ms),
      hasher_(secret) {}

size_t DeltaStreams::size() const {
  size_t n = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    n += shard.streams.size();
  }
  return n;
}

void DeltaStreams::Buckets::ScaleDown(int by) {
  if (by == 0) return;
  const int64_t first = offset >> by;
  std::vector<uint64_t> merged;
  for (size_t i = 0; i < counts.size(); ++i) {
    const auto at = static_cast<size_t>(((offset + static_cast<int64_t>(i)) >> by) - first);
    if (at >= merged.size()) merged.resize(at + 1);
    merged[at] += counts[i];
  }
  counts = std::move(merged);
  offset = first;
}

void DeltaStreams::Buckets::Merge(const Buckets& other) {
  if (other.counts.empty()) return;
  if (counts.empty()) {
    *this = other;
    return;
  }
  const int64_t first = std::min(offset, other.offset);
  const int64_t last = std::max(end(), other.end());
  counts.insert(counts.begin(), static_cast<size_t>(offset - first), 0);
  counts.resize(static_cast<size_t>(last - first));
  offset = first;
  for (size_t i = 0; i < other.counts.size(); ++i)
    counts[static_cast<size_t>(other.offset - first) + i] += other.counts[i];
}

StatusOr<DeltaStreams::Stream*> DeltaStreams::Find(Shard& shard, const model::Key128& key,
                                                   int64_t now_ms, const Point& point, bool* made) {
  const auto found = shard.streams.find(key);
  *made = found == shard.streams.end();
  if (!*made) {
    Stream& stream = found->second;
    stream.seen_ms = now_ms;
    if (point.time_ns <= stream.time_ns || point.start_ns < stream.start_ns) {
      return AlreadyExists("delta point is not newer than the last one of its series");
    }
    return &stream;
  }
  if (shard.streams.size() >= max_per_shard_) {
    // At most once a second: a full table must not cost a pass for every new series.
    if (now_ms - shard.swept_ms >= 1000) {
      shard.swept_ms = now_ms;
      std::erase_if(shard.streams, [&](const auto& entry) {
        return now_ms - entry.second.seen_ms > max_idle_ms_;
      });
    }
    if (shard.streams.size() >= max_per_shard_) {
      return ResourceExhausted("too many delta series: some ", max_per_shard_ * 16,
                               " are added up already, see delta_max_streams");
    }
  }
  Stream& stream = shard.streams[key];
  stream.seen_ms = now_ms;
  stream.start_ns = point.start_ns;
  return &stream;
}

Status DeltaStreams::Add(const model::Key128& key, int64_t now_ms, NumberPoint* point) {
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  bool made = false;
  KVS_ASSIGN_OR_RETURN(Stream* const stream, Find(shard, key, now_ms, *point, &made));
  stream->time_ns = point->time_ns;
  stream->sum += point->value;
  point->value = stream->sum;
  point->start_ns = stream->start_ns;
  return OkStatus();
}

Status DeltaStreams::Add(const model::Key128& key, int64_t now_ms, const Request& request,
                         HistogramPoint* point, Request* numbers) {
  const auto bounds = request.Of(point->bounds, request.bounds);
  const auto counts = request.Of(point->counts, request.counts);
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  bool made = false;
  KVS_ASSIGN_OR_RETURN(Stream* const stream, Find(shard, key, now_ms, *point, &made));
  const bool same_layout =
      std::equal(bounds.begin(), bounds.end(), stream->bounds.begin(), stream->bounds.end()) &&
      counts.size() == stream->positive.counts.size();
  if (made || !same_layout) {  // Other buckets cannot be added: what follows is a new counter.
    stream->bounds.assign(bounds.begin(), bounds.end());
    stream->positive.counts.assign(counts.size(), 0);
    stream->count = 0;
    stream->sum = 0;
    stream->start_ns = point->start_ns;
  }
  stream->time_ns = point->time_ns;
  stream->count += point->count;
  stream->sum += point->sum;
  for (size_t i = 0; i < counts.size(); ++i) stream->positive.counts[i] += counts[i];
  point->start_ns = stream->start_ns;
  point->count = stream->count;
  point->sum = stream->sum;
  point->counts = Put(stream->positive.counts, numbers);
  point->bounds.begin = static_cast<uint32_t>(numbers->bounds.size());
  numbers->bounds.insert(numbers->bounds.end(), bounds.begin(), bounds.end());
  point->bounds.end = static_cast<uint32_t>(numbers->bounds.size());
  return OkStatus();
}

Status DeltaStreams::AddExponential(const Request& request, const ExponentialPoint& point,
                                    Stream* stream) {
  const auto buckets = [&](Range range, int32_t offset) {
    const auto counts = request.Of(range, request.counts);
    return Buckets{offset, {counts.begin(), counts.end()}};
  };
  Buckets positive = buckets(point.positive, point.positive_offset);
  Buckets negative = buckets(point.negative, point.negative_offset);
  int32_t scale = std::min(stream->scale, point.scale);
  const auto span = [](const Buckets& a, int a_by, const Buckets& b, int b_by) -> int64_t {
    if (a.counts.empty() && b.counts.empty()) return 0;
    if (a.counts.empty()) return ((b.end() - 1) >> b_by) - (b.offset >> b_by) + 1;
    if (b.counts.empty()) return ((a.end() - 1) >> a_by) - (a.offset >> a_by) + 1;
    return std::max((a.end() - 1) >> a_by, (b.end() - 1) >> b_by) -
           std::min(a.offset >> a_by, b.offset >> b_by) + 1;
  };
  const auto shift = [](int32_t from, int32_t to) {
    return static_cast<int>(std::min<int64_t>(int64_t{from} - to, 62));
  };
  while (span(stream->positive, shift(stream->scale, scale), positive, shift(point.scale, scale)) >
             kMaxBuckets ||
         span(stream->negative, shift(stream->scale, scale), negative, shift(point.scale, scale)) >
             kMaxBuckets) {
    --scale;
  }
  if (scale < kMinScale) {
    return InvalidArgument("cannot add exponential histograms: the scale would be ", scale,
                           ", and must be ", kMinScale, " or more");
  }
  stream->positive.ScaleDown(shift(stream->scale, scale));
  stream->negative.ScaleDown(shift(stream->scale, scale));
  positive.ScaleDown(shift(point.scale, scale));
  negative.ScaleDown(shift(point.scale, scale));
  stream->positive.Merge(positive);
  stream->negative.Merge(negative);
  stream->scale = scale;
  return OkStatus();
}

Status DeltaStreams::Add(const model::Key128& key, int64_t now_ms, const Request& request,
                         ExponentialPoint* point, Request* numbers) {
  Shard& shard = ShardOf(key);
  const std::lock_guard lock(shard.mutex);
  bool made = false;
  KVS_ASSIGN_OR_RETURN(Stream* const stream, Find(shard, key, now_ms, *point, &made));
  if (made) stream->scale = point->scale;
  if (Status status = AddExponential(request, *point, stream); !status.ok()) {
    if (made) shard.streams.erase(key);
    return status;
  }
  stream->time_ns = point->time_ns;
  stream->count += point->count;
  stream->sum += point->sum;
  stream->zero_count += point->zero_count;
  stream->zero_threshold = std::max(stream->zero_threshold, point->zero_threshold);
  point->start_ns = stream->start_ns;
  point->count = stream->count;
  point->sum = stream->sum;
  point->zero_count = stream->zero_count;
  point->zero_threshold = stream->zero_threshold;
  point->scale = stream->scale;
  point->positive_offset = static_cast<int32_t>(stream->positive.offset);
  point->negative_offset = static_cast<int32_t>(stream->negative.offset);
  point->positive = Put(stream->positive.counts, numbers);
  point->negative = Put(stream->negative.counts, numbers);
  return OkStatus();
}

}  // namespace kvs::ingest::otlp

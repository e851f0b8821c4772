// SPDX-License-Identifier: Apache-2.0
// DeltaStreams: what points that tell the change since the last one add up to. One entry a series,
// bounded in number; those that fall silent are forgotten, and begin anew if they come back, which
// queries see as a reset of the counter. A point is added once: what comes late, or again because
// its sender tried again, is refused.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/series_key.h"
#include "kvs/wire/otlp.h"

namespace kvs::ingest::otlp {

/// Synchronised; streams of different series seldom wait for each other. [any]
class DeltaStreams {
 public:
  /// `secret` keeps senders from making two series collide.
  DeltaStreams(size_t max_streams, int64_t max_idle_ms, uint64_t secret);

  /// Which stream a point belongs to: any text that names its tenant and series.
  model::Key128 KeyOf(std::string_view text) const { return hasher_.Hash(text); }

  // Add the point to its stream and turn it into the sum so far, since the start of the stream.
  // Buckets of the sum are put into `numbers`, whose ranges the point then means; those it came
  // with are ranges of `request`. AlreadyExists: the point is not newer than the last one.
  // ResourceExhausted: there are too many streams. InvalidArgument: its buckets cannot be added.
  Status Add(const model::Key128& key, int64_t now_ms, wire::otlp::NumberPoint* point);
  Status Add(const model::Key128& key, int64_t now_ms, const wire::otlp::Request& request,
             wire::otlp::HistogramPoint* point, wire::otlp::Request* numbers);
  Status Add(const model::Key128& key, int64_t now_ms, const wire::otlp::Request& request,
             wire::otlp::ExponentialPoint* point, wire::otlp::Request* numbers);

  /// Streams that are remembered.
  size_t size() const;

 private:
  /// Dense buckets of one sign.
  struct Buckets {
    int64_t offset = 0;
    std::vector<uint64_t> counts;
    void ScaleDown(int by);
    void Merge(const Buckets& other);
    int64_t end() const { return offset + static_cast<int64_t>(counts.size()); }
  };
  struct Stream {
    int64_t seen_ms = 0;    // By our clock.
    uint64_t start_ns = 0;  // Of the first point.
    uint64_t time_ns = 0;   // Of the last one.
    double sum = 0;
    uint64_t count = 0;
    std::vector<double> bounds;
    Buckets positive;  // Of histograms without a sign, all buckets.
    Buckets negative;
    int32_t scale = 0;
    uint64_t zero_count = 0;
    double zero_threshold = 0;
  };
  struct Hash {
    size_t operator()(const model::Key128& key) const { return key.lo; }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<model::Key128, Stream, Hash> streams;  // Guarded by mutex.
    int64_t swept_ms = 0;                                     // Guarded by mutex.
  };

  Shard& ShardOf(const model::Key128& key) { return shards_[key.hi % shards_.size()]; }
  /// The stream, made if need be; `*made` says so.
  StatusOr<Stream*> Find(Shard& shard, const model::Key128& key, int64_t now_ms,
                         const wire::otlp::Point& point, bool* made);
  static Status AddExponential(const wire::otlp::Request& request,
                               const wire::otlp::ExponentialPoint& point, Stream* stream);

  const size_t max_per_shard_;
  const int64_t max_idle_ms_;
  const model::KeyHasher hasher_;
  std::array<Shard, 16> shards_;
};

}  // namespace kvs::ingest::otlp

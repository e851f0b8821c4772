// SPDX-License-Identifier: Apache-2.0
// The chunk of aggregates (encoding 255), Thanos' form of downsampled floats: for each window of
// some minutes how many samples there were, their sum, the least and the greatest, and where a
// counter stood. docs/formats/chunk_aggregates.md has the bytes.
//
//   KVS_ASSIGN_OR_RETURN(const AggregateParts parts, AggregateParts::Parse(chunk));
//   XorDecoder sums(parts.of(Aggregate::kSum));
//   while (sums.Next(&t, &sum)) Use(t, sum);
//
// Nothing here is synchronised. [any]
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/xor.h"

namespace kvs::chunk {

/// In the order in which a chunk has them.
enum class Aggregate : uint8_t { kCount, kSum, kMin, kMax, kCounter };
inline constexpr size_t kAggregates = 5;

/// The XOR chunks within a chunk; borrowed.
class AggregateParts {
 public:
  /// DataLoss when the parts are cut off, Unimplemented when one of them is no XOR chunk.
  static StatusOr<AggregateParts> Parse(std::span<const uint8_t> chunk);

  /// Empty when the chunk does not have it; a decoder finds no sample in it then.
  std::span<const uint8_t> of(Aggregate aggregate) const {
    return parts_[static_cast<size_t>(aggregate)];
  }
  /// How many windows have samples.
  unsigned windows() const { return SampleCount(of(Aggregate::kCount)); }

 private:
  std::array<std::span<const uint8_t>, kAggregates> parts_;
};

/// How many windows a chunk of aggregates has; 0 when it is damaged.
unsigned WindowCount(std::span<const uint8_t> chunk);

/// What is known of the samples of one window. Least and greatest are NaN only where every sample
/// is; the sum is NaN where any is.
struct AggregateWindow {
  int64_t t = 0;  ///< A time within the window, not before its last sample.
  double count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
};

/// The windows of a chunk one by one.
class AggregateReader {
 public:
  explicit AggregateReader(const AggregateParts& parts)
      : count_(parts.of(Aggregate::kCount)),
        sum_(parts.of(Aggregate::kSum)),
        min_(parts.of(Aggregate::kMin)),
        max_(parts.of(Aggregate::kMax)) {}

  /// False at the end or on damage, and status() tells which.
  bool Next(AggregateWindow* window);
  const Status& status() const { return status_; }

 private:
  XorDecoder count_, sum_, min_, max_;
  Status status_;
};

/// Puts a chunk of aggregates together.
class AggregatesBuilder {
 public:
  /// Times ascend; at most kMaxSamples of them.
  void AppendWindow(const AggregateWindow& window);
  /// Of the counter: the first sample as it was, then for each window the last one, to which what
  /// was lost by resets since the first is added; in the end the very last one, at the same time
  /// once more, as it was.
  void AppendCounter(int64_t t, double v);

  unsigned windows() const { return count_.count(); }
  std::vector<uint8_t> Build() const;
  /// Starts a new chunk and keeps the memory.
  void Clear();

 private:
  XorChunkBuilder count_, sum_, min_, max_, counter_;
};

}  // namespace kvs::chunk

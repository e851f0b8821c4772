// SPDX-License-Identifier: Apache-2.0
// Native histograms on their way through the head. Each is first put into one flat form: that form
// goes into the log, is what a repeated sample is recognised by, and is what a chunk is appended
// from, so live writes and replay share one path.
#pragma once

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/base/status.h"
#include "kvs/chunk/histogram.h"
#include "kvs/chunk/histogram_builder.h"

namespace kvs::head {

/// A histogram as a value, and the hash of its flat form without the start.
struct EncodedHistogram {
  std::variant<chunk::Histogram, chunk::FloatHistogram> value;
  uint64_t hash = 0;
  int64_t start = 0;  ///< 0: not known.
};

/// Appends the flat form of histogram `i` to `out`; its time is not part of it, its start only if
/// it has one and `with_start`.
void EncodeHistogram(const kvs_histogram_columns_t& columns, uint32_t i, bool with_start,
                     std::vector<uint8_t>& out);

/// The same of what histogram `i` was when it began: without observations, in the same buckets, and
/// after a reset.
void EncodeZeroOf(const kvs_histogram_columns_t& columns, uint32_t i, bool with_start,
                  std::vector<uint8_t>& out);

/// Reads a flat form back. DATA_LOSS when it is damaged, INVALID_ARGUMENT when it makes no sense as
/// a histogram.
StatusOr<EncodedHistogram> DecodeHistogram(std::span<const uint8_t> flat);

/// The chunk of histograms that a series is writing to. It has room for starts if its first sample
/// has one. Not synchronised.
class OpenHistogram {
 public:
  /// Goes on with an open chunk; `last_hash` is that of its last sample. DATA_LOSS when it is
  /// damaged.
  static StatusOr<OpenHistogram> Reopen(chunk::Encoding encoding, std::span<const uint8_t> bytes,
                                        uint64_t last_hash);

  /// False, and no change, when the sample needs a new chunk: Cut(), then append again.
  bool Append(int64_t t, const EncodedHistogram& histogram);
  /// Begins the next chunk.
  void Cut();

  /// Whether the chunk is as long as chunks get.
  bool is_full() const;
  unsigned count() const;
  chunk::Encoding encoding() const;
  /// Borrowed until the next change.
  std::span<const uint8_t> bytes() const;
  uint64_t last_hash() const { return last_hash_; }

 private:
  std::variant<chunk::HistogramChunkBuilder, chunk::FloatHistogramChunkBuilder> builder_;
  uint64_t last_hash_ = 0;
  chunk::Starts starts_ = chunk::Starts::kNo;  // Of the builder.
};

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
// Recoder: samples in the order of time become chunks again, cut where Prometheus cuts: after 120
// samples, where the kind of sample changes, and where a histogram needs a chunk of its own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/tsdb/block_writer.h"

#include "merge/sample_reader.h"

namespace kvs::compactor {

/// Reusable: the memory stays from series to series. Not synchronised. [any]
class Recoder {
 public:
  static constexpr unsigned kSamplesPerChunk = 120;

  /// Takes the sample that `from` stands at; its time lies behind the one before.
  void Append(const SampleReader& from);
  /// Ends the chunk in work.
  void Cut();
  /// What was written since Clear(); borrowed until then.
  void AppendChunksTo(std::vector<tsdb::ChunkData>* out) const;
  void Clear();

  uint64_t samples() const { return samples_; }

 private:
  struct Written {
    int64_t mint, maxt;
    chunk::Encoding encoding;
    size_t begin, end;  // In bytes_.
  };
  enum class Open : uint8_t { kNothing, kXor, kXor2, kHistograms, kFloatHistograms };

  template <typename H>
  void AppendHistogram(const SampleReader& from, H& h, chunk::BasicHistogramChunkBuilder<H>& plain,
                       chunk::BasicHistogramChunkBuilder<H>& started);
  void Ship(chunk::Encoding encoding, std::span<const uint8_t> bytes);

  Open open_ = Open::kNothing;
  bool with_starts_ = false;  // Of the open histogram chunk.
  unsigned in_chunk_ = 0;
  int64_t mint_ = 0, maxt_ = 0;
  uint64_t samples_ = 0;
  chunk::XorChunkBuilder xor_;
  chunk::Xor2ChunkBuilder xor2_;
  chunk::HistogramChunkBuilder histograms_, started_histograms_{chunk::Starts::kYes};
  chunk::FloatHistogramChunkBuilder float_histograms_,
      started_float_histograms_{chunk::Starts::kYes};
  chunk::Histogram histogram_;
  chunk::FloatHistogram float_histogram_;
  std::vector<uint8_t> bytes_;
  std::vector<Written> written_;
};

}  // namespace kvs::compactor

// SPDX-License-Identifier: Apache-2.0
// Recoder: samples out of chunks that may overlap, and chunks in time order again. For late
// samples, and for a chunk of which only a part belongs to a block; everything else is copied as it
// is.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_decoder.h"

#include "histogram.h"

namespace kvs::head {

/// Not synchronised.
class Recoder {
 public:
  struct Chunk {
    int64_t min_t;
    int64_t max_t;
    chunk::Encoding encoding;
    std::vector<uint8_t> bytes;
  };

  /// Adds the samples in [min_t, max_t]. DATA_LOSS when the chunk is damaged.
  Status Add(chunk::Encoding encoding, std::span<const uint8_t> chunk, int64_t min_t,
             int64_t max_t);
  /// Of samples of the same time the one that was added first stays. Begins anew.
  std::vector<Chunk> Finish();

 private:
  struct Sample {
    int64_t t;
    double v;
    int64_t start;
    int32_t histogram;  ///< -1: it is a float.
  };
  template <typename H>
  Status AddHistograms(chunk::BasicHistogramDecoder<H> decoder, int64_t min_t, int64_t max_t);

  std::vector<Sample> samples_;
  std::vector<EncodedHistogram> histograms_;
};

}  // namespace kvs::head

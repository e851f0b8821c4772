// SPDX-License-Identifier: Apache-2.0
#include "blocks/recoder.h"

#include <algorithm>

#include "kvs/base/check.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

#include "series.h"

namespace kvs::head {

template <typename H>
Status Recoder::AddHistograms(chunk::BasicHistogramDecoder<H> decoder, int64_t min_t,
                              int64_t max_t) {
  while (decoder.Next()) {
    if (decoder.t() < min_t || decoder.t() > max_t) continue;
    samples_.push_back({decoder.t(), 0, decoder.start(), static_cast<int32_t>(histograms_.size())});
    EncodedHistogram& histogram = histograms_.emplace_back();
    histogram.start = decoder.start();
    decoder.Read(&histogram.value.template emplace<H>());
  }
  return decoder.status();
}

Status Recoder::Add(chunk::Encoding encoding, std::span<const uint8_t> chunk, int64_t min_t,
                    int64_t max_t) {
  const auto starts = chunk::CarriesStarts(encoding) ? chunk::Starts::kYes : chunk::Starts::kNo;
  int64_t t = 0;
  double v = 0;
  int64_t start = 0;
  const auto add = [&] {
    if (t >= min_t && t <= max_t) samples_.push_back({t, v, start, -1});
  };
  switch (encoding) {
    case chunk::Encoding::kHistogram:
    case chunk::Encoding::kHistogramWithStart:
      return AddHistograms(chunk::HistogramDecoder(chunk, starts), min_t, max_t);
    case chunk::Encoding::kFloatHistogram:
    case chunk::Encoding::kFloatHistogramWithStart:
      return AddHistograms(chunk::FloatHistogramDecoder(chunk, starts), min_t, max_t);
    case chunk::Encoding::kXor2: {
      chunk::Xor2Decoder decoder(chunk);
      while (decoder.Next(&t, &v, &start)) add();
      return decoder.status();
    }
    default: {
      KVS_CHECK(encoding == chunk::Encoding::kXor);
      chunk::XorDecoder decoder(chunk);
      while (decoder.Next(&t, &v)) add();
      return decoder.status();
    }
  }
}

std::vector<Recoder::Chunk> Recoder::Finish() {
  std::stable_sort(samples_.begin(), samples_.end(),
                   [](const Sample& a, const Sample& b) { return a.t < b.t; });
  samples_.erase(std::unique(samples_.begin(), samples_.end(),
                             [](const Sample& a, const Sample& b) { return a.t == b.t; }),
                 samples_.end());
  std::vector<Chunk> chunks;
  chunk::XorChunkBuilder floats;
  chunk::Xor2ChunkBuilder started;
  OpenHistogram histograms;
  int64_t min_t = 0;
  int64_t max_t = 0;
  const auto put = [&](chunk::Encoding encoding, std::span<const uint8_t> bytes) {
    chunks.push_back({min_t, max_t, encoding, {bytes.begin(), bytes.end()}});
  };
  const auto close = [&] {
    if (!floats.empty()) put(chunk::Encoding::kXor, floats.bytes());
    floats.Clear();
    if (!started.empty()) put(chunk::Encoding::kXor2, started.bytes());
    started.Clear();
    if (histograms.count() != 0) put(histograms.encoding(), histograms.bytes());
    histograms.Cut();
  };
  for (const Sample& sample : samples_) {
    const bool is_float = sample.histogram < 0;
    const unsigned n_floats = floats.count() + started.count();
    // As in the head, the first sample of a chunk decides whether it has room for starts.
    const bool has_no_room = sample.start != 0 && !floats.empty();
    const bool is_full =
        is_float ? histograms.count() != 0 || n_floats >= kSamplesPerChunk || has_no_room
                 : n_floats != 0 || histograms.is_full();
    if (is_full) close();
    bool appended = false;
    while (!appended) {
      const bool is_first = floats.empty() && started.empty() && histograms.count() == 0;
      if (is_first) min_t = sample.t;
      if (!is_float) {
        appended = histograms.Append(sample.t, histograms_[static_cast<size_t>(sample.histogram)]);
      } else if (!started.empty() || sample.start != 0) {
        appended = started.Append(sample.start, sample.t, sample.v);
      } else {
        appended = floats.Append(sample.t, sample.v);
      }
      if (!appended) close();
    }
    max_t = sample.t;
  }
  close();
  samples_.clear();
  histograms_.clear();
  return chunks;
}

}  // namespace kvs::head

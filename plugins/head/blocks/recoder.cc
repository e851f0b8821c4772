// SPDX-License-Identifier: Apache-2.0
#include "blocks/recoder.h"

#include <algorithm>

#include "kvs/base/check.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"

#include "series.h"

namespace kvs::head {

template <typename Decoder, typename H>
Status Recoder::AddHistograms(std::span<const uint8_t> chunk, int64_t min_t, int64_t max_t) {
  Decoder decoder(chunk);
  while (decoder.Next()) {
    if (decoder.t() < min_t || decoder.t() > max_t) continue;
    samples_.push_back({decoder.t(), 0, static_cast<int32_t>(histograms_.size())});
    decoder.Read(&histograms_.emplace_back().value.template emplace<H>());
  }
  return decoder.status();
}

Status Recoder::Add(chunk::Encoding encoding, std::span<const uint8_t> chunk, int64_t min_t,
                    int64_t max_t) {
  if (encoding == chunk::Encoding::kHistogram)
    return AddHistograms<chunk::HistogramDecoder, chunk::Histogram>(chunk, min_t, max_t);
  if (encoding == chunk::Encoding::kFloatHistogram)
    return AddHistograms<chunk::FloatHistogramDecoder, chunk::FloatHistogram>(chunk, min_t, max_t);
  KVS_CHECK(encoding == chunk::Encoding::kXor);
  chunk::XorDecoder decoder(chunk);
  int64_t t = 0;
  double v = 0;
  while (decoder.Next(&t, &v)) {
    if (t >= min_t && t <= max_t) samples_.push_back({t, v, -1});
  }
  return decoder.status();
}

std::vector<Recoder::Chunk> Recoder::Finish() {
  std::stable_sort(samples_.begin(), samples_.end(),
                   [](const Sample& a, const Sample& b) { return a.t < b.t; });
  samples_.erase(std::unique(samples_.begin(), samples_.end(),
                             [](const Sample& a, const Sample& b) { return a.t == b.t; }),
                 samples_.end());
  std::vector<Chunk> chunks;
  chunk::XorChunkBuilder floats;
  OpenHistogram histograms;
  int64_t min_t = 0;
  int64_t max_t = 0;
  const auto put = [&](chunk::Encoding encoding, std::span<const uint8_t> bytes) {
    chunks.push_back({min_t, max_t, encoding, {bytes.begin(), bytes.end()}});
  };
  const auto close = [&] {
    if (!floats.empty()) put(chunk::Encoding::kXor, floats.bytes());
    floats.Clear();
    if (histograms.count() != 0) put(histograms.encoding(), histograms.bytes());
    histograms.Cut();
  };
  for (const Sample& sample : samples_) {
    const bool is_float = sample.histogram < 0;
    const bool is_full = is_float ? histograms.count() != 0 || floats.count() >= kSamplesPerChunk
                                  : !floats.empty() || histograms.is_full();
    if (is_full) close();
    bool appended = false;
    while (!appended) {
      if (floats.empty() && histograms.count() == 0) min_t = sample.t;
      appended = is_float ? floats.Append(sample.t, sample.v)
                          : histograms.Append(sample.t,
                                              histograms_[static_cast<size_t>(sample.histogram)]);
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

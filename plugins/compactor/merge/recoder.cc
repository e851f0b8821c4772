// SPDX-License-Identifier: Apache-2.0
#include "merge/recoder.h"

namespace kvs::compactor {

using chunk::AppendOutcome;

void Recoder::Append(const SampleReader& from) {
  Open want = from.carries_starts() ? Open::kXor2 : Open::kXor;
  if (from.kind() == SampleKind::kHistogram) want = Open::kHistograms;
  if (from.kind() == SampleKind::kFloatHistogram) want = Open::kFloatHistograms;
  const bool is_other =
      want != open_ || (from.kind() != SampleKind::kFloat && from.carries_starts() != with_starts_);
  if (is_other || in_chunk_ == kSamplesPerChunk) {
    Cut();
    open_ = want;
    with_starts_ = from.carries_starts();
  }
  switch (want) {
    case Open::kXor:
      KVS_CHECK(xor_.Append(from.t(), from.value()));
      break;
    case Open::kXor2:
      KVS_CHECK(xor2_.Append(from.start(), from.t(), from.value()));
      break;
    case Open::kHistograms:
      AppendHistogram(from, histogram_, histograms_, started_histograms_);
      break;
    case Open::kFloatHistograms:
      AppendHistogram(from, float_histogram_, float_histograms_, started_float_histograms_);
      break;
    case Open::kNothing:
      break;
  }
  if (in_chunk_++ == 0) mint_ = from.t();
  maxt_ = from.t();
  ++samples_;
}

template <typename H>
void Recoder::AppendHistogram(const SampleReader& from, H& h,
                              chunk::BasicHistogramChunkBuilder<H>& plain,
                              chunk::BasicHistogramChunkBuilder<H>& started) {
  auto& builder = with_starts_ ? started : plain;
  from.Read(&h);
  // What the sample knew of the one before it need not hold for the one that is before it now.
  if (h.reset_hint != chunk::ResetHint::kGauge) h.reset_hint = chunk::ResetHint::kUnknown;
  if (builder.Append(from.t(), h, from.start()) != AppendOutcome::kNewChunk) return;
  const Open open = open_;
  const bool with_starts = with_starts_;
  Ship(builder.encoding(), builder.bytes());
  builder.Cut();
  open_ = open;
  with_starts_ = with_starts;
  KVS_CHECK(builder.Append(from.t(), h, from.start()) != AppendOutcome::kNewChunk);
}

void Recoder::Ship(chunk::Encoding encoding, std::span<const uint8_t> bytes) {
  written_.push_back({mint_, maxt_, encoding, bytes_.size(), bytes_.size() + bytes.size()});
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  in_chunk_ = 0;
}

void Recoder::Cut() {
  const auto ship_histograms = [this](auto& plain, auto& started) {
    auto& builder = with_starts_ ? started : plain;
    Ship(builder.encoding(), builder.bytes());
    builder.Clear();
  };
  if (in_chunk_ > 0) {
    switch (open_) {
      case Open::kXor:
        Ship(chunk::Encoding::kXor, xor_.bytes());
        xor_.Clear();
        break;
      case Open::kXor2:
        Ship(chunk::Encoding::kXor2, xor2_.bytes());
        xor2_.Clear();
        break;
      case Open::kHistograms:
        ship_histograms(histograms_, started_histograms_);
        break;
      case Open::kFloatHistograms:
        ship_histograms(float_histograms_, started_float_histograms_);
        break;
      case Open::kNothing:
        break;
    }
  }
  open_ = Open::kNothing;
}

void Recoder::AppendChunksTo(std::vector<tsdb::ChunkData>* out) const {
  for (const Written& w : written_) {
    out->push_back({w.mint, w.maxt, w.encoding,
                    std::span<const uint8_t>(bytes_).subspan(w.begin, w.end - w.begin)});
  }
}

void Recoder::Clear() {
  Cut();
  bytes_.clear();
  written_.clear();
  samples_ = 0;
}

}  // namespace kvs::compactor

// SPDX-License-Identifier: Apache-2.0
// Reading histogram chunks.

#include "kvs/chunk/histogram_decoder.h"

namespace kvs::chunk {

template <typename H>
BasicHistogramDecoder<H>::BasicHistogramDecoder(std::span<const uint8_t> chunk, Starts starts)
    : with_starts_(starts == Starts::kYes),
      count_(HistogramSampleCount(chunk, starts)),
      header_(ReadResetHeader(chunk, starts)) {
  // Header, zero threshold and sum alone are longer than what BitSource wants.
  constexpr size_t kLeast = kHistogramHeaderBytes + 1 + sizeof(double);
  if (chunk.size() >= kLeast) {
    in_ = BitReader(BitSource(chunk), 8 * kHistogramHeaderBytes);
    if (with_starts_) starts_.header = chunk[kCountBytes];
  } else if (count_ > 0) {
    damage_ = Damage::kTruncated;
  }
}

template <typename H>
bool BasicHistogramDecoder<H>::Next() {
  if (damage_ != Damage::kNone || index_ == count_) return false;
  bool sound = true;
  const uint64_t before = state_.t;
  if (index_ == 0) {
    if (!internal::ReadLayout(in_, internal::HistogramState<H>::kLeastBucketBits, &layout_)) {
      damage_ = in_.overrun() ? Damage::kTruncated : Damage::kBadLayout;
      return false;
    }
    state_.buckets.resize(CountBuckets(layout_.positive_spans) +
                          CountBuckets(layout_.negative_spans));
    sound = internal::ReadFirstSample(in_, state_);
  } else {
    sound = internal::ReadNextSample(in_, state_);
  }
  if (sound && with_starts_) sound = starts_.Read(in_, index_, state_.t, before);
  if (!sound || in_.overrun()) {
    damage_ = in_.overrun() ? Damage::kTruncated : Damage::kBadWindow;
    return false;
  }
  ++index_;
  return true;
}

template <typename H>
void BasicHistogramDecoder<H>::Read(H* h) const {
  const bool empty = stale();
  h->reset_hint = ResetHint::kUnknown;
  if (header_ == ResetHeader::kGauge && !empty) h->reset_hint = ResetHint::kGauge;
  if (header_ != ResetHeader::kGauge && !empty && index_ > 1) h->reset_hint = ResetHint::kNotReset;
  h->schema = empty ? 0 : layout_.schema;
  h->zero_threshold = empty ? 0 : layout_.zero_threshold;
  h->count = empty ? 0 : state_.count_value();
  h->zero_count = empty ? 0 : state_.zero_count_value();
  h->sum = sum();
  h->positive_spans.clear();
  h->negative_spans.clear();
  h->positive_buckets.clear();
  h->negative_buckets.clear();
  h->custom_values.clear();
  if (empty) return;
  h->positive_spans = layout_.positive_spans;
  h->negative_spans = layout_.negative_spans;
  h->custom_values = layout_.custom_values;
  const size_t n_positive = CountBuckets(layout_.positive_spans);
  for (size_t i = 0; i < n_positive; ++i) h->positive_buckets.push_back(state_.bucket(i));
  for (size_t i = n_positive; i < state_.buckets.size(); ++i)
    h->negative_buckets.push_back(state_.bucket(i));
  ReduceResolution(kMaxSchema, h);
}

template <typename H>
Status BasicHistogramDecoder<H>::status() const {
  const char* what = "";
  switch (damage_) {
    case Damage::kNone:
      return OkStatus();
    case Damage::kTruncated:
      what = "the chunk ends inside the sample";
      break;
    case Damage::kBadLayout:
      what = "the layout makes no sense";
      break;
    case Damage::kBadWindow:
      what = "a window or a varint exceeds 64 bits";
      break;
  }
  return DataLoss("histogram chunk: sample ", index_, " of ", count_, ": ", what);
}

template class BasicHistogramDecoder<Histogram>;
template class BasicHistogramDecoder<FloatHistogram>;

FloatHistogramReader::FloatHistogramReader(Encoding encoding, std::span<const uint8_t> chunk)
    : encoding_(encoding) {
  switch (encoding) {
    case Encoding::kHistogram:
      decoder_.emplace<HistogramDecoder>(chunk);
      break;
    case Encoding::kFloatHistogram:
      decoder_.emplace<FloatHistogramDecoder>(chunk);
      break;
    case Encoding::kHistogramWithStart:
      decoder_.emplace<HistogramDecoder>(chunk, Starts::kYes);
      break;
    case Encoding::kFloatHistogramWithStart:
      decoder_.emplace<FloatHistogramDecoder>(chunk, Starts::kYes);
      break;
    default:
      break;
  }
}

bool FloatHistogramReader::Next(int64_t* t, FloatHistogram* h) {
  if (auto* integers = std::get_if<HistogramDecoder>(&decoder_)) {
    if (!integers->Next()) return false;
    *t = integers->t();
    start_ = integers->start();
    integers->Read(&integers_);
    ToFloat(integers_, h);
    return true;
  }
  if (auto* floats = std::get_if<FloatHistogramDecoder>(&decoder_)) {
    if (!floats->Next()) return false;
    *t = floats->t();
    start_ = floats->start();
    floats->Read(h);
    return true;
  }
  return false;
}

Status FloatHistogramReader::status() const {
  if (const auto* integers = std::get_if<HistogramDecoder>(&decoder_)) return integers->status();
  if (const auto* floats = std::get_if<FloatHistogramDecoder>(&decoder_)) return floats->status();
  return InvalidArgument("a chunk of encoding ", static_cast<int>(encoding_), " has no histograms");
}

}  // namespace kvs::chunk

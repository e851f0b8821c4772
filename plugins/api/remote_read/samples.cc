// SPDX-License-Identifier: Apache-2.0
#include "samples.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <type_traits>
#include <utility>

#include "kvs/chunk/encoding.h"
#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"

namespace kvs::api::remote_read {
namespace {

using chunk::Encoding;

constexpr unsigned kSamplesInChunk = 120;

template <typename T>
void SortByTime(std::vector<T>* samples) {
  const auto before = [](const T& a, const T& b) { return a.t < b.t; };
  if (!std::is_sorted(samples->begin(), samples->end(), before))
    std::stable_sort(samples->begin(), samples->end(), before);
  // Of several at one time the first: chunks in order come before those that came late.
  const auto same = [](const T& a, const T& b) { return a.t == b.t; };
  samples->erase(std::unique(samples->begin(), samples->end(), same), samples->end());
}

template <typename H>
Status ReadHistograms(chunk::BasicHistogramDecoder<H> in, int64_t min_ms, int64_t max_ms,
                      std::vector<HistogramSample>* out) {
  while (in.Next()) {
    if (in.t() < min_ms || in.t() > max_ms) continue;
    H histogram;
    in.Read(&histogram);
    out->push_back({in.t(), std::move(histogram)});
  }
  return in.status();
}

// Writes one chunk after the other.
class ChunkWriter {
 public:
  using Emit = std::function<void(int64_t, int64_t, uint8_t, std::span<const uint8_t>)>;
  explicit ChunkWriter(const Emit& emit) : emit_(emit) {}
  ~ChunkWriter() { End(); }

  void Add(const FloatSample& sample) {
    if (kind_ != Encoding::kXor || floats_.count() == kSamplesInChunk) Begin(Encoding::kXor);
    (void)floats_.Append(sample.t, sample.v);
    Added(sample.t);
  }
  void Add(const HistogramSample& sample) {
    if (const auto* integers = std::get_if<chunk::Histogram>(&sample.value)) {
      AddTo(integers_, Encoding::kHistogram, sample.t, *integers);
    } else {
      AddTo(float_histograms_, Encoding::kFloatHistogram, sample.t,
            std::get<chunk::FloatHistogram>(sample.value));
    }
  }

 private:
  template <typename Builder, typename H>
  void AddTo(Builder& builder, Encoding kind, int64_t t, const H& histogram) {
    if (kind_ != kind) {
      Begin(kind);
    } else if (builder.count() == kSamplesInChunk) {
      End();
      builder.Cut();
      kind_ = kind;
    }
    if (builder.Append(t, histogram) == chunk::AppendOutcome::kNewChunk) {
      End();
      builder.Cut();
      kind_ = kind;
      (void)builder.Append(t, histogram);
    }
    Added(t);
  }
  void Begin(Encoding kind) {
    End();
    kind_ = kind;
    floats_.Clear();
    if (kind == Encoding::kHistogram) integers_.Clear();
    if (kind == Encoding::kFloatHistogram) float_histograms_.Clear();
  }
  void Added(int64_t t) {
    if (!min_) min_ = t;
    max_ = t;
  }
  void End() {
    if (min_) {
      const auto bytes = kind_ == Encoding::kXor         ? floats_.bytes()
                         : kind_ == Encoding::kHistogram ? integers_.bytes()
                                                         : float_histograms_.bytes();
      emit_(*min_, max_, static_cast<uint8_t>(kind_), bytes);
    }
    min_.reset();
    kind_ = Encoding::kNone;
  }

  const Emit& emit_;
  Encoding kind_ = Encoding::kNone;  // Of the open chunk.
  std::optional<int64_t> min_;       // Of the open chunk; nothing: it is empty.
  int64_t max_ = 0;
  chunk::XorChunkBuilder floats_;
  chunk::HistogramChunkBuilder integers_;
  chunk::FloatHistogramChunkBuilder float_histograms_;
};

}  // namespace

Status Samples::Read(std::span<const kvs_chunk_t> chunks, int64_t min_ms, int64_t max_ms) {
  floats_.clear();
  histograms_.clear();
  for (const kvs_chunk_t& chunk : chunks) {
    if (chunk.max_ms >= min_ms && chunk.min_ms <= max_ms)
      KVS_RETURN_IF_ERROR(ReadChunk(chunk, min_ms, max_ms));
  }
  SortByTime(&floats_);
  SortByTime(&histograms_);
  return OkStatus();
}

Status Samples::ReadChunk(const kvs_chunk_t& chunk, int64_t min_ms, int64_t max_ms) {
  const std::span<const uint8_t> bytes(chunk.data, chunk.size);
  const auto add = [&](int64_t t, double v) {
    if (t >= min_ms && t <= max_ms) floats_.push_back({t, v});
  };
  int64_t t = 0;
  int64_t start = 0;
  double v = 0;
  switch (const auto encoding = static_cast<Encoding>(chunk.encoding)) {
    case Encoding::kXor: {
      chunk::XorDecoder in(bytes);
      while (in.Next(&t, &v)) add(t, v);
      return in.status();
    }
    case Encoding::kXor2: {
      chunk::Xor2Decoder in(bytes);
      while (in.Next(&t, &v, &start)) add(t, v);
      return in.status();
    }
    case Encoding::kHistogram:
    case Encoding::kHistogramWithStart: {
      const bool starts = encoding == Encoding::kHistogramWithStart;
      return ReadHistograms(
          chunk::HistogramDecoder(bytes, starts ? chunk::Starts::kYes : chunk::Starts::kNo), min_ms,
          max_ms, &histograms_);
    }
    case Encoding::kFloatHistogram:
    case Encoding::kFloatHistogramWithStart: {
      const bool starts = encoding == Encoding::kFloatHistogramWithStart;
      return ReadHistograms(
          chunk::FloatHistogramDecoder(bytes, starts ? chunk::Starts::kYes : chunk::Starts::kNo),
          min_ms, max_ms, &histograms_);
    }
    default:
      return Unimplemented("chunk has the unknown encoding ", int{chunk.encoding});
  }
}

void Samples::Recode(
    const std::function<void(int64_t, int64_t, uint8_t, std::span<const uint8_t>)>& emit) const {
  ChunkWriter out(emit);
  auto histogram = histograms_.begin();
  for (const FloatSample& sample : floats_) {
    for (; histogram != histograms_.end() && histogram->t < sample.t; ++histogram)
      out.Add(*histogram);
    out.Add(sample);
  }
  for (; histogram != histograms_.end(); ++histogram) out.Add(*histogram);
}

bool CanPass(std::span<const kvs_chunk_t> chunks) {
  for (size_t i = 0; i < chunks.size(); ++i) {
    const kvs_chunk_t& chunk = chunks[i];
    if (chunk.encoding < KVS_CHUNK_XOR || chunk.encoding > KVS_CHUNK_FLOAT_HISTOGRAM) return false;
    if ((chunk.flags & KVS_CHUNK_OVERLAPS) != 0) return false;
    if (i > 0 && chunk.min_ms <= chunks[i - 1].max_ms) return false;
  }
  return true;
}

const model::HistogramView& HistogramParts::Set(const HistogramSample& sample) {
  view_ = model::HistogramView();
  view_.timestamp_ms = sample.t;
  std::visit([this](const auto& histogram) { SetFrom(histogram); }, sample.value);
  return view_;
}

template <typename H>
void HistogramParts::SetFrom(const H& h) {
  constexpr bool kIsFloat = std::is_same_v<H, chunk::FloatHistogram>;
  const auto bits = [](auto number) {
    if constexpr (std::is_same_v<decltype(number), double>) {
      return std::bit_cast<uint64_t>(number);
    } else {
      return static_cast<uint64_t>(number);
    }
  };
  const auto side = [&](const std::vector<chunk::Span>& spans, const auto& buckets,
                        std::vector<int32_t>* offsets, std::vector<uint32_t>* lengths,
                        std::vector<uint64_t>* values) {
    offsets->clear();
    lengths->clear();
    values->clear();
    for (const chunk::Span& span : spans) {
      offsets->push_back(span.offset);
      lengths->push_back(span.length);
    }
    for (const auto bucket : buckets) values->push_back(bits(bucket));
  };
  side(h.positive_spans, h.positive_buckets, &positive_offset_, &positive_length_, &positive_);
  side(h.negative_spans, h.negative_buckets, &negative_offset_, &negative_length_, &negative_);
  view_.is_float = kIsFloat;
  view_.reset_hint = static_cast<uint8_t>(h.reset_hint);
  view_.schema = h.schema;
  view_.zero_threshold = h.zero_threshold;
  view_.zero_count = bits(h.zero_count);
  view_.count = bits(h.count);
  view_.sum = h.sum;
  view_.positive_span_offset = positive_offset_;
  view_.positive_span_length = positive_length_;
  view_.negative_span_offset = negative_offset_;
  view_.negative_span_length = negative_length_;
  view_.positive_bucket = positive_;
  view_.negative_bucket = negative_;
  view_.custom_bound = h.custom_values;
}

}  // namespace kvs::api::remote_read

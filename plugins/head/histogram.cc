// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

#include <bit>
#include <functional>
#include <string_view>
#include <type_traits>

#include "series.h"
#include "wal/format.h"

namespace kvs::head {
namespace {

// Prometheus' limits: a chunk ends at so many bytes, but large histograms get so many samples all
// the same.
constexpr size_t kHistogramChunkBytes = 1024;
constexpr unsigned kMinHistogramsPerChunk = 10;

template <typename T>
void PutFixed(std::vector<uint8_t>& out, const T& value) {
  const auto* raw = reinterpret_cast<const uint8_t*>(&value);
  out.insert(out.end(), raw, raw + sizeof(T));
}

void PutVarint(std::vector<uint8_t>& out, uint64_t value) {
  uint8_t raw[wal::kMaxVarint];
  out.insert(out.end(), raw, wal::PutVarint(raw, value));
}

struct Range {
  uint32_t begin, end;
};

void PutSide(std::vector<uint8_t>& out, const kvs_histogram_columns_t& columns, Range spans,
             Range buckets, bool is_float) {
  PutVarint(out, spans.end - spans.begin);
  for (uint32_t s = spans.begin; s < spans.end; ++s) {
    PutVarint(out, wal::ZigZag(columns.span_offset[s]));
    PutVarint(out, columns.span_length[s]);
  }
  PutVarint(out, buckets.end - buckets.begin);
  for (uint32_t b = buckets.begin; b < buckets.end; ++b) {
    if (is_float) {
      PutFixed(out, columns.bucket[b]);
    } else {
      PutVarint(out, wal::ZigZag(static_cast<int64_t>(columns.bucket[b])));
    }
  }
}

void PutCustomAndStart(const kvs_histogram_columns_t& c, uint32_t i, bool with_start,
                       std::vector<uint8_t>& out) {
  const Range custom =
      c.custom_begin == nullptr ? Range{0, 0} : Range{c.custom_begin[i], c.custom_begin[i + 1]};
  PutVarint(out, custom.end - custom.begin);
  for (uint32_t b = custom.begin; b < custom.end; ++b) PutFixed(out, c.custom_bound[b]);
  // Last, so that what a repeated sample is recognised by is what stands before it.
  if (with_start && c.start_timestamp_ms != nullptr && c.start_timestamp_ms[i] != 0)
    PutVarint(out, wal::ZigZag(c.start_timestamp_ms[i]));
}

template <typename H>
void ReadSide(wal::PayloadReader& in, std::vector<chunk::Span>& spans,
              std::vector<typename H::BucketType>& buckets) {
  for (uint64_t n = in.Varint(); n > 0 && in.left() > 0; --n) {
    chunk::Span span;
    span.offset = static_cast<int32_t>(wal::UnZigZag(in.Varint()));
    span.length = static_cast<uint32_t>(in.Varint());
    spans.push_back(span);
  }
  for (uint64_t n = in.Varint(); n > 0 && in.left() > 0; --n) {
    if constexpr (std::is_same_v<H, chunk::FloatHistogram>) {
      buckets.push_back(in.Fixed<double>());
    } else {
      buckets.push_back(wal::UnZigZag(in.Varint()));
    }
  }
}

template <typename H>
Status Read(wal::PayloadReader& in, uint8_t reset_hint, H& h) {
  h.reset_hint = static_cast<chunk::ResetHint>(reset_hint & 3);
  h.schema = static_cast<int32_t>(wal::UnZigZag(in.Varint()));
  h.zero_threshold = in.Fixed<double>();
  h.zero_count = in.Fixed<typename H::CountType>();
  h.count = in.Fixed<typename H::CountType>();
  h.sum = in.Fixed<double>();
  ReadSide<H>(in, h.positive_spans, h.positive_buckets);
  ReadSide<H>(in, h.negative_spans, h.negative_buckets);
  for (uint64_t n = in.Varint(); n > 0 && in.left() > 0; --n)
    h.custom_values.push_back(in.Fixed<double>());
  return in.ok() ? chunk::Validate(h) : DataLoss("a histogram of the log is damaged");
}

}  // namespace

void EncodeHistogram(const kvs_histogram_columns_t& c, uint32_t i, bool with_start,
                     std::vector<uint8_t>& out) {
  const bool is_float = c.is_float[i] != 0;
  out.push_back(static_cast<uint8_t>((is_float ? 1 : 0) | (c.reset_hint[i] & 3) << 1));
  PutVarint(out, wal::ZigZag(c.schema[i]));
  PutFixed(out, c.zero_threshold[i]);
  PutFixed(out, c.zero_count[i]);
  PutFixed(out, c.count[i]);
  PutFixed(out, c.sum[i]);
  PutSide(out, c, {c.positive_span_begin[i], c.positive_span_begin[i + 1]},
          {c.positive_bucket_begin[i], c.positive_bucket_begin[i + 1]}, is_float);
  PutSide(out, c, {c.negative_span_begin[i], c.negative_span_begin[i + 1]},
          {c.negative_bucket_begin[i], c.negative_bucket_begin[i + 1]}, is_float);
  PutCustomAndStart(c, i, with_start, out);
}

void EncodeZeroOf(const kvs_histogram_columns_t& c, uint32_t i, bool with_start,
                  std::vector<uint8_t>& out) {
  constexpr uint8_t kReset = 1;
  out.push_back(static_cast<uint8_t>((c.is_float[i] != 0 ? 1 : 0) | kReset << 1));
  PutVarint(out, wal::ZigZag(c.schema[i]));
  PutFixed(out, c.zero_threshold[i]);
  PutFixed(out, uint64_t{0});  // In the zero bucket, in all, and their sum: 0 in either form.
  PutFixed(out, uint64_t{0});
  PutFixed(out, 0.0);
  PutSide(out, c, {0, 0}, {0, 0}, false);
  PutSide(out, c, {0, 0}, {0, 0}, false);
  PutCustomAndStart(c, i, with_start, out);
}

StatusOr<EncodedHistogram> DecodeHistogram(std::span<const uint8_t> flat) {
  wal::PayloadReader in(flat);
  EncodedHistogram out;
  const auto flags = in.Fixed<uint8_t>();
  if ((flags & 1) != 0) {
    KVS_RETURN_IF_ERROR(Read(in, flags >> 1, out.value.emplace<chunk::FloatHistogram>()));
  } else {
    KVS_RETURN_IF_ERROR(Read(in, flags >> 1, out.value.emplace<chunk::Histogram>()));
  }
  const size_t size = flat.size() - in.left();
  if (in.left() > 0) out.start = wal::UnZigZag(in.Varint());
  if (!in.ok() || in.left() != 0) return DataLoss("a histogram of the log is damaged");
  out.hash = std::hash<std::string_view>()({reinterpret_cast<const char*>(flat.data()), size});
  return out;
}

StatusOr<OpenHistogram> OpenHistogram::Reopen(chunk::Encoding encoding,
                                              std::span<const uint8_t> bytes, uint64_t last_hash) {
  OpenHistogram open;
  open.last_hash_ = last_hash;
  open.starts_ = chunk::CarriesStarts(encoding) ? chunk::Starts::kYes : chunk::Starts::kNo;
  if (encoding == chunk::Encoding::kHistogram || encoding == chunk::Encoding::kHistogramWithStart) {
    KVS_ASSIGN_OR_RETURN(open.builder_, chunk::HistogramChunkBuilder::Reopen(bytes, open.starts_));
  } else {
    KVS_ASSIGN_OR_RETURN(open.builder_,
                         chunk::FloatHistogramChunkBuilder::Reopen(bytes, open.starts_));
  }
  return open;
}

bool OpenHistogram::Append(int64_t t, const EncodedHistogram& histogram) {
  const bool appended = std::visit(
      [&](const auto& h) {
        using H = std::decay_t<decltype(h)>;
        using Builder = chunk::BasicHistogramChunkBuilder<H>;
        auto* builder = std::get_if<Builder>(&builder_);
        // Nor has a chunk room for starts that began without; one that did takes samples without.
        const auto starts = histogram.start != 0 ? chunk::Starts::kYes : chunk::Starts::kNo;
        const bool has_room = starts == chunk::Starts::kNo || starts_ == starts;
        if (builder == nullptr || !has_room || (count() == 0 && starts_ != starts)) {
          // Integers and floats do not share a chunk; the caller closes the one before.
          if (count() != 0) return false;
          builder = &builder_.emplace<Builder>(starts);
          starts_ = starts;
        }
        return builder->Append(t, h, histogram.start) != chunk::AppendOutcome::kNewChunk;
      },
      histogram.value);
  if (appended) last_hash_ = histogram.hash;
  return appended;
}

void OpenHistogram::Cut() {
  std::visit([](auto& builder) { builder.Cut(); }, builder_);
}

bool OpenHistogram::is_full() const {
  return count() >= kSamplesPerChunk ||
         (count() >= kMinHistogramsPerChunk && bytes().size() >= kHistogramChunkBytes);
}

unsigned OpenHistogram::count() const {
  return std::visit([](const auto& builder) { return builder.count(); }, builder_);
}

chunk::Encoding OpenHistogram::encoding() const {
  return std::visit([](const auto& builder) { return builder.encoding(); }, builder_);
}

std::span<const uint8_t> OpenHistogram::bytes() const {
  return std::visit([](const auto& builder) { return builder.bytes(); }, builder_);
}

}  // namespace kvs::head

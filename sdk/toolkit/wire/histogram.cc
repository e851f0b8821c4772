// SPDX-License-Identifier: Apache-2.0
#include "histogram.h"

#include <bit>
#include <span>

namespace kvs::wire {
namespace {

// Repeated numbers come packed, or one by one from old or odd senders.
template <typename T, typename Read>
bool ReadRepeated(ProtoReader& in, ProtoTag tag, WireType single, std::vector<T>& out, Read read) {
  if (tag.type == single) {
    T value{};
    if (!read(in, &value)) return false;
    out.push_back(value);
    return true;
  }
  ProtoReader packed;
  if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
  if (!in.ReadMessage(&packed)) return false;
  while (!packed.done()) {
    T value{};
    if (!read(packed, &value)) return in.Damage(packed);
    out.push_back(value);
  }
  return true;
}

bool ReadDeltas(ProtoReader& in, ProtoTag tag, std::vector<uint64_t>& out) {
  return ReadRepeated(in, tag, WireType::kVarint, out, [](ProtoReader& r, uint64_t* value) {
    int64_t delta = 0;
    if (!r.ReadZigZag(&delta)) return false;
    *value = static_cast<uint64_t>(delta);
    return true;
  });
}

bool ReadCounts(ProtoReader& in, ProtoTag tag, std::vector<uint64_t>& out) {
  return ReadRepeated(in, tag, WireType::kFixed64, out,
                      [](ProtoReader& r, uint64_t* value) { return r.ReadFixed64(value); });
}

bool ReadSpan(ProtoReader& in, ProtoTag tag, std::vector<int32_t>& offsets,
              std::vector<uint32_t>& lengths) {
  ProtoReader span;
  if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
  if (!in.ReadMessage(&span)) return false;
  int64_t offset = 0;
  uint32_t length = 0;
  while (!span.done()) {
    ProtoTag field;
    if (!span.ReadTag(&field)) break;
    if (field.Is(1, WireType::kVarint)) {
      span.ReadZigZag(&offset);
    } else if (field.Is(2, WireType::kVarint)) {
      span.ReadUint32(&length);
    } else {
      span.Skip(field);
    }
  }
  if (span.damaged()) return in.Damage(span);
  offsets.push_back(static_cast<int32_t>(offset));
  lengths.push_back(length);
  return true;
}

void AppendSpans(std::string& out, uint32_t field, std::span<const int32_t> offsets,
                 std::span<const uint32_t> lengths) {
  for (size_t i = 0; i < offsets.size(); ++i) {
    const size_t begin = BeginMessage(out, field);
    if (offsets[i] != 0) AppendVarintField(out, 1, ZigZag(offsets[i]));
    if (lengths[i] != 0) AppendVarintField(out, 2, lengths[i]);
    EndMessage(out, begin);
  }
}

void AppendBuckets(std::string& out, bool is_float, uint32_t delta_field,
                   std::span<const uint64_t> buckets) {
  if (buckets.empty()) return;
  const size_t begin = BeginMessage(out, is_float ? delta_field + 1 : delta_field);
  if (is_float) {
    out.append(reinterpret_cast<const char*>(buckets.data()), buckets.size_bytes());
  } else {
    for (const uint64_t delta : buckets) AppendVarint(out, ZigZag(static_cast<int64_t>(delta)));
  }
  EndMessage(out, begin);
}

void AppendNonZero(std::string& out, uint32_t field, double value) {
  if (std::bit_cast<uint64_t>(value) != 0) AppendDoubleField(out, field, value);
}

}  // namespace

void HistogramDecoder::Side::Clear() {
  span_offset.clear();
  span_length.clear();
  deltas.clear();
  counts.clear();
}

bool HistogramDecoder::Decode(ProtoReader& in, model::HistogramView* view) {
  positive_.Clear();
  negative_.Clear();
  custom_bound_.clear();
  *view = {};
  uint64_t zero_count_int = 0;
  uint64_t zero_count_float = 0;
  while (!in.done()) {
    ProtoTag tag;
    int64_t number = 0;
    if (!in.ReadTag(&tag)) return false;
    const auto is = [&](WireType type) {
      return tag.type == type || in.Damage(kWrongType);
    };
    bool ok = true;
    switch (tag.field) {
      case 1:
        ok = is(WireType::kVarint) && in.ReadVarint(&view->count);
        view->is_float = false;
        break;
      case 2:
        ok = is(WireType::kFixed64) && in.ReadFixed64(&view->count);
        view->is_float = true;
        break;
      case 3:
        ok = is(WireType::kFixed64) && in.ReadDouble(&view->sum);
        break;
      case 4:
        ok = is(WireType::kVarint) && in.ReadZigZag(&number);
        view->schema = static_cast<int32_t>(number);
        break;
      case 5:
        ok = is(WireType::kFixed64) && in.ReadDouble(&view->zero_threshold);
        break;
      case 6:
        ok = is(WireType::kVarint) && in.ReadVarint(&zero_count_int);
        break;
      case 7:
        ok = is(WireType::kFixed64) && in.ReadFixed64(&zero_count_float);
        break;
      case 8:
        ok = ReadSpan(in, tag, negative_.span_offset, negative_.span_length);
        break;
      case 9:
        ok = ReadDeltas(in, tag, negative_.deltas);
        break;
      case 10:
        ok = ReadCounts(in, tag, negative_.counts);
        break;
      case 11:
        ok = ReadSpan(in, tag, positive_.span_offset, positive_.span_length);
        break;
      case 12:
        ok = ReadDeltas(in, tag, positive_.deltas);
        break;
      case 13:
        ok = ReadCounts(in, tag, positive_.counts);
        break;
      case 14:
        ok = is(WireType::kVarint) && in.ReadSigned(&number);
        view->reset_hint = number >= 0 && number <= 3 ? static_cast<uint8_t>(number) : 0;
        break;
      case 15:
        ok = is(WireType::kVarint) && in.ReadSigned(&view->timestamp_ms);
        break;
      case 16:
        ok = ReadRepeated(in, tag, WireType::kFixed64, custom_bound_,
                          [](ProtoReader& r, double* value) { return r.ReadDouble(value); });
        break;
      case 17:
        ok = is(WireType::kVarint) && in.ReadSigned(&view->start_timestamp_ms);
        break;
      default:
        ok = in.Skip(tag);
    }
    if (!ok) return false;
  }
  view->zero_count = view->is_float ? zero_count_float : zero_count_int;
  view->positive_span_offset = positive_.span_offset;
  view->positive_span_length = positive_.span_length;
  view->negative_span_offset = negative_.span_offset;
  view->negative_span_length = negative_.span_length;
  view->positive_bucket = view->is_float ? positive_.counts : positive_.deltas;
  view->negative_bucket = view->is_float ? negative_.counts : negative_.deltas;
  view->custom_bound = custom_bound_;
  return true;
}

void AppendHistogram(std::string& out, const model::HistogramView& h, bool with_start_timestamp) {
  if (h.is_float) {
    AppendDoubleField(out, 2, std::bit_cast<double>(h.count));
  } else {
    AppendVarintField(out, 1, h.count);
  }
  AppendNonZero(out, 3, h.sum);
  if (h.schema != 0) AppendVarintField(out, 4, ZigZag(h.schema));
  AppendNonZero(out, 5, h.zero_threshold);
  if (h.is_float) {
    AppendDoubleField(out, 7, std::bit_cast<double>(h.zero_count));
  } else {
    AppendVarintField(out, 6, h.zero_count);
  }
  AppendSpans(out, 8, h.negative_span_offset, h.negative_span_length);
  AppendBuckets(out, h.is_float, 9, h.negative_bucket);
  AppendSpans(out, 11, h.positive_span_offset, h.positive_span_length);
  AppendBuckets(out, h.is_float, 12, h.positive_bucket);
  if (h.reset_hint != 0) AppendVarintField(out, 14, h.reset_hint);
  if (h.timestamp_ms != 0) AppendVarintField(out, 15, static_cast<uint64_t>(h.timestamp_ms));
  if (!h.custom_bound.empty()) {
    AppendBytesField(
        out, 16,
        {reinterpret_cast<const char*>(h.custom_bound.data()), h.custom_bound.size_bytes()});
  }
  if (with_start_timestamp && h.start_timestamp_ms != 0) {
    AppendVarintField(out, 17, static_cast<uint64_t>(h.start_timestamp_ms));
  }
}

}  // namespace kvs::wire

// SPDX-License-Identifier: Apache-2.0
// Remote Write 1.0, decoding. The usual series, labels in order and then samples as Prometheus
// writes them, is recognised byte by byte; whatever looks different takes the general way through
// ProtoReader, with the same result.
#include <cstring>

#include "kvs/model/label_cursor.h"
#include "kvs/model/series_key.h"
#include "kvs/wire/protobuf.h"
#include "kvs/wire/remote_write.h"

#include "histogram.h"
#include "sample.h"

namespace kvs::wire {
namespace {

using model::LabelView;
using model::PairRef;
using model::StrRef;

constexpr const char* kBadLabel = "label is malformed";

class V1Decoder {
 public:
  V1Decoder(uint64_t seed, model::WriteBatch* out) : hasher_(seed), out_(*out) {}

  bool Request(ProtoReader& in) {
    while (!in.done()) {
      ProtoTag tag;
      ProtoReader message;
      if (!in.ReadTag(&tag)) return false;
      if (tag.field != 1 && tag.field != 3) {
        if (!in.Skip(tag)) return false;
        continue;
      }
      if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
      if (!in.ReadMessage(&message)) return false;
      if (!(tag.field == 1 ? Series(message) : Metadata(message))) return in.Damage(message);
    }
    return true;
  }

 private:
  // Behind the run of usual label records at the front of `in`.
  static const uint8_t* SkipUsualLabels(std::span<const uint8_t> in) {
    const uint8_t* p = in.data();
    const uint8_t* const end = p + in.size();
    while (end - p >= 6 && p[0] == 0x0a && p[1] < 0x80 && p[2] == 0x0a) {
      const size_t length = p[1];
      const size_t name = p[3];
      if (length + 2 > static_cast<size_t>(end - p) || name + 4 > length || p[4 + name] != 0x12 ||
          p[5 + name] + name + 4 != length) {
        break;
      }
      p += length + 2;
    }
    return p;
  }

  bool Series(ProtoReader& in) {
    const std::span<const uint8_t> series = in.rest();
    const uint8_t* labels_begin = in.at();
    const uint8_t* labels_end = SkipUsualLabels(series);
    in = ProtoReader({labels_end, series.data() + series.size()});
    bool in_one_piece = true;
    while (!in.done()) {
      int64_t t = 0;
      double v = 0;
      if (const uint8_t* next = TakeUsualSample(in.rest(), &t, &v)) [[likely]] {
        out_.AddSample(t, v);
        in = ProtoReader({next, series.data() + series.size()});
        continue;
      }
      const uint8_t* field_begin = in.at();
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      if (tag.field < 1 || tag.field > 4) {
        if (!in.Skip(tag)) return false;
        continue;
      }
      ProtoReader message;
      if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
      if (!in.ReadMessage(&message)) return false;
      switch (tag.field) {
        case 1: {
          LabelView label;
          if (!model::ParseLabelMessage(message.rest(), &label)) {
            message.Damage(kBadLabel);
            return in.Damage(message);
          }
          if (labels_begin == labels_end) {
            labels_begin = field_begin;
          } else if (field_begin != labels_end) {
            in_one_piece = false;
          }
          if (*field_begin != 0x0a) in_one_piece = false;  // A tag in more bytes than it needs.
          labels_end = in.at();
          break;
        }
        case 2:
          if (!ReadSample(message, &t, &v, /*start=*/nullptr)) return in.Damage(message);
          out_.AddSample(t, v);
          break;
        case 3:
          if (!Exemplar(message)) return in.Damage(message);
          break;
        case 4: {
          model::HistogramView histogram;
          if (!histograms_.Decode(message, &histogram)) return in.Damage(message);
          histogram.start_timestamp_ms = 0;  // Not a field of 1.0.
          out_.AddHistogram(histogram);
          break;
        }
      }
    }
    std::span<const uint8_t> labels(labels_begin, labels_end);
    if (!in_one_piece) [[unlikely]]
      labels = GatherLabels(series);
    out_.label_bytes.push_back(model::BytesRef::Of(labels));
    out_.EndSeries(hasher_.Hash(labels));
    return true;
  }

  // Copies the labels of a series that was decoded without error into one piece. One byte of tag
  // and a shorter length never need more room than what was there.
  std::span<const uint8_t> GatherLabels(std::span<const uint8_t> series) {
    uint8_t* const copy = out_.arena().Allocate(series.size());
    uint8_t* end = copy;
    ProtoReader in(series);
    while (!in.done()) {
      ProtoTag tag;
      std::span<const uint8_t> bytes;
      if (!in.ReadTag(&tag)) break;
      if (tag.field != 1) {
        in.Skip(tag);
        continue;
      }
      in.ReadBytes(&bytes);
      *end++ = 0x0a;
      size_t size = bytes.size();
      for (; size >= 0x80; size >>= 7) *end++ = static_cast<uint8_t>(size | 0x80);
      *end++ = static_cast<uint8_t>(size);
      if (!bytes.empty()) std::memcpy(end, bytes.data(), bytes.size());
      end += bytes.size();
    }
    return {copy, end};
  }

  bool Exemplar(ProtoReader& in) {
    int64_t t = 0;
    double v = 0;
    pairs_.clear();
    while (!in.done()) {
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      if (tag.Is(1, WireType::kBytes)) {
        std::span<const uint8_t> bytes;
        LabelView label;
        if (!in.ReadBytes(&bytes)) return false;
        if (!model::ParseLabelMessage(bytes, &label)) return in.Damage(kBadLabel);
        pairs_.push_back({StrRef::Of(label.name), StrRef::Of(label.value)});
      } else if (tag.Is(2, WireType::kFixed64)) {
        if (!in.ReadDouble(&v)) return false;
      } else if (tag.Is(3, WireType::kVarint)) {
        if (!in.ReadSigned(&t)) return false;
      } else if (tag.field <= 3) {
        return in.Damage(kWrongType);
      } else if (!in.Skip(tag)) {
        return false;
      }
    }
    out_.AddExemplar(t, v, pairs_);
    return true;
  }

  bool Metadata(ProtoReader& in) {
    std::string_view metric;
    std::string_view help;
    std::string_view unit;
    uint32_t type = 0;
    while (!in.done()) {
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      bool ok = true;
      if (tag.Is(1, WireType::kVarint)) {
        ok = in.ReadUint32(&type);
      } else if (tag.Is(2, WireType::kBytes)) {
        ok = in.ReadString(&metric);
      } else if (tag.Is(4, WireType::kBytes)) {
        ok = in.ReadString(&help);
      } else if (tag.Is(5, WireType::kBytes)) {
        ok = in.ReadString(&unit);
      } else if (tag.field == 1 || tag.field == 2 || tag.field == 4 || tag.field == 5) {
        ok = in.Damage(kWrongType);
      } else {
        ok = in.Skip(tag);
      }
      if (!ok) return false;
    }
    out_.metadata.push_back({StrRef::Of(metric), StrRef::Of(help), StrRef::Of(unit), type, 0});
    return true;
  }

  const model::KeyHasher hasher_;
  model::WriteBatch& out_;
  HistogramDecoder histograms_;
  std::vector<PairRef> pairs_;
};

}  // namespace

Status DecodeWriteRequestV1(std::span<const uint8_t> body, uint64_t seed, model::WriteBatch* out) {
  KVS_RETURN_IF_ERROR(CheckBodySize(body));
  out->Clear(model::LabelLayout::kProtobuf);
  ProtoReader in(body);
  if (!V1Decoder(seed, out).Request(in)) return in.Error(body);
  out->Finish();
  return OkStatus();
}

}  // namespace kvs::wire

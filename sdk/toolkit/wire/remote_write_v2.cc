// SPDX-License-Identifier: Apache-2.0
// Remote Write 2.0, decoding. Symbols come before the series that use them from every known sender,
// so series are decoded as they come. When a symbol shows up later after all, or something is to be
// rejected and a later symbol might save it, the request is decoded again in two passes.
#include <algorithm>

#include "kvs/model/labels.h"
#include "kvs/model/series_key.h"
#include "kvs/wire/protobuf.h"
#include "kvs/wire/remote_write.h"

#include "histogram.h"
#include "sample.h"

namespace kvs::wire {
namespace {

using model::MetricType;
using model::PairRef;
using model::StrRef;

constexpr size_t kMaxErrors = 10;
constexpr size_t kMaxRefsInError = 64;

// [1 2 3], as Go prints a slice.
std::string RefsText(std::span<const uint32_t> refs) {
  std::string out = "[";
  for (size_t i = 0; i < refs.size() && i < kMaxRefsInError; ++i)
    StrAppend(out, i == 0 ? "" : " ", refs[i]);
  if (refs.size() > kMaxRefsInError) out += " ...";
  return out + "]";
}

// The family that a series belongs to: histograms and summaries consist of several series.
std::string_view FamilyName(std::string_view metric, uint32_t type) {
  const auto t = static_cast<MetricType>(type);
  const bool histogram = t == MetricType::kHistogram || t == MetricType::kGaugeHistogram;
  if (!histogram && t != MetricType::kSummary) return metric;
  for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
    if (suffix == "_bucket" && !histogram) continue;
    if (metric.size() > suffix.size() && metric.ends_with(suffix)) {
      return metric.substr(0, metric.size() - suffix.size());
    }
  }
  return metric;
}

class V2Decoder {
 public:
  V2Decoder(uint64_t seed, model::WriteBatch* out, RejectedParts* rejected)
      : hasher_(seed), out_(*out), rejected_(rejected) {}

  Status Decode(std::span<const uint8_t> body) {
    ProtoReader in(body);
    Clear();
    bool ok = Request(in, kSymbols | kSeries);
    if (again_) {
      Clear();
      in = ProtoReader(body);
      ok = Request(in, kSymbols);
      if (ok) {
        in = ProtoReader(body);
        ok = Request(in, kSeries);
      }
    }
    if (!ok) return strict_error_.empty() ? in.Error(body) : InvalidArgument(strict_error_);
    out_.Finish();
    return OkStatus();
  }

 private:
  enum Parts : unsigned { kSymbols = 1, kSeries = 2 };

  void Clear() {
    out_.Clear(model::LabelLayout::kSymbols);
    hashes_.clear();
    metadata_seen_.clear();
    if (rejected_ != nullptr) *rejected_ = {};
  }

  // Decodes `parts` of the request. When it decodes both at once it may find that it must not, and
  // set again_.
  bool Request(ProtoReader& in, unsigned parts) {
    at_once_ = parts == (kSymbols | kSeries);
    bool series_seen = false;
    while (!in.done()) {
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      if (tag.field != 4 && tag.field != 5) {
        if (!in.Skip(tag)) return false;
        continue;
      }
      ProtoReader message;
      if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
      if (!in.ReadMessage(&message)) return false;
      if (tag.field == 5) {
        series_seen = true;
        if ((parts & kSeries) != 0 && !UsualSeries(message.rest()) && !AnySeries(message))
          return in.Damage(message);
      } else if ((parts & kSymbols) != 0) {
        if (series_seen && at_once_) {
          again_ = true;
          return false;
        }
        if (!Symbol(message)) return in.Damage(message);
      }
    }
    return true;
  }

  bool Symbol(ProtoReader& in) {
    if (hashes_.empty() && !in.done()) return in.Damage("the first symbol is not the empty string");
    const std::span<const uint8_t> text = in.rest();
    out_.symbols.push_back(StrRef::Of({reinterpret_cast<const char*>(text.data()), text.size()}));
    hashes_.push_back(hasher_.Hash(text));
    return true;
  }

  // Appends references, packed or single, and keeps the greatest of them.
  static bool ReadRefs(ProtoReader& in, ProtoTag tag, std::vector<uint32_t>& refs,
                       uint32_t* greatest) {
    uint32_t ref = 0;
    if (tag.type == WireType::kVarint) {
      if (!in.ReadUint32(&ref)) return false;
      *greatest = std::max(*greatest, ref);
      refs.push_back(ref);
      return true;
    }
    std::span<const uint8_t> packed;
    if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
    if (!in.ReadBytes(&packed)) return false;
    if (ReadPackedRefs(packed, refs, greatest)) return true;
    ProtoReader damaged(packed);
    while (damaged.ReadUint32(&ref)) continue;
    return in.Damage(damaged);
  }

  // Nearly every reference has one or two bytes.
  static bool ReadPackedRefs(std::span<const uint8_t> packed, std::vector<uint32_t>& refs,
                             uint32_t* greatest) {
    const size_t before = refs.size();
    refs.resize(before + packed.size());  // Each takes at least a byte.
    uint32_t* next = refs.data() + before;
    uint32_t seen = *greatest;
    const uint8_t* p = packed.data();
    const uint8_t* const end = p + packed.size();
    while (p != end) {
      uint32_t ref = *p;
      if (ref < 0x80) {
        ++p;
      } else if (end - p >= 2 && p[1] < 0x80) {
        ref = (ref & 0x7f) | uint32_t{p[1]} << 7;
        p += 2;
      } else {
        ProtoReader rest({p, end});
        if (!rest.ReadUint32(&ref)) return false;
        p = rest.at();
      }
      seen = std::max(seen, ref);
      *next++ = ref;
    }
    *greatest = seen;
    refs.resize(static_cast<size_t>(next - refs.data()));
    return true;
  }

  // Why these references are no labels, in Prometheus' words; empty when they are.
  std::string RefsError(std::span<const uint32_t> refs, uint32_t greatest) const {
    if (refs.empty() || (refs.size() % 2 == 0 && greatest < hashes_.size())) return {};
    if (refs.size() % 2 != 0) return StrCat("invalid labelRefs length ", refs.size());
    size_t i = 0;
    while (refs[i] < hashes_.size() && refs[i + 1] < hashes_.size()) i += 2;
    return StrCat("labelRefs ", refs[i], " (name) = ", refs[i + 1],
                  " (value) outside of symbols table (size ", hashes_.size(), ")");
  }

  // Counts a part as rejected; false, which ends the decoding, when that may not be.
  bool Reject(uint32_t RejectedParts::*count, std::string why) {
    if (at_once_) {
      again_ = true;
      return false;
    }
    if (rejected_ == nullptr) {
      strict_error_ = std::move(why);
      return false;
    }
    ++(rejected_->*count);
    if (rejected_->errors.size() < kMaxErrors) rejected_->errors.push_back(std::move(why));
    return true;
  }

  // A series as nearly all are: references in one piece, then samples as TakeUsualSample() knows
  // them. False, and nothing added, when it is not; then AnySeries() has a look.
  bool UsualSeries(std::span<const uint8_t> series) {
    if (series.size() < 2 || series[0] != 0x0a || series[1] >= 0x80 ||
        series[1] > series.size() - 2)
      return false;
    const std::span<const uint8_t> packed = series.subspan(2, series[1]);
    std::span<const uint8_t> samples = series.subspan(2 + packed.size());
    const size_t refs_begin = out_.label_refs.size();
    const size_t samples_begin = out_.value.size();
    uint32_t greatest = 0;
    bool usual = !samples.empty() && ReadPackedRefs(packed, out_.label_refs, &greatest);
    const size_t n_refs = out_.label_refs.size() - refs_begin;
    usual = usual && greatest < hashes_.size() && n_refs % 2 == 0;
    while (usual && !samples.empty()) {
      int64_t t = 0;
      double v = 0;
      const uint8_t* const next = TakeUsualSample(samples, &t, &v);
      usual = next != nullptr;
      if (!usual) break;
      out_.AddSample(t, v);
      samples = samples.subspan(static_cast<size_t>(next - samples.data()));
    }
    if (!usual) {
      out_.label_refs.resize(refs_begin);
      out_.timestamp_ms.resize(samples_begin);
      out_.value.resize(samples_begin);
      return false;
    }
    out_.EndSeries(
        model::FoldSymbolHashes(hashes_.data(), out_.label_refs.data() + refs_begin, n_refs));
    return true;
  }

  bool AnySeries(ProtoReader& in) {
    // Labels first, wherever they stand, so that a series is rejected before any of its data is in
    // the batch.
    const size_t refs_begin = out_.label_refs.size();
    uint32_t greatest = 0;
    bool has_data = false;
    ProtoReader scan = in;
    while (!scan.done()) {
      ProtoTag tag;
      if (!scan.ReadTag(&tag)) return in.Damage(scan);
      if (tag.field == 1) {
        if (!ReadRefs(scan, tag, out_.label_refs, &greatest)) return in.Damage(scan);
      } else {
        // Prometheus itself sends exemplars apart from the samples of their series.
        has_data |= tag.field >= 2 && tag.field <= 4;
        if (!scan.Skip(tag)) return in.Damage(scan);
      }
    }
    const std::span<const uint32_t> refs = std::span(out_.label_refs).subspan(refs_begin);
    std::string why = RefsError(refs, greatest);
    if (!why.empty()) {
      why = StrCat("parsing labels for series ", RefsText(refs), ": ", why);
    } else if (!has_data) {
      why = StrCat("TimeSeries must contain at least one sample or histogram for series ",
                   LabelsText(refs));
    }
    if (!why.empty()) [[unlikely]] {
      if (!Reject(&RejectedParts::series, std::move(why))) return false;
      out_.label_refs.resize(refs_begin);
      return true;
    }
    if (!Data(in, refs)) return false;
    out_.EndSeries(model::FoldSymbolHashes(hashes_.data(), refs.data(), refs.size()));
    return true;
  }

  bool Data(ProtoReader& in, std::span<const uint32_t> series_refs) {
    const uint8_t* const end = in.at() + in.rest().size();
    while (!in.done()) {
      int64_t t = 0;
      int64_t start = 0;
      double v = 0;
      if (const uint8_t* next = TakeUsualSample(in.rest(), &t, &v)) {
        out_.AddSample(t, v);
        in = ProtoReader({next, end});
        continue;
      }
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      if (tag.field < 2 || tag.field > 5) {
        if (!in.Skip(tag)) return false;
        continue;
      }
      ProtoReader message;
      if (tag.type != WireType::kBytes) return in.Damage(kWrongType);
      if (!in.ReadMessage(&message)) return false;
      bool ok = true;
      switch (tag.field) {
        case 2:
          ok = ReadSample(message, &t, &v, &start);
          if (ok) out_.AddSample(t, v, start);
          break;
        case 3: {
          model::HistogramView histogram;
          ok = histograms_.Decode(message, &histogram);
          if (ok) out_.AddHistogram(histogram);
          break;
        }
        case 4:
          ok = Exemplar(message, series_refs);
          break;
        case 5:
          ok = Metadata(message, series_refs);
          break;
      }
      if (!ok) return in.Damage(message);
    }
    return true;
  }

  bool Exemplar(ProtoReader& in, std::span<const uint32_t> series_refs) {
    int64_t t = 0;
    double v = 0;
    uint32_t greatest = 0;
    exemplar_refs_.clear();
    while (!in.done()) {
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      bool ok = true;
      if (tag.field == 1) {
        ok = ReadRefs(in, tag, exemplar_refs_, &greatest);
      } else if (tag.Is(2, WireType::kFixed64)) {
        ok = in.ReadDouble(&v);
      } else if (tag.Is(3, WireType::kVarint)) {
        ok = in.ReadSigned(&t);
      } else if (tag.field <= 3) {
        ok = in.Damage(kWrongType);
      } else {
        ok = in.Skip(tag);
      }
      if (!ok) return false;
    }
    if (const std::string why = RefsError(exemplar_refs_, greatest); !why.empty()) {
      return Reject(&RejectedParts::exemplars,
                    StrCat("parsing exemplar for series ", LabelsText(series_refs), ": ", why));
    }
    pairs_.clear();
    for (size_t i = 0; i < exemplar_refs_.size(); i += 2) {
      pairs_.push_back({out_.symbols[exemplar_refs_[i]], out_.symbols[exemplar_refs_[i + 1]]});
    }
    out_.AddExemplar(t, v, pairs_);
    return true;
  }

  bool Metadata(ProtoReader& in, std::span<const uint32_t> series_refs) {
    uint32_t type = 0;
    uint32_t help = 0;
    uint32_t unit = 0;
    while (!in.done()) {
      ProtoTag tag;
      if (!in.ReadTag(&tag)) return false;
      bool ok = true;
      if (tag.Is(1, WireType::kVarint)) {
        ok = in.ReadUint32(&type);
      } else if (tag.Is(3, WireType::kVarint)) {
        ok = in.ReadUint32(&help);
      } else if (tag.Is(4, WireType::kVarint)) {
        ok = in.ReadUint32(&unit);
      } else if (tag.field == 1 || tag.field == 3 || tag.field == 4) {
        ok = in.Damage(kWrongType);
      } else {
        ok = in.Skip(tag);
      }
      if (!ok) return false;
    }
    if (type == 0 && help == 0 && unit == 0) return true;  // Says nothing.
    if (help >= hashes_.size() || unit >= hashes_.size()) {
      return Reject(
          &RejectedParts::metadata,
          StrCat("parsing metadata for series ", LabelsText(series_refs), ": references ", help,
                 " and ", unit, " outside of symbols table (size ", hashes_.size(), ")"));
    }
    AddMetadata(series_refs, type, help, unit);
    return true;
  }

  // Every series of a family carries the same metadata; one entry is enough.
  void AddMetadata(std::span<const uint32_t> series_refs, uint32_t type, uint32_t help,
                   uint32_t unit) {
    size_t i = 0;
    while (i < series_refs.size() && out_.symbols[series_refs[i]].view() != model::kMetricNameLabel)
      i += 2;
    if (i == series_refs.size()) return;
    const uint32_t name = series_refs[i + 1];
    metadata_seen_.resize(hashes_.size());
    if (metadata_seen_[name]) return;
    metadata_seen_[name] = true;
    const std::string_view family = FamilyName(out_.symbols[name].view(), type);
    if (!out_.metadata.empty() && out_.metadata.back().metric.view() == family) return;
    out_.metadata.push_back({StrRef::Of(family), out_.symbols[help], out_.symbols[unit], type, 0});
  }

  std::string LabelsText(std::span<const uint32_t> refs) const {
    std::vector<model::LabelView> labels;
    for (size_t i = 0; i < refs.size(); i += 2) {
      labels.push_back({out_.symbols[refs[i]].view(), out_.symbols[refs[i + 1]].view()});
    }
    return model::Labels(labels).ToString();
  }

  const model::KeyHasher hasher_;
  model::WriteBatch& out_;
  RejectedParts* const rejected_;
  std::vector<model::Key128> hashes_;  // Of out_.symbols.
  std::vector<bool> metadata_seen_;    // By the symbol of the metric name.
  HistogramDecoder histograms_;
  std::vector<uint32_t> exemplar_refs_;
  std::vector<PairRef> pairs_;
  std::string strict_error_;  // Why nothing may be rejected and something would have to be.
  bool at_once_ = false;
  bool again_ = false;
};

}  // namespace

Status DecodeWriteRequestV2(std::span<const uint8_t> body, uint64_t seed, model::WriteBatch* out,
                            RejectedParts* rejected) {
  KVS_RETURN_IF_ERROR(CheckBodySize(body));
  return V2Decoder(seed, out, rejected).Decode(body);
}

}  // namespace kvs::wire

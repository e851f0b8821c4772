// SPDX-License-Identifier: Apache-2.0
// OTLP metrics from protobuf. Fields may come in any order and messages in several pieces, as
// protobuf allows; what exporters really send is met by the first comparison.
#include "kvs/wire/otlp.h"
#include "kvs/wire/protobuf.h"
#include "kvs/wire/protobuf_fields.h"

#include "otlp_protobuf_value.h"
#include "otlp_value.h"
#include "sample.h"

namespace kvs::wire::otlp {
namespace {

class ProtobufDecoder {
 public:
  explicit ProtobufDecoder(Request* out) : out_(*out), attribute_(&out->arena()) { out_.Clear(); }

  Status Decode(std::span<const uint8_t> body) {
    elements_left_ = MostElements(body.size());
    ProtoReader in(body);
    const bool ok = EachField(in, [this](ProtoReader& request, ProtoTag tag) {
      if (tag.field != 1) return request.Skip(tag);
      return Inside(request, tag,
                    [this](ProtoReader& resource) { return DecodeResource(resource); });
    });
    return ok ? OkStatus() : in.Error(body);
  }

 private:
  bool TakeElement(ProtoReader& in) {
    if (elements_left_ == 0) return in.Damage("there are more elements than such a body can mean");
    --elements_left_;
    return true;
  }
  bool ReadAttribute(ProtoReader& in, ProtoTag tag, std::vector<Attribute>* to) {
    return TakeElement(in) && attribute_.Read(in, tag, to);
  }

  bool DecodeResource(ProtoReader& in) {
    if (!TakeElement(in)) return false;
    Resource resource;
    resource.attributes = {SizeOf(out_.resource_attributes), 0};
    resource.scopes = {SizeOf(out_.scopes), 0};
    const bool ok = EachField(in, [this](ProtoReader& message, ProtoTag tag) {
      if (tag.field == 1) {
        return Inside(message, tag, [this](ProtoReader& inner) {
          return EachField(inner, [this](ProtoReader& m, ProtoTag t) {
            return t.field == 1 ? ReadAttribute(m, t, &out_.resource_attributes) : m.Skip(t);
          });
        });
      }
      if (tag.field != 2) return message.Skip(tag);
      return Inside(message, tag, [this](ProtoReader& scope) { return DecodeScope(scope); });
    });
    if (!ok) return false;
    resource.attributes.end = SizeOf(out_.resource_attributes);
    resource.scopes.end = SizeOf(out_.scopes);
    out_.resources.push_back(resource);
    return true;
  }

  bool DecodeScope(ProtoReader& in) {
    if (!TakeElement(in)) return false;
    Scope scope;
    scope.attributes = {SizeOf(out_.scope_attributes), 0};
    scope.metrics = {SizeOf(out_.metrics), 0};
    const bool ok = EachField(in, [&](ProtoReader& message, ProtoTag tag) {
      if (tag.field == 1) {
        return Inside(message, tag, [&](ProtoReader& inner) {
          return EachField(inner, [&](ProtoReader& m, ProtoTag t) {
            if (t.field == 1) return ReadText(m, t, &scope.name);
            if (t.field == 2) return ReadText(m, t, &scope.version);
            return t.field == 3 ? ReadAttribute(m, t, &out_.scope_attributes) : m.Skip(t);
          });
        });
      }
      if (tag.field == 2) {
        return Inside(message, tag, [&](ProtoReader& metric) { return DecodeMetric(metric); });
      }
      return tag.field == 3 ? ReadText(message, tag, &scope.schema_url) : message.Skip(tag);
    });
    if (!ok) return false;
    scope.attributes.end = SizeOf(out_.scope_attributes);
    scope.metrics.end = SizeOf(out_.metrics);
    out_.scopes.push_back(scope);
    return true;
  }

  bool DecodeMetric(ProtoReader& in) {
    if (!TakeElement(in)) return false;
    Metric metric;
    const bool ok = EachField(in, [&](ProtoReader& message, ProtoTag tag) {
      switch (tag.field) {
        case 1:
          return ReadText(message, tag, &metric.name);
        case 2:
          return ReadText(message, tag, &metric.description);
        case 3:
          return ReadText(message, tag, &metric.unit);
        case 5:
          return DecodeData(message, tag, Kind::kGauge, &metric);
        case 7:
          return DecodeData(message, tag, Kind::kSum, &metric);
        case 9:
          return DecodeData(message, tag, Kind::kHistogram, &metric);
        case 10:
          return DecodeData(message, tag, Kind::kExponentialHistogram, &metric);
        case 11:
          return DecodeData(message, tag, Kind::kSummary, &metric);
        default:
          return message.Skip(tag);
      }
    });
    if (!ok) return false;
    metric.points.end = NumberOfPoints(metric.kind);
    out_.metrics.push_back(metric);
    return true;
  }

  uint32_t NumberOfPoints(Kind kind) const {
    switch (kind) {
      case Kind::kNone:
        return 0;
      case Kind::kGauge:
      case Kind::kSum:
        return SizeOf(out_.numbers);
      case Kind::kHistogram:
        return SizeOf(out_.histograms);
      case Kind::kExponentialHistogram:
        return SizeOf(out_.exponentials);
      case Kind::kSummary:
        return SizeOf(out_.summaries);
    }
    return 0;
  }

  bool DecodeData(ProtoReader& in, ProtoTag tag, Kind kind, Metric* metric) {
    // Of several kinds the last counts; pieces of one kind belong together.
    if (metric->kind != kind) {
      metric->kind = kind;
      metric->temporality = Temporality::kUnspecified;
      metric->monotonic = false;
      metric->points.begin = NumberOfPoints(kind);
    }
    return Inside(in, tag, [&](ProtoReader& data) {
      return EachField(data, [&](ProtoReader& m, ProtoTag t) {
        if (t.field == 1) {
          return Inside(m, t, [&](ProtoReader& point) { return DecodePoint(point, kind); });
        }
        uint32_t number = 0;
        if (t.field == 2 && kind != Kind::kGauge && kind != Kind::kSummary) {
          if (!ReadUint32(m, t, &number)) return false;
          metric->temporality = number <= 2 ? Temporality(number) : Temporality::kUnspecified;
          return true;
        }
        if (t.field == 3 && kind == Kind::kSum) {
          if (!ReadUint32(m, t, &number)) return false;
          metric->monotonic = number != 0;
          return true;
        }
        return m.Skip(t);
      });
    });
  }

  bool DecodePoint(ProtoReader& in, Kind kind) {
    if (!TakeElement(in)) return false;
    switch (kind) {
      case Kind::kNone:
        return false;
      case Kind::kGauge:
      case Kind::kSum:
        return DecodeNumber(in);
      case Kind::kHistogram:
        return DecodeHistogram(in);
      case Kind::kExponentialHistogram:
        return DecodeExponential(in);
      case Kind::kSummary:
        return DecodeSummary(in);
    }
    return false;
  }

  void BeginPoint(Point* point) const {
    point->attributes.begin = SizeOf(out_.attributes);
    point->exemplars.begin = SizeOf(out_.exemplars);
  }
  void EndPoint(Point* point) const {
    point->attributes.end = SizeOf(out_.attributes);
    point->exemplars.end = SizeOf(out_.exemplars);
  }

  bool DecodeNumber(ProtoReader& in) {
    NumberPoint point;
    BeginPoint(&point);
    const bool ok = EachField(in, [&](ProtoReader& m, ProtoTag t) {
      switch (t.field) {
        case 2:
          return ReadFixed(m, t, &point.start_ns);
        case 3:
          return ReadFixed(m, t, &point.time_ns);
        case 4:
          return ReadDouble(m, t, &point.value);
        case 5:
          return DecodeExemplar(m, t);
        case 6:
          return ReadWhole(m, t, &point.value);
        case 7:
          return ReadAttribute(m, t, &out_.attributes);
        case 8:
          return ReadUint32(m, t, &point.flags);
        default:
          return m.Skip(t);
      }
    });
    EndPoint(&point);
    if (ok) out_.numbers.push_back(point);
    return ok;
  }

  bool DecodeHistogram(ProtoReader& in) {
    HistogramPoint point;
    BeginPoint(&point);
    point.counts.begin = SizeOf(out_.counts);
    point.bounds.begin = SizeOf(out_.bounds);
    const bool ok = EachField(in, [&](ProtoReader& m, ProtoTag t) {
      switch (t.field) {
        case 2:
          return ReadFixed(m, t, &point.start_ns);
        case 3:
          return ReadFixed(m, t, &point.time_ns);
        case 4:
          return ReadFixed(m, t, &point.count);
        case 5:
          point.has_sum = true;
          return ReadDouble(m, t, &point.sum);
        case 6:
          return ReadFixedList(m, t, &out_.counts);
        case 7:
          return ReadFixedList(m, t, &out_.bounds);
        case 8:
          return DecodeExemplar(m, t);
        case 9:
          return ReadAttribute(m, t, &out_.attributes);
        case 10:
          return ReadUint32(m, t, &point.flags);
        default:
          return m.Skip(t);
      }
    });
    EndPoint(&point);
    point.counts.end = SizeOf(out_.counts);
    point.bounds.end = SizeOf(out_.bounds);
    if (ok) out_.histograms.push_back(point);
    return ok;
  }

  bool DecodeExponential(ProtoReader& in) {
    ExponentialPoint point;
    BeginPoint(&point);
    const bool ok = EachField(in, [&](ProtoReader& m, ProtoTag t) {
      switch (t.field) {
        case 1:
          return ReadAttribute(m, t, &out_.attributes);
        case 2:
          return ReadFixed(m, t, &point.start_ns);
        case 3:
          return ReadFixed(m, t, &point.time_ns);
        case 4:
          return ReadFixed(m, t, &point.count);
        case 5:
          point.has_sum = true;
          return ReadDouble(m, t, &point.sum);
        case 6:
          return ReadSigned32(m, t, &point.scale);
        case 7:
          return ReadFixed(m, t, &point.zero_count);
        case 8:
          return DecodeBuckets(m, t, &point.positive_offset, &point.positive);
        case 9:
          return DecodeBuckets(m, t, &point.negative_offset, &point.negative);
        case 10:
          return ReadUint32(m, t, &point.flags);
        case 11:
          return DecodeExemplar(m, t);
        case 14:
          return ReadDouble(m, t, &point.zero_threshold);
        default:
          return m.Skip(t);
      }
    });
    EndPoint(&point);
    if (ok) out_.exponentials.push_back(point);
    return ok;
  }

  bool DecodeBuckets(ProtoReader& in, ProtoTag tag, int32_t* offset, Range* range) {
    // A second piece goes on behind the first, wherever that one stands.
    const Range before = *range;
    const bool apart = !before.empty() && before.end != out_.counts.size();
    if (before.empty() || apart) range->begin = SizeOf(out_.counts);
    for (uint32_t i = before.begin; apart && i < before.end; ++i)
      out_.counts.push_back(uint64_t{out_.counts[i]});
    const bool ok = Inside(in, tag, [&](ProtoReader& buckets) {
      return EachField(buckets, [&](ProtoReader& m, ProtoTag t) {
        if (t.field == 1) return ReadSigned32(m, t, offset);
        return t.field == 2 ? ReadVarintList(m, t, &out_.counts) : m.Skip(t);
      });
    });
    range->end = SizeOf(out_.counts);
    return ok;
  }

  bool DecodeSummary(ProtoReader& in) {
    SummaryPoint point;
    BeginPoint(&point);
    point.quantiles.begin = SizeOf(out_.quantiles);
    const bool ok = EachField(in, [&](ProtoReader& m, ProtoTag t) {
      switch (t.field) {
        case 2:
          return ReadFixed(m, t, &point.start_ns);
        case 3:
          return ReadFixed(m, t, &point.time_ns);
        case 4:
          return ReadFixed(m, t, &point.count);
        case 5:
          return ReadDouble(m, t, &point.sum);
        case 6:
          return DecodeQuantile(m, t);
        case 7:
          return ReadAttribute(m, t, &out_.attributes);
        case 8:
          return ReadUint32(m, t, &point.flags);
        default:
          return m.Skip(t);
      }
    });
    EndPoint(&point);
    point.quantiles.end = SizeOf(out_.quantiles);
    if (ok) out_.summaries.push_back(point);
    return ok;
  }

  bool DecodeQuantile(ProtoReader& in, ProtoTag tag) {
    return Inside(in, tag, [this](ProtoReader& message) {
      if (!TakeElement(message)) return false;
      Quantile quantile;
      const bool ok = EachField(message, [&](ProtoReader& m, ProtoTag t) {
        if (t.field == 1) return ReadDouble(m, t, &quantile.quantile);
        return t.field == 2 ? ReadDouble(m, t, &quantile.value) : m.Skip(t);
      });
      if (ok) out_.quantiles.push_back(quantile);
      return ok;
    });
  }

  bool DecodeExemplar(ProtoReader& in, ProtoTag tag) {
    return Inside(in, tag, [this](ProtoReader& message) {
      if (!TakeElement(message)) return false;
      Exemplar exemplar;
      exemplar.attributes.begin = SizeOf(out_.exemplar_attributes);
      const bool ok = EachField(message, [&](ProtoReader& m, ProtoTag t) {
        switch (t.field) {
          case 2:
            return ReadFixed(m, t, &exemplar.time_ns);
          case 3:
            exemplar.has_value = true;
            return ReadDouble(m, t, &exemplar.value);
          case 4:
            return ReadText(m, t, &exemplar.span_id);
          case 5:
            return ReadText(m, t, &exemplar.trace_id);
          case 6:
            exemplar.has_value = true;
            return ReadWhole(m, t, &exemplar.value);
          case 7:
            return ReadAttribute(m, t, &out_.exemplar_attributes);
          default:
            return m.Skip(t);
        }
      });
      exemplar.attributes.end = SizeOf(out_.exemplar_attributes);
      if (ok) out_.exemplars.push_back(exemplar);
      return ok;
    });
  }

  Request& out_;
  AttributeReader attribute_;
  size_t elements_left_ = 0;
};

}  // namespace

Status Decode(std::span<const uint8_t> body, Request* out) {
  KVS_RETURN_IF_ERROR(CheckBodySize(body));
  return ProtobufDecoder(out).Decode(body);
}

}  // namespace kvs::wire::otlp

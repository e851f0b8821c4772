// SPDX-License-Identifier: Apache-2.0
// For tests and benchmarks of OTLP: requests as text, and protobuf written by hand.
#pragma once

#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>

#include "kvs/base/str_cat.h"
#include "kvs/wire/otlp.h"
#include "kvs/wire/protobuf.h"

namespace kvs::wire::otlp {

/// A message under way: `Msg().Text(1, "name").In(5, Msg()...)`.
class Msg {
 public:
  Msg& Text(uint32_t field, std::string_view text) {
    AppendBytesField(bytes_, field, text);
    return *this;
  }
  Msg& In(uint32_t field, const Msg& inner) { return Text(field, inner.bytes_); }
  Msg& Varint(uint32_t field, uint64_t value) {
    AppendVarintField(bytes_, field, value);
    return *this;
  }
  Msg& Signed(uint32_t field, int64_t value) { return Varint(field, ZigZag(value)); }
  Msg& Double(uint32_t field, double value) {
    AppendDoubleField(bytes_, field, value);
    return *this;
  }
  Msg& Fixed(uint32_t field, uint64_t value) {
    double bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return Double(field, bits);
  }
  /// Packed numbers of eight bytes, or varints.
  template <typename T>
  Msg& Packed(uint32_t field, std::initializer_list<T> values) {
    return Text(field, {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)});
  }
  Msg& PackedVarints(uint32_t field, std::initializer_list<uint64_t> values) {
    std::string packed;
    for (const uint64_t value : values) AppendVarint(packed, value);
    return Text(field, packed);
  }
  /// A KeyValue with a text.
  Msg& Attribute(uint32_t field, std::string_view key, std::string_view value) {
    return In(field, Msg().Text(1, key).In(2, Msg().Text(1, value)));
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A request of one resource and one scope.
inline std::string RequestOf(const Msg& resource, const Msg& scope_metrics) {
  return Msg().In(1, Msg().In(1, resource).In(2, scope_metrics)).bytes();
}

/// Whether every range lies inside of its array.
inline bool RangesAreSound(const Request& r) {
  const auto sound = [](Range range, const auto& array) {
    return range.begin <= range.end && range.end <= array.size();
  };
  const auto point_sound = [&](const Point& p) {
    return sound(p.attributes, r.attributes) && sound(p.exemplars, r.exemplars);
  };
  bool ok = true;
  for (const Resource& x : r.resources)
    ok = ok && sound(x.attributes, r.resource_attributes) && sound(x.scopes, r.scopes);
  for (const Scope& x : r.scopes)
    ok = ok && sound(x.attributes, r.scope_attributes) && sound(x.metrics, r.metrics);
  for (const Metric& m : r.metrics) {
    ok = ok && (m.kind != Kind::kNone || m.points.empty());
    if (m.kind == Kind::kGauge || m.kind == Kind::kSum) ok = ok && sound(m.points, r.numbers);
    if (m.kind == Kind::kHistogram) ok = ok && sound(m.points, r.histograms);
    if (m.kind == Kind::kExponentialHistogram) ok = ok && sound(m.points, r.exponentials);
    if (m.kind == Kind::kSummary) ok = ok && sound(m.points, r.summaries);
  }
  for (const NumberPoint& p : r.numbers) ok = ok && point_sound(p);
  for (const HistogramPoint& p : r.histograms)
    ok = ok && point_sound(p) && sound(p.counts, r.counts) && sound(p.bounds, r.bounds);
  for (const ExponentialPoint& p : r.exponentials)
    ok = ok && point_sound(p) && sound(p.positive, r.counts) && sound(p.negative, r.counts);
  for (const SummaryPoint& p : r.summaries)
    ok = ok && point_sound(p) && sound(p.quantiles, r.quantiles);
  for (const Exemplar& e : r.exemplars) ok = ok && sound(e.attributes, r.exemplar_attributes);
  return ok;
}

inline std::string DumpAttributes(Range range, const std::vector<Attribute>& attributes) {
  std::string out = "{";
  for (const Attribute& a : Request::Of(range, attributes))
    StrAppend(out, out.size() > 1 ? "," : "", a.name, "=", a.value);
  return out + "}";
}

inline std::string DumpPoint(const Request& r, const Point& p) {
  std::string out = StrCat("  point ", DumpAttributes(p.attributes, r.attributes), " ", p.start_ns,
                           "..", p.time_ns);
  if (p.flags != 0) StrAppend(out, " flags ", p.flags);
  for (const Exemplar& e : Request::Of(p.exemplars, r.exemplars)) {
    StrAppend(out, " exemplar ", DumpAttributes(e.attributes, r.exemplar_attributes), " ",
              e.has_value ? StrCat(e.value) : "none", "@", e.time_ns, " ", e.trace_id.size(), "/",
              e.span_id.size());
  }
  return out;
}

template <typename T>
std::string DumpList(Range range, const std::vector<T>& array) {
  std::string out = "[";
  for (const T value : Request::Of(range, array)) StrAppend(out, out.size() > 1 ? " " : "", value);
  return out + "]";
}

/// Everything in a request, a line for each part.
inline std::string Dump(const Request& r) {
  std::string out;
  for (const Resource& resource : r.resources) {
    StrAppend(out, "resource ", DumpAttributes(resource.attributes, r.resource_attributes), "\n");
    for (const Scope& scope : Request::Of(resource.scopes, r.scopes)) {
      StrAppend(out, "scope ", scope.name, " ", scope.version, " ", scope.schema_url, " ",
                DumpAttributes(scope.attributes, r.scope_attributes), "\n");
      for (const Metric& m : Request::Of(scope.metrics, r.metrics)) {
        StrAppend(out, " metric ", m.name, " '", m.description, "' ", m.unit, " kind ",
                  static_cast<int>(m.kind), " temporality ", static_cast<int>(m.temporality),
                  m.monotonic ? " monotonic" : "", "\n");
        for (uint32_t i = m.points.begin; i < m.points.end; ++i) {
          switch (m.kind) {
            case Kind::kNone:
              break;
            case Kind::kGauge:
            case Kind::kSum:
              StrAppend(out, DumpPoint(r, r.numbers[i]), " value ", r.numbers[i].value);
              break;
            case Kind::kHistogram: {
              const HistogramPoint& p = r.histograms[i];
              StrAppend(out, DumpPoint(r, p), " count ", p.count, " sum ",
                        p.has_sum ? StrCat(p.sum) : "none", " ", DumpList(p.counts, r.counts), " ",
                        DumpList(p.bounds, r.bounds));
              break;
            }
            case Kind::kExponentialHistogram: {
              const ExponentialPoint& p = r.exponentials[i];
              StrAppend(out, DumpPoint(r, p), " count ", p.count, " sum ",
                        p.has_sum ? StrCat(p.sum) : "none", " scale ", p.scale, " zero ",
                        p.zero_count, "<=", p.zero_threshold, " +", p.positive_offset,
                        DumpList(p.positive, r.counts), " -", p.negative_offset,
                        DumpList(p.negative, r.counts));
              break;
            }
            case Kind::kSummary: {
              const SummaryPoint& p = r.summaries[i];
              StrAppend(out, DumpPoint(r, p), " count ", p.count, " sum ", p.sum);
              for (const Quantile& q : Request::Of(p.quantiles, r.quantiles))
                StrAppend(out, " ", q.quantile, ":", q.value);
              break;
            }
          }
          out += "\n";
        }
      }
    }
  }
  return out;
}

}  // namespace kvs::wire::otlp

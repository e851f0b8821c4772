// SPDX-License-Identifier: Apache-2.0
// OTLP metrics: the body of an ExportMetricsServiceRequest, as protobuf or as JSON, into flat
// arrays. One pass, no tree of objects: a resource names its range of scopes, a scope its range of
// metrics, a metric its range of points, a point its range of attributes.
//
//   otlp::Request request;   // Kept from body to body.
//   KVS_RETURN_IF_ERROR(otlp::Decode(body, &request));
//   for (const otlp::Metric& metric : request.Of(scope.metrics, request.metrics)) ...
//
// What metrics mean to Prometheus is decided by whoever translates them (plugins/ingest/otlp). The
// messages: opentelemetry-proto, metrics/v1 and common/v1. [any]
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/write_batch.h"

namespace kvs::wire::otlp {

/// Part of one of the arrays of a Request.
struct Range {
  uint32_t begin = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
};

/// Key and value. A value is its text, which is all that labels can hold: numbers in decimal,
/// bytes in base64, lists and maps as JSON.
using Attribute = model::LabelView;

struct Exemplar {
  uint64_t time_ns = 0;
  double value = 0;
  bool has_value = false;
  std::string_view trace_id;  ///< Bytes, not hex; empty: none.
  std::string_view span_id;
  Range attributes;  ///< Of exemplar_attributes.
};

/// What points of every kind have.
struct Point {
  static constexpr uint32_t kNoRecordedValue = 1;

  uint64_t start_ns = 0;
  uint64_t time_ns = 0;
  uint32_t flags = 0;
  Range attributes;
  Range exemplars;

  bool no_recorded_value() const { return (flags & kNoRecordedValue) != 0; }
};

struct NumberPoint : Point {
  double value = 0;
};

struct HistogramPoint : Point {
  uint64_t count = 0;
  double sum = 0;
  bool has_sum = false;
  Range counts;  ///< Of counts: one for each bucket, not cumulative.
  Range bounds;  ///< Of bounds.
};

struct ExponentialPoint : Point {
  uint64_t count = 0;
  double sum = 0;
  bool has_sum = false;
  int32_t scale = 0;
  uint64_t zero_count = 0;
  double zero_threshold = 0;
  int32_t positive_offset = 0;
  int32_t negative_offset = 0;
  Range positive;  ///< Of counts.
  Range negative;
};

struct Quantile {
  double quantile = 0;
  double value = 0;
};

struct SummaryPoint : Point {
  uint64_t count = 0;
  double sum = 0;
  Range quantiles;
};

enum class Kind : uint8_t { kNone, kGauge, kSum, kHistogram, kExponentialHistogram, kSummary };
enum class Temporality : uint8_t { kUnspecified = 0, kDelta = 1, kCumulative = 2 };

struct Metric {
  std::string_view name;
  std::string_view description;
  std::string_view unit;
  Kind kind = Kind::kNone;
  Temporality temporality = Temporality::kUnspecified;
  bool monotonic = false;
  Range points;  ///< Of numbers, histograms, exponentials or summaries, as `kind` says.
};

struct Scope {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  Range attributes;  ///< Of scope_attributes.
  Range metrics;
};

struct Resource {
  Range attributes;  ///< Of resource_attributes.
  Range scopes;
};

/// One decoded body. Texts are borrowed from the body (protobuf), or stand in the arena.
class Request {
 public:
  std::vector<Resource> resources;
  std::vector<Scope> scopes;
  std::vector<Metric> metrics;
  std::vector<NumberPoint> numbers;
  std::vector<HistogramPoint> histograms;
  std::vector<ExponentialPoint> exponentials;
  std::vector<SummaryPoint> summaries;
  std::vector<Quantile> quantiles;
  std::vector<Exemplar> exemplars;
  std::vector<uint64_t> counts;
  std::vector<double> bounds;
  std::vector<Attribute> attributes;  ///< Of points.
  std::vector<Attribute> exemplar_attributes;
  std::vector<Attribute> scope_attributes;
  std::vector<Attribute> resource_attributes;

  /// The elements a range stands for.
  template <typename T>
  static std::span<const T> Of(Range range, const std::vector<T>& array) {
    return {array.data() + range.begin, range.size()};
  }
  /// Points of every kind.
  uint64_t n_points() const {
    return numbers.size() + histograms.size() + exponentials.size() + summaries.size();
  }

  /// Empties it, keeps the memory.
  void Clear();
  size_t CapacityBytes() const;
  /// For texts that do not stand in the body.
  model::ByteArena& arena() { return arena_; }

 private:
  model::ByteArena arena_;
};

/// Protobuf, already decompressed. `out` is cleared first and borrows from `body`. Memory: at most
/// some 30 times the body. InvalidArgument, with the offset, when it is malformed, values are
/// nested deeper than 32 levels, or there are more elements than eight bytes each could mean; `out`
/// is then without meaning.
Status Decode(std::span<const uint8_t> body, Request* out);

/// OTLP's JSON: keys in lowerCamelCase or as in the .proto files, 64-bit numbers as numbers or as
/// texts, ids in hex. Texts are copied. InvalidArgument says what is wrong with which member.
Status DecodeJson(std::string_view body, Request* out);

}  // namespace kvs::wire::otlp

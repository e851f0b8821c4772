// SPDX-License-Identifier: Apache-2.0
// OTLP metrics from JSON: the proto3 mapping with ids in hex and enums as numbers or names.
// Members nobody knows and nulls are passed over.
#include <charconv>
#include <limits>
#include <string>

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include "kvs/base/str_cat.h"
#include "kvs/http/json.h"
#include "kvs/wire/otlp.h"

#include "otlp_value.h"

namespace kvs::wire::otlp {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::element_type;
using simdjson::dom::object;

template <typename T>
uint32_t SizeOf(const std::vector<T>& array) {
  return static_cast<uint32_t>(array.size());
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

class JsonDecoder {
 public:
  JsonDecoder(Request* out, size_t body_bytes)
      : out_(*out), elements_left_(MostElements(body_bytes)) {
    out_.Clear();
  }

  Status Decode(const element& root) {
    Members("request", root, [this](std::string_view key, const element& value) {
      if (key != "resourceMetrics" && key != "resource_metrics") return;
      Each(key, value, [this](const element& resource) { DecodeResource(resource); });
    });
    return error_.empty() ? OkStatus() : InvalidArgument("malformed OTLP JSON: ", error_);
  }

 private:
  void Wrong(std::string_view member, std::string_view wanted) {
    if (error_.empty()) error_ = StrCat(member, " is not ", wanted);
  }
  std::string_view Keep(std::string_view text) { return out_.arena().Copy(text); }

  template <typename Visit>
  void Members(std::string_view name, const element& value, Visit visit) {
    object members;
    if (elements_left_ == 0) return Wrong(name, "one of as many elements as such a body can mean");
    --elements_left_;
    if (value.get(members) != simdjson::SUCCESS) return Wrong(name, "an object");
    for (const auto& member : members) {
      if (error_.empty() && !member.value.is_null()) visit(member.key, member.value);
    }
  }
  template <typename Visit>
  void Each(std::string_view name, const element& value, Visit visit) {
    array items;
    if (value.get(items) != simdjson::SUCCESS) return Wrong(name, "an array");
    for (const element& item : items) {
      if (error_.empty()) visit(item);
    }
  }

  std::string_view Text(std::string_view name, const element& value) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) Wrong(name, "a text");
    return text;
  }
  template <typename T>
  T Whole(std::string_view name, const element& value) {
    T number = 0;
    std::string_view text;
    if (value.get(text) == simdjson::SUCCESS) {
      const char* const end = text.data() + text.size();
      const auto read = std::from_chars(text.data(), end, number);
      if (read.ec == std::errc() && read.ptr == end) return number;
    } else if (value.get(number) == simdjson::SUCCESS) {
      return number;
    }
    Wrong(name, "a whole number in range");
    return 0;
  }
  uint64_t Unsigned(std::string_view name, const element& value) {
    return Whole<uint64_t>(name, value);
  }
  int64_t Signed(std::string_view name, const element& value) {
    return Whole<int64_t>(name, value);
  }
  template <typename T>
  T Narrow(std::string_view name, const element& value) {
    const int64_t wide = Signed(name, value);
    if (wide < std::numeric_limits<T>::min() || wide > int64_t{std::numeric_limits<T>::max()}) {
      Wrong(name, "a number of 32 bits");
    }
    return static_cast<T>(wide);
  }
  double Double(std::string_view name, const element& value) {
    double number = 0;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
      if (value.get(number) != simdjson::SUCCESS) Wrong(name, "a number");
      return number;
    }
    if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<double>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc() || read.ptr != end) Wrong(name, "a number");
    return number;
  }
  bool Bool(std::string_view name, const element& value) {
    bool flag = false;
    if (value.get(flag) != simdjson::SUCCESS) Wrong(name, "true or false");
    return flag;
  }
  std::string_view HexBytes(std::string_view name, const element& value) {
    const std::string_view hex = Text(name, value);
    std::string bytes;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      const int high = HexDigit(hex[i]);
      const int low = HexDigit(hex[i + 1]);
      if (high < 0 || low < 0) break;
      bytes += static_cast<char>(high << 4 | low);
    }
    if (bytes.size() * 2 != hex.size()) Wrong(name, "an id in hex");
    return Keep(bytes);
  }

  void DecodeResource(const element& in) {
    Resource resource;
    resource.attributes = {SizeOf(out_.resource_attributes), 0};
    resource.scopes = {SizeOf(out_.scopes), 0};
    Members("resource metrics", in, [&](std::string_view key, const element& value) {
      if (key == "resource") {
        Members(key, value, [&](std::string_view k, const element& v) {
          if (k == "attributes") DecodeAttributes(v, &out_.resource_attributes);
        });
      } else if (key == "scopeMetrics" || key == "scope_metrics") {
        Each(key, value, [this](const element& scope) { DecodeScope(scope); });
      }
    });
    resource.attributes.end = SizeOf(out_.resource_attributes);
    resource.scopes.end = SizeOf(out_.scopes);
    out_.resources.push_back(resource);
  }

  void DecodeScope(const element& in) {
    Scope scope;
    scope.attributes = {SizeOf(out_.scope_attributes), 0};
    scope.metrics = {SizeOf(out_.metrics), 0};
    Members("scope metrics", in, [&](std::string_view key, const element& value) {
      if (key == "scope") {
        Members(key, value, [&](std::string_view k, const element& v) {
          if (k == "name") {
            scope.name = Keep(Text(k, v));
          } else if (k == "version") {
            scope.version = Keep(Text(k, v));
          } else if (k == "attributes") {
            DecodeAttributes(v, &out_.scope_attributes);
          }
        });
      } else if (key == "metrics") {
        Each(key, value, [this](const element& metric) { DecodeMetric(metric); });
      } else if (key == "schemaUrl" || key == "schema_url") {
        scope.schema_url = Keep(Text(key, value));
      }
    });
    scope.attributes.end = SizeOf(out_.scope_attributes);
    scope.metrics.end = SizeOf(out_.metrics);
    out_.scopes.push_back(scope);
  }

  void DecodeMetric(const element& in) {
    Metric metric;
    Members("metric", in, [&](std::string_view key, const element& value) {
      if (key == "name") {
        metric.name = Keep(Text(key, value));
      } else if (key == "description") {
        metric.description = Keep(Text(key, value));
      } else if (key == "unit") {
        metric.unit = Keep(Text(key, value));
      } else if (key == "gauge") {
        DecodeData(key, value, Kind::kGauge, &metric);
      } else if (key == "sum") {
        DecodeData(key, value, Kind::kSum, &metric);
      } else if (key == "histogram") {
        DecodeData(key, value, Kind::kHistogram, &metric);
      } else if (key == "exponentialHistogram" || key == "exponential_histogram") {
        DecodeData(key, value, Kind::kExponentialHistogram, &metric);
      } else if (key == "summary") {
        DecodeData(key, value, Kind::kSummary, &metric);
      }
    });
    metric.points.end = NumberOfPoints(metric.kind);
    out_.metrics.push_back(metric);
  }

  uint32_t NumberOfPoints(Kind kind) const {
    switch (kind) {
      case Kind::kNone:
        break;
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

  void DecodeData(std::string_view name, const element& in, Kind kind, Metric* metric) {
    metric->kind = kind;
    metric->points.begin = NumberOfPoints(kind);
    Members(name, in, [&](std::string_view key, const element& value) {
      if (key == "dataPoints" || key == "data_points") {
        Each(key, value, [&](const element& point) { DecodePoint(point, kind); });
      } else if (key == "aggregationTemporality" || key == "aggregation_temporality") {
        metric->temporality = ReadTemporality(key, value);
      } else if (key == "isMonotonic" || key == "is_monotonic") {
        metric->monotonic = Bool(key, value);
      }
    });
  }

  Temporality ReadTemporality(std::string_view key, const element& value) {
    if (std::string_view text; value.get(text) == simdjson::SUCCESS) {
      if (text == "AGGREGATION_TEMPORALITY_DELTA") return Temporality::kDelta;
      if (text == "AGGREGATION_TEMPORALITY_CUMULATIVE") return Temporality::kCumulative;
      return Temporality::kUnspecified;
    }
    const int64_t number = Signed(key, value);
    return number == 1 || number == 2 ? Temporality(number) : Temporality::kUnspecified;
  }

  void DecodePoint(const element& in, Kind kind) {
    switch (kind) {
      case Kind::kNone:
        return;
      case Kind::kGauge:
      case Kind::kSum: {
        NumberPoint point;
        DecodePoint(in, &point, [&](std::string_view key, const element& value) {
          if (key == "asDouble" || key == "as_double") {
            point.value = Double(key, value);
          } else if (key == "asInt" || key == "as_int") {
            point.value = static_cast<double>(Signed(key, value));
          }
        });
        out_.numbers.push_back(point);
        return;
      }
      case Kind::kHistogram:
        return DecodeHistogram(in);
      case Kind::kExponentialHistogram:
        return DecodeExponential(in);
      case Kind::kSummary:
        return DecodeSummary(in);
    }
  }

  // What points of every kind have, and own(key, value) for the rest.
  template <typename Own>
  void DecodePoint(const element& in, Point* point, Own own) {
    point->attributes.begin = SizeOf(out_.attributes);
    point->exemplars.begin = SizeOf(out_.exemplars);
    Members("data point", in, [&](std::string_view key, const element& value) {
      if (key == "startTimeUnixNano" || key == "start_time_unix_nano") {
        point->start_ns = Unsigned(key, value);
      } else if (key == "timeUnixNano" || key == "time_unix_nano") {
        point->time_ns = Unsigned(key, value);
      } else if (key == "flags") {
        point->flags = Narrow<uint32_t>(key, value);
      } else if (key == "attributes") {
        DecodeAttributes(value, &out_.attributes);
      } else if (key == "exemplars") {
        Each(key, value, [this](const element& exemplar) { DecodeExemplar(exemplar); });
      } else {
        own(key, value);
      }
    });
    point->attributes.end = SizeOf(out_.attributes);
    point->exemplars.end = SizeOf(out_.exemplars);
  }

  void DecodeHistogram(const element& in) {
    HistogramPoint point;
    point.counts.begin = SizeOf(out_.counts);
    point.bounds.begin = SizeOf(out_.bounds);
    DecodePoint(in, &point, [&](std::string_view key, const element& value) {
      if (key == "count") {
        point.count = Unsigned(key, value);
      } else if (key == "sum") {
        point.has_sum = true;
        point.sum = Double(key, value);
      } else if (key == "bucketCounts" || key == "bucket_counts") {
        Each(key, value, [&](const element& n) { out_.counts.push_back(Unsigned(key, n)); });
      } else if (key == "explicitBounds" || key == "explicit_bounds") {
        Each(key, value, [&](const element& n) { out_.bounds.push_back(Double(key, n)); });
      }
    });
    point.counts.end = SizeOf(out_.counts);
    point.bounds.end = SizeOf(out_.bounds);
    out_.histograms.push_back(point);
  }

  void DecodeExponential(const element& in) {
    ExponentialPoint point;
    DecodePoint(in, &point, [&](std::string_view key, const element& value) {
      if (key == "count") {
        point.count = Unsigned(key, value);
      } else if (key == "sum") {
        point.has_sum = true;
        point.sum = Double(key, value);
      } else if (key == "scale") {
        point.scale = Narrow<int32_t>(key, value);
      } else if (key == "zeroCount" || key == "zero_count") {
        point.zero_count = Unsigned(key, value);
      } else if (key == "zeroThreshold" || key == "zero_threshold") {
        point.zero_threshold = Double(key, value);
      } else if (key == "positive") {
        DecodeBuckets(key, value, &point.positive_offset, &point.positive);
      } else if (key == "negative") {
        DecodeBuckets(key, value, &point.negative_offset, &point.negative);
      }
    });
    out_.exponentials.push_back(point);
  }

  void DecodeBuckets(std::string_view name, const element& in, int32_t* offset, Range* range) {
    range->begin = SizeOf(out_.counts);
    Members(name, in, [&](std::string_view key, const element& value) {
      if (key == "offset") {
        *offset = Narrow<int32_t>(key, value);
      } else if (key == "bucketCounts" || key == "bucket_counts") {
        Each(key, value, [&](const element& n) { out_.counts.push_back(Unsigned(key, n)); });
      }
    });
    range->end = SizeOf(out_.counts);
  }

  void DecodeSummary(const element& in) {
    SummaryPoint point;
    point.quantiles.begin = SizeOf(out_.quantiles);
    DecodePoint(in, &point, [&](std::string_view key, const element& value) {
      if (key == "count") {
        point.count = Unsigned(key, value);
      } else if (key == "sum") {
        point.sum = Double(key, value);
      } else if (key == "quantileValues" || key == "quantile_values") {
        Each(key, value, [&](const element& item) {
          Quantile quantile;
          Members(key, item, [&](std::string_view k, const element& v) {
            if (k == "quantile") quantile.quantile = Double(k, v);
            if (k == "value") quantile.value = Double(k, v);
          });
          out_.quantiles.push_back(quantile);
        });
      }
    });
    point.quantiles.end = SizeOf(out_.quantiles);
    out_.summaries.push_back(point);
  }

  void DecodeExemplar(const element& in) {
    Exemplar exemplar;
    exemplar.attributes.begin = SizeOf(out_.exemplar_attributes);
    Members("exemplar", in, [&](std::string_view key, const element& value) {
      if (key == "timeUnixNano" || key == "time_unix_nano") {
        exemplar.time_ns = Unsigned(key, value);
      } else if (key == "asDouble" || key == "as_double") {
        exemplar.has_value = true;
        exemplar.value = Double(key, value);
      } else if (key == "asInt" || key == "as_int") {
        exemplar.has_value = true;
        exemplar.value = static_cast<double>(Signed(key, value));
      } else if (key == "traceId" || key == "trace_id") {
        exemplar.trace_id = HexBytes(key, value);
      } else if (key == "spanId" || key == "span_id") {
        exemplar.span_id = HexBytes(key, value);
      } else if (key == "filteredAttributes" || key == "filtered_attributes") {
        DecodeAttributes(value, &out_.exemplar_attributes);
      }
    });
    exemplar.attributes.end = SizeOf(out_.exemplar_attributes);
    out_.exemplars.push_back(exemplar);
  }

  void DecodeAttributes(const element& in, std::vector<Attribute>* to) {
    Each("attributes", in, [&](const element& item) {
      Attribute attribute;
      Members("attribute", item, [&](std::string_view key, const element& value) {
        if (key == "key") attribute.name = Keep(Text(key, value));
        if (key != "value") return;
        text_.clear();
        unsupported_ = false;
        AppendValue(value, 0, &text_);
        attribute.value = unsupported_ ? std::string_view() : Keep(text_);
      });
      to->push_back(attribute);
    });
  }

  // A value as text; as JSON inside of lists and maps, which have a depth above 0.
  void AppendValue(const element& in, int depth, std::string* out) {
    const size_t before = out->size();
    if (!in.is_null()) {
      Members("value", in, [&](std::string_view key, const element& value) {
        out->resize(before);  // Of several alternatives the last counts.
        if (key == "stringValue" || key == "string_value") {
          const std::string_view text = Text(key, value);
          if (depth == 0) {
            *out += text;
          } else {
            http::AppendJsonString(*out, text);
          }
        } else if (key == "boolValue" || key == "bool_value") {
          *out += Bool(key, value) ? "true" : "false";
        } else if (key == "intValue" || key == "int_value") {
          *out += std::to_string(Signed(key, value));
        } else if (key == "doubleValue" || key == "double_value") {
          const double number = Double(key, value);
          if (depth > 0 && number - number != 0) unsupported_ = true;
          AppendDouble(*out, number);
        } else if (key == "bytesValue" || key == "bytes_value") {
          // Base64 already.
          if (depth > 0) *out += '"';
          *out += Text(key, value);
          if (depth > 0) *out += '"';
        } else if (key == "arrayValue" || key == "array_value") {
          AppendList(key, value, depth, out);
        } else if (key == "kvlistValue" || key == "kvlist_value") {
          AppendMap(key, value, depth, out);
        }
      });
    }
    if (depth > 0 && out->size() == before) *out += "null";
  }

  void AppendList(std::string_view name, const element& in, int depth, std::string* out) {
    if (depth == kMaxValueDepth) return Wrong(name, "nested less than 32 levels deep");
    *out += '[';
    bool first = true;
    Members(name, in, [&](std::string_view key, const element& values) {
      if (key != "values") return;
      Each(key, values, [&](const element& item) {
        if (!first) *out += ',';
        first = false;
        AppendValue(item, depth + 1, out);
      });
    });
    *out += ']';
  }

  void AppendMap(std::string_view name, const element& in, int depth, std::string* out) {
    if (depth == kMaxValueDepth) return Wrong(name, "nested less than 32 levels deep");
    JsonMap map;
    Members(name, in, [&](std::string_view key, const element& values) {
      if (key != "values") return;
      Each(key, values, [&](const element& item) {
        std::string_view member;
        std::string value = "null";
        Members("attribute", item, [&](std::string_view k, const element& v) {
          if (k == "key") member = Text(k, v);
          if (k != "value") return;
          value.clear();
          AppendValue(v, depth + 1, &value);
        });
        map.Add(member) = std::move(value);
      });
    });
    map.AppendTo(*out);
  }

  Request& out_;
  size_t elements_left_;
  std::string error_;  // The first one; nothing is read after it.
  std::string text_;
  bool unsupported_ = false;  // The value under way has a number that JSON has no text for.
};

}  // namespace

Status DecodeJson(std::string_view body, Request* out) {
  if (body.size() > UINT32_MAX) {
    return InvalidArgument("message of ", body.size(), " bytes is larger than 4 GiB");
  }
  if (body.empty()) return InvalidArgument("malformed OTLP JSON: the body is empty");
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root);
      error != simdjson::SUCCESS) {
    return InvalidArgument("malformed OTLP JSON: ", simdjson::error_message(error));
  }
  return JsonDecoder(out, body.size()).Decode(root);
}

}  // namespace kvs::wire::otlp

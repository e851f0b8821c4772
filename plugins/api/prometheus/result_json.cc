// SPDX-License-Identifier: Apache-2.0
#include "result_json.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/chunk/bucket_bound.h"
#include "kvs/chunk/histogram.h"
#include "kvs/http/json.h"
#include "kvs/promql/printer.h"
#include "kvs/sdk/str.h"

namespace kvs::api::prometheus {
namespace {

void AppendQuotedFloat(std::string& out, double value) {
  out.push_back('"');
  http::AppendFloat(out, value);
  out.push_back('"');
}

// The upper bound of bucket `index`, of a schema or the index-th of the custom bounds.
double UpperBound(int32_t schema, int64_t index, const double* custom, size_t n_custom) {
  if (schema != chunk::kCustomBucketsSchema) return chunk::ExponentialBound(index, schema);
  if (index < 0) return -std::numeric_limits<double>::infinity();
  return static_cast<size_t>(index) < n_custom ? custom[index] : std::numeric_limits<double>::infinity();
}

// How a bucket's bounds count: numbers of the JSON form.
enum Boundary { kOpenLeft = 0, kOpenRight = 1, kClosed = 3 };

class BucketWriter {
 public:
  explicit BucketWriter(std::string& out) : out_(out) {}
  void Add(Boundary boundary, double low, double high, double count) {
    if (count == 0) return;
    out_.append(any_ ? ",[" : ",\"buckets\":[[");
    any_ = true;
    out_.push_back(static_cast<char>('0' + boundary));
    for (const double number : {low, high, count}) {
      out_.push_back(',');
      AppendQuotedFloat(out_, number);
    }
    out_.push_back(']');
  }
  ~BucketWriter() {
    if (any_) out_.push_back(']');
  }

 private:
  std::string& out_;
  bool any_ = false;
};

struct Side {
  std::vector<std::pair<int64_t, double>> buckets;  // Index and count, ascending.
};

Side SideOf(const kvs_histogram_columns_t& h, const uint32_t* span_begin, const uint32_t* bucket_begin, uint32_t i) {
  Side side;
  int64_t index = 0;
  uint32_t bucket = bucket_begin[i];
  for (uint32_t s = span_begin[i]; s < span_begin[i + 1]; ++s) {
    index += h.span_offset[s];
    for (uint32_t n = 0; n < h.span_length[s] && bucket < bucket_begin[i + 1]; ++n, ++index, ++bucket) {
      side.buckets.emplace_back(index, std::bit_cast<double>(h.bucket[bucket]));
    }
  }
  return side;
}

}  // namespace

void AppendLabels(std::string& out, const kvs_label_columns_t& labels, uint32_t row) {
  out.push_back('{');
  for (uint32_t i = labels.begin[row]; i < labels.begin[row + 1]; i += 2) {
    if (i != labels.begin[row]) out.push_back(',');
    http::AppendJsonString(out, sdk::View(labels.symbols[labels.refs[i]]));
    out.push_back(':');
    http::AppendJsonString(out, sdk::View(labels.symbols[labels.refs[i + 1]]));
  }
  out.push_back('}');
}

void AppendHistogram(std::string& out, const kvs_histogram_columns_t& h, uint32_t i) {
  out.append("{\"count\":");
  AppendQuotedFloat(out, std::bit_cast<double>(h.count[i]));
  out.append(",\"sum\":");
  AppendQuotedFloat(out, h.sum[i]);
  {
    const int32_t schema = h.schema[i];
    const uint32_t custom_begin = h.custom_begin == nullptr ? 0 : h.custom_begin[i];
    const size_t n_custom = h.custom_begin == nullptr ? 0 : h.custom_begin[i + 1] - custom_begin;
    const double* const custom = h.custom_bound + custom_begin;
    const auto bound = [&](int64_t index) { return UpperBound(schema, index, custom, n_custom); };
    BucketWriter writer(out);
    // The zero bucket, however wide it has become, hides what lies below it.
    const double zero = h.zero_threshold[i], zero_count = std::bit_cast<double>(h.zero_count[i]);
    const auto visible = [zero](double low) { return low > 0 && low < zero ? zero : low; };
    const Side negative = SideOf(h, h.negative_span_begin, h.negative_bucket_begin, i);
    for (auto b = negative.buckets.rbegin(); b != negative.buckets.rend(); ++b) {
      writer.Add(kOpenRight, -bound(b->first), -visible(bound(b->first - 1)), b->second);
    }
    // Differences can be negative: then the zero bucket is left out, and no other.
    if (zero_count > 0) writer.Add(kClosed, -zero, zero, zero_count);
    for (const auto& [index, count] : SideOf(h, h.positive_span_begin, h.positive_bucket_begin, i).buckets) {
      // The lowest custom bucket includes minus infinity.
      const bool lowest = schema == chunk::kCustomBucketsSchema && index == 0;
      writer.Add(lowest ? kClosed : kOpenLeft, visible(bound(index - 1)), bound(index), count);
    }
  }
  out.push_back('}');
}

namespace {

void AppendHistogramPoint(std::string& out, const kvs_histogram_columns_t& h, uint32_t i) {
  out.push_back('[');
  http::AppendTimestamp(out, h.timestamp_ms[i]);
  out.push_back(',');
  AppendHistogram(out, h, i);
  out.push_back(']');
}

void AppendSeries(std::string& out, const kvs_query_result_t& result, uint32_t row, http::PointsWriter& points) {
  out.append("{\"metric\":");
  AppendLabels(out, result.labels, row);
  const uint32_t first = result.point_begin[row], last = result.point_begin[row + 1];
  const kvs_histogram_columns_t* const h = result.histograms;
  const bool has_histograms = h != nullptr && h->begin[row] != h->begin[row + 1];
  if (result.value_type == KVS_VALUE_VECTOR) {
    if (has_histograms) {
      out.append(",\"histogram\":");
      AppendHistogramPoint(out, *h, h->begin[row]);
    } else {
      out.append(",\"value\":");
      http::AppendPoint(out, result.timestamp_ms[first], result.value[first]);
    }
    out.push_back('}');
    return;
  }
  if (first != last) {
    out.append(",\"values\":[");
    points.Append(out, result.timestamp_ms + first, result.value + first, last - first);
    out.push_back(']');
  }
  if (has_histograms) {
    out.append(",\"histograms\":[");
    for (uint32_t p = h->begin[row]; p < h->begin[row + 1]; ++p) {
      if (p != h->begin[row]) out.push_back(',');
      AppendHistogramPoint(out, *h, p);
    }
    out.push_back(']');
  }
  out.push_back('}');
}

// Series begin to end - 1, with commas between.
void AppendSome(std::string& out, const kvs_query_result_t& result, uint32_t begin, uint32_t end) {
  // About what it takes: a text that grows by doubling is copied as often.
  constexpr size_t kBytesOfPoint = 40, kBytesOfLabels = 400;
  const size_t points = result.point_begin[end] - result.point_begin[begin];
  out.reserve(out.size() + (end - begin) * kBytesOfLabels + points * kBytesOfPoint);
  uint32_t most_points = 0;
  for (uint32_t row = begin; row < end; ++row) {
    most_points = std::max(most_points, result.point_begin[row + 1] - result.point_begin[row]);
  }
  http::PointsWriter writer(most_points);
  for (uint32_t row = begin; row < end; ++row) {
    if (row > begin) out.push_back(',');
    AppendSeries(out, result, row, writer);
  }
}

// The first `n` series. Many are written side by side, in pieces.
void AppendAllSeries(std::string& out, std::vector<std::string>& more, const kvs_query_result_t& result, uint32_t n,
                     const sdk::Executor& executor) {
  if (n == 0) return;
  constexpr uint32_t kPointsOfPart = 16384, kSeriesOfPart = 4096;
  std::vector<uint32_t> begins{0};
  for (uint32_t row = 1; row < n; ++row) {
    const uint32_t begin = begins.back();
    const uint32_t points = result.point_begin[row] - result.point_begin[begin];
    if (points >= kPointsOfPart || row - begin >= kSeriesOfPart) begins.push_back(row);
  }
  begins.push_back(n);
  const size_t n_parts = begins.size() - 1;
  if (n_parts == 1) return AppendSome(out, result, 0, n);
  const size_t first = more.size();
  more.resize(first + n_parts);
  executor.Parallel(n_parts, 0, [&](uint64_t i) {
    std::string& piece = more[first + i];
    if (i > 0) piece.push_back(',');
    AppendSome(piece, result, begins[i], begins[i + 1]);
  });
}

}  // namespace

void AppendResult(std::string& out, std::vector<std::string>& more, const kvs_query_result_t& result, uint64_t limit,
                  const sdk::Executor& executor) {
  switch (result.value_type) {
    case KVS_VALUE_SCALAR:
      out.append(R"({"resultType":"scalar","result":)");
      // Unlike those of samples, the number of a scalar never has an exponent.
      out.push_back('[');
      http::AppendTimestamp(out, result.timestamp_ms[0]);
      out.append(",\"");
      out.append(promql::FormatNumber(result.value[0]));
      out.append("\"]");
      break;
    case KVS_VALUE_STRING:
      out.append(R"({"resultType":"string","result":[)");
      http::AppendTimestamp(out, result.timestamp_ms[0]);
      out.push_back(',');
      http::AppendHtmlSafeJsonString(out, sdk::View(result.text));
      out.push_back(']');
      break;
    default: {
      out.append(result.value_type == KVS_VALUE_VECTOR ? R"({"resultType":"vector","result":[)"
                                                       : R"({"resultType":"matrix","result":[)");
      const uint64_t n = limit == 0 ? result.n_series : std::min<uint64_t>(limit, result.n_series);
      AppendAllSeries(out, more, result, static_cast<uint32_t>(n), executor);
      (more.empty() ? out : more.back()).push_back(']');
    }
  }
  std::string& end = more.empty() ? out : more.back();
  if (result.stats_json.size > 0) StrAppend(end, ",\"stats\":", sdk::View(result.stats_json));
  if (result.explain_json.size > 0) StrAppend(end, ",\"explain\":", sdk::View(result.explain_json));
  end.push_back('}');
}

}  // namespace kvs::api::prometheus

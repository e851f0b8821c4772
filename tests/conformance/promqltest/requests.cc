// SPDX-License-Identifier: Apache-2.0
#include "requests.h"

#include <bit>
#include <cstdint>
#include <variant>
#include <vector>

#include "kvs/base/str_cat.h"
#include "kvs/http/json.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/testkit/promqltest/memory_source.h"
#include "kvs/testkit/promqltest/script.h"
#include "kvs/wire/remote_write.h"

namespace kvs::conformance {
namespace {

namespace pt = testkit::promqltest;

/// A histogram in the columns of a batch, which borrow it.
class HistogramParts {
 public:
  HistogramParts(const pt::HistogramSample& sample, int64_t start) {
    const chunk::FloatHistogram& h = sample.h;
    Split(h.positive_spans, positive_offset_, positive_length_);
    Split(h.negative_spans, negative_offset_, negative_length_);
    for (const double b : h.positive_buckets) positive_.push_back(std::bit_cast<uint64_t>(b));
    for (const double b : h.negative_buckets) negative_.push_back(std::bit_cast<uint64_t>(b));
    view_.timestamp_ms = sample.t;
    view_.start_timestamp_ms = start;
    view_.is_float = true;
    view_.reset_hint = static_cast<uint8_t>(h.reset_hint);
    view_.schema = h.schema;
    view_.zero_threshold = h.zero_threshold;
    view_.zero_count = std::bit_cast<uint64_t>(h.zero_count);
    view_.count = std::bit_cast<uint64_t>(h.count);
    view_.sum = h.sum;
    view_.positive_span_offset = positive_offset_;
    view_.positive_span_length = positive_length_;
    view_.negative_span_offset = negative_offset_;
    view_.negative_span_length = negative_length_;
    view_.positive_bucket = positive_;
    view_.negative_bucket = negative_;
    view_.custom_bound = h.custom_values;
  }
  HistogramParts(const HistogramParts&) = delete;
  HistogramParts& operator=(const HistogramParts&) = delete;
  const model::HistogramView& view() const { return view_; }

 private:
  static void Split(const std::vector<chunk::Span>& spans, std::vector<int32_t>& offsets,
                    std::vector<uint32_t>& lengths) {
    for (const chunk::Span& span : spans) {
      offsets.push_back(span.offset);
      lengths.push_back(span.length);
    }
  }
  std::vector<int32_t> positive_offset_, negative_offset_;
  std::vector<uint32_t> positive_length_, negative_length_;
  std::vector<uint64_t> positive_, negative_;
  model::HistogramView view_;
};

std::string WriteRequest(const pt::MemorySource& loaded) {
  model::WriteBatchBuilder builder(0);
  for (const auto& [labels, series] : loaded.series()) {
    if (!series.t.empty()) {
      builder.BeginSeries(labels);
      for (size_t i = 0; i < series.t.size(); ++i)
        builder.AddSample(series.t[i], series.v[i], series.starts.empty() ? 0 : series.starts[i]);
    }
    if (series.histograms.empty()) continue;
    builder.BeginSeries(labels);  // A series of a request has samples or histograms.
    for (size_t i = 0; i < series.histograms.size(); ++i) {
      const HistogramParts parts(series.histograms[i],
                                 series.histogram_starts.empty() ? 0 : series.histogram_starts[i]);
      builder.AddHistogram(parts.view());
    }
  }
  std::string body;
  wire::EncodeWriteRequestV2(builder.Finish(), &body);
  return body;
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

}  // namespace

StatusOr<std::string> RequestsOf(std::string_view name, std::string_view script) {
  KVS_ASSIGN_OR_RETURN(const std::vector<pt::Statement> statements, pt::ParseScript(name, script));
  std::string out;
  for (const pt::Statement& statement : statements) {
    if (std::holds_alternative<pt::ClearStatement>(statement)) {
      StrAppend(out, "{\"clear\":true}\n");
    } else if (const auto* load = std::get_if<pt::LoadStatement>(&statement)) {
      pt::MemorySource loaded;
      KVS_RETURN_IF_ERROR(loaded.Load(load->step_ms, load->lines, load->with_nhcb));
      StrAppend(out, "{\"write\":\"", Hex(WriteRequest(loaded)), "\"}\n");
    } else {
      const auto& eval = std::get<pt::EvalStatement>(statement);
      StrAppend(out, "{\"line\":", eval.line, ",\"query\":");
      http::AppendJsonString(out, eval.query);
      if (eval.range) {
        StrAppend(out, ",\"start\":", eval.start_ms, ",\"end\":", eval.end_ms,
                  ",\"step\":", eval.step_ms, "}\n");
      } else {
        StrAppend(out, ",\"time\":", eval.start_ms, "}\n");
      }
    }
  }
  return out;
}

}  // namespace kvs::conformance

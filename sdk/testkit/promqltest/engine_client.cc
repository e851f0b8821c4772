// SPDX-License-Identifier: Apache-2.0
// Reading the columns of a result.

#include "kvs/testkit/promqltest/engine_client.h"

#include <bit>

#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/query_set.h"
#include "kvs/sdk/str.h"

namespace kvs::testkit::promqltest {
namespace {

model::Labels ReadLabels(const kvs_label_columns_t& columns, uint32_t s) {
  std::vector<model::LabelView> views;
  for (uint32_t i = columns.begin[s]; i < columns.begin[s + 1]; i += 2) {
    views.push_back({sdk::View(columns.symbols[columns.refs[i]]),
                     sdk::View(columns.symbols[columns.refs[i + 1]])});
  }
  return model::Labels::FromSorted(views);
}

HistogramSample ReadHistogram(const kvs_histogram_columns_t& columns, uint32_t i) {
  HistogramSample out{columns.timestamp_ms[i], {}};
  chunk::FloatHistogram& h = out.h;
  h.reset_hint = static_cast<chunk::ResetHint>(columns.reset_hint[i]);
  h.schema = columns.schema[i];
  h.zero_threshold = columns.zero_threshold[i];
  h.zero_count = std::bit_cast<double>(columns.zero_count[i]);
  h.count = std::bit_cast<double>(columns.count[i]);
  h.sum = columns.sum[i];
  const auto spans = [&](uint32_t begin, uint32_t end, std::vector<chunk::Span>& to) {
    for (uint32_t k = begin; k < end; ++k)
      to.push_back({columns.span_offset[k], columns.span_length[k]});
  };
  const auto buckets = [&](uint32_t begin, uint32_t end, std::vector<double>& to) {
    for (uint32_t k = begin; k < end; ++k) to.push_back(std::bit_cast<double>(columns.bucket[k]));
  };
  spans(columns.positive_span_begin[i], columns.positive_span_begin[i + 1], h.positive_spans);
  spans(columns.negative_span_begin[i], columns.negative_span_begin[i + 1], h.negative_spans);
  buckets(columns.positive_bucket_begin[i], columns.positive_bucket_begin[i + 1],
          h.positive_buckets);
  buckets(columns.negative_bucket_begin[i], columns.negative_bucket_begin[i + 1],
          h.negative_buckets);
  if (columns.custom_begin != nullptr) {
    h.custom_values.assign(columns.custom_bound + columns.custom_begin[i],
                           columns.custom_bound + columns.custom_begin[i + 1]);
  }
  return out;
}

kvs_query_t InstantQuery(std::string_view query, int64_t at_ms) {
  auto record = sdk::Record<kvs_query_t>();
  record.text = sdk::Str(query);
  record.start_ms = at_ms;
  record.end_ms = at_ms;
  return record;
}

Answer ReadAnswer(const kvs_query_result_t& result) {
  Answer out;
  out.type = result.value_type;
  out.text = sdk::Text(result.text);
  for (uint64_t i = 0; i < result.n_warnings; ++i)
    out.warnings.push_back(sdk::Text(result.warnings[i]));
  for (uint64_t i = 0; i < result.n_infos; ++i) out.infos.push_back(sdk::Text(result.infos[i]));
  for (uint32_t s = 0; s < result.n_series; ++s) {
    AnswerSeries& series = out.series.emplace_back();
    series.labels = ReadLabels(result.labels, s);
    for (uint32_t p = result.point_begin[s]; p < result.point_begin[s + 1]; ++p) {
      series.points.emplace_back(result.timestamp_ms[p], result.value[p]);
    }
    if (result.histograms == nullptr) continue;
    for (uint32_t h = result.histograms->begin[s]; h < result.histograms->begin[s + 1]; ++h) {
      series.histograms.push_back(ReadHistogram(*result.histograms, h));
    }
  }
  return out;
}

}  // namespace

StatusOr<Answer> EngineClient::Instant(std::string_view query, int64_t at_ms) {
  return Ask(InstantQuery(query, at_ms));
}

std::vector<StatusOr<Answer>> EngineClient::Together(const std::vector<std::string>& queries,
                                                     int64_t at_ms) {
  sdk::QuerySet set;
  for (const std::string& query : queries) set.Add(InstantQuery(query, at_ms));
  const sdk::OwnedCall call("promqltest");
  set.Ask(engine_, sdk::Executor(), call, {});
  std::vector<StatusOr<Answer>> out;
  for (size_t i = 0; i < set.size(); ++i) {
    const Status& status = set.status(i);
    out.push_back(status.ok() ? StatusOr<Answer>(ReadAnswer(*set.TakeResult(i))) : status);
  }
  return out;
}

StatusOr<Answer> EngineClient::Range(std::string_view query, int64_t start_ms, int64_t end_ms,
                                     int64_t step_ms) {
  auto record = sdk::Record<kvs_query_t>();
  record.flags = KVS_QUERY_RANGE;
  record.text = sdk::Str(query);
  record.start_ms = start_ms;
  record.end_ms = end_ms;
  record.step_ms = step_ms;
  return Ask(record);
}

StatusOr<Answer> EngineClient::Ask(const kvs_query_t& query) {
  const sdk::OwnedCall call("promqltest");
  sdk::Owned<kvs_query_result_t> result;
  KVS_RETURN_IF_ERROR(sdk::Await(engine_.query(), call, &query, result.out()));
  return ReadAnswer(*result);
}

}  // namespace kvs::testkit::promqltest

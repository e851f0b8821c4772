// SPDX-License-Identifier: Apache-2.0
#include "query.h"

#include <algorithm>
#include <bit>
#include <span>

#include "kvs/model/series_key.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/query_priority.h"
#include "kvs/sdk/query_set.h"
#include "kvs/sdk/write_batch.h"
#include "kvs/sdk/write_origin.h"

namespace kvs::ruler {
std::string_view ReasonOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kOutOfRange:
    case StatusCode::kPermissionDenied:
    case StatusCode::kResourceExhausted:
      return "user";
    default:
      return "operator";
  }
}

StatusOr<QueryVector> QueryVector::Of(sdk::Owned<kvs_query_result_t> owned) {
  QueryVector out;
  out.result_ = std::move(owned);
  const kvs_query_result_t& result = *out.result_;
  if (result.value_type == KVS_VALUE_SCALAR) {
    out.samples.push_back({{}, result.value[0], -1});
    return out;
  }
  if (result.value_type != KVS_VALUE_VECTOR)
    return FailedPrecondition("rule result is not a vector or scalar");
  out.samples.reserve(result.n_series);
  std::vector<model::LabelView> labels;
  for (uint32_t i = 0; i < result.n_series; ++i) {
    labels.clear();
    for (uint32_t r = result.labels.begin[i]; r < result.labels.begin[i + 1]; r += 2) {
      labels.push_back({sdk::View(result.labels.symbols[result.labels.refs[r]]),
                        sdk::View(result.labels.symbols[result.labels.refs[r + 1]])});
    }
    QueryVector::Sample sample{model::Labels::FromSorted(labels), 0, -1};
    if (result.point_begin != nullptr && result.point_begin[i] < result.point_begin[i + 1]) {
      sample.value = result.value[result.point_begin[i]];
    } else if (result.histograms != nullptr &&
               result.histograms->begin[i] < result.histograms->begin[i + 1]) {
      sample.histogram = result.histograms->begin[i];
    } else {
      continue;
    }
    out.samples.push_back(std::move(sample));
  }
  return out;
}

chunk::FloatHistogram QueryVector::HistogramOf(const Sample& sample) const {
  const model::HistogramView view =
      sdk::HistogramAt(*histograms(), static_cast<uint32_t>(sample.histogram));
  const auto spans = [](std::span<const int32_t> offsets, std::span<const uint32_t> lengths) {
    std::vector<chunk::Span> out;
    for (size_t i = 0; i < offsets.size(); ++i) out.push_back({offsets[i], lengths[i]});
    return out;
  };
  const auto buckets = [](std::span<const uint64_t> bits) {
    std::vector<double> out;
    for (const uint64_t bucket : bits) out.push_back(std::bit_cast<double>(bucket));
    return out;
  };
  chunk::FloatHistogram out;
  out.schema = view.schema;
  out.zero_threshold = view.zero_threshold;
  out.zero_count = std::bit_cast<double>(view.zero_count);
  out.count = std::bit_cast<double>(view.count);
  out.sum = view.sum;
  out.positive_spans = spans(view.positive_span_offset, view.positive_span_length);
  out.negative_spans = spans(view.negative_span_offset, view.negative_span_length);
  out.positive_buckets = buckets(view.positive_bucket);
  out.negative_buckets = buckets(view.negative_bucket);
  out.custom_values.assign(view.custom_bound.begin(), view.custom_bound.end());
  return out;
}

std::vector<Answer> Querier::Instants(std::string_view owner, std::string_view tenants,
                                      const std::vector<std::string_view>& texts, int64_t at_ms,
                                      const kvs_cancel_t* cancel, int64_t lookback_ms) const {
  metrics_.queries.With({owner}).Add(static_cast<double>(texts.size()));
  sdk::QuerySet set;
  for (const std::string_view text : texts) {
    auto query = sdk::Record<kvs_query_t>();
    query.text = sdk::Str(text);
    query.start_ms = query.end_ms = at_ms;
    query.lookback_ms = lookback_ms;
    query.priority = sdk::kRulesPriority;
    set.Add(query);
  }
  sdk::OwnedCall call(tenants, cancel);
  call.WithTimeoutMs(timeout_ms_ * std::max<int64_t>(1, static_cast<int64_t>(texts.size())));
  set.Ask(engine_, executor_, call, {.max_parallel = max_parallel_, .timeout_ms = timeout_ms_});
  std::vector<Answer> out;
  out.reserve(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const Status& status = set.status(i);
    out.push_back({status.ok() ? QueryVector::Of(set.TakeResult(i)) : StatusOr<QueryVector>(status),
                   set.wall_ns(i)});
    const Status ended = out.back().vector.status();
    if (!ended.ok()) metrics_.queries_failed.With({owner, ReasonOf(ended)}).Add();
  }
  return out;
}

StatusOr<QueryVector> Querier::Instant(std::string_view owner, std::string_view tenants,
                                       std::string_view text, int64_t at_ms,
                                       const kvs_cancel_t* cancel, int64_t lookback_ms) const {
  return std::move(Instants(owner, tenants, {text}, at_ms, cancel, lookback_ms)[0].vector);
}

Status Appender::Write(std::string_view tenant, int64_t at_ms,
                       const std::vector<RuleSample>& samples, const kvs_cancel_t* cancel) const {
  if (samples.empty()) return OkStatus();
  metrics_.writes.With({tenant}).Add();
  model::WriteBatchBuilder builder(model::KeyHasher(secret_).Hash(tenant).lo);
  for (const RuleSample& sample : samples) {
    builder.BeginSeries(sample.labels);
    if (sample.columns == nullptr) {
      builder.AddSample(at_ms, sample.value);
    } else {
      model::HistogramView histogram = sdk::HistogramAt(*sample.columns, sample.histogram);
      histogram.timestamp_ms = at_ms;
      histogram.start_timestamp_ms = 0;  // It is the rule's own sample.
      builder.AddHistogram(histogram);
    }
  }
  // Of a pool that keeps none: the batch goes with the last sink that holds it.
  const auto batch = sdk::WriteBatchPool<std::string>(0, 0).Get();
  batch->batch = builder.Take();
  auto view = sdk::Record<kvs_write_view_t>();
  view.batch = batch->Publish();
  auto result = sdk::Record<kvs_write_result_t>();
  sdk::OwnedCall call(tenant, cancel);
  call.WithTimeoutMs(timeout_ms_);
  const sdk::RuleCall from_rule(call);
  const Status status = sdk::Await(sink_.write(), from_rule, &view, &result);
  if (!status.ok()) metrics_.writes_failed.With({tenant, ReasonOf(status)}).Add();
  return status;
}

}  // namespace kvs::ruler

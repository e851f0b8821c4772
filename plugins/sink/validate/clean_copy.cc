// SPDX-License-Identifier: Apache-2.0
#include "clean_copy.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "kvs/model/label_cursor.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/write_batch.h"

#include "label_rules.h"
#include "metadata_rules.h"

namespace kvs::sink::validate {
namespace {

template <typename T>
std::span<const T> Part(const T* column, const uint32_t* begin, uint32_t i) {
  return {column + begin[i], begin[i + 1] - begin[i]};
}

model::HistogramView HistogramAt(const kvs_histogram_columns_t& h, uint32_t i) {
  model::HistogramView view;
  view.timestamp_ms = h.timestamp_ms[i];
  if (h.start_timestamp_ms != nullptr) view.start_timestamp_ms = h.start_timestamp_ms[i];
  view.is_float = h.is_float[i] != 0;
  view.reset_hint = h.reset_hint[i];
  view.schema = h.schema[i];
  view.zero_threshold = h.zero_threshold[i];
  view.zero_count = h.zero_count[i];
  view.count = h.count[i];
  view.sum = h.sum[i];
  view.positive_span_offset = Part(h.span_offset, h.positive_span_begin, i);
  view.positive_span_length = Part(h.span_length, h.positive_span_begin, i);
  view.negative_span_offset = Part(h.span_offset, h.negative_span_begin, i);
  view.negative_span_length = Part(h.span_length, h.negative_span_begin, i);
  view.positive_bucket = Part(h.bucket, h.positive_bucket_begin, i);
  view.negative_bucket = Part(h.bucket, h.negative_bucket_begin, i);
  if (h.custom_begin != nullptr) view.custom_bound = Part(h.custom_bound, h.custom_begin, i);
  return view;
}

void AddExemplars(const kvs_exemplar_columns_t& e, uint32_t row, const std::vector<bool>* bad,
                  model::WriteBatchBuilder& out) {
  std::vector<model::LabelView> labels;
  for (uint32_t i = e.begin[row]; i < e.begin[row + 1]; ++i) {
    if (bad != nullptr && !bad->empty() && (*bad)[i]) continue;
    labels.clear();
    for (uint32_t l = e.label_begin[i]; l < e.label_begin[i + 1]; ++l) {
      labels.push_back({sdk::View(e.label[l].name), sdk::View(e.label[l].value)});
    }
    out.AddExemplar(e.timestamp_ms[i], e.value[i], labels);
  }
}

model::Labels Shortened(model::Labels labels, const TenantLimits& limits) {
  const auto is_long = [&](const model::LabelView& label) {
    return IsTooLong(label.value, limits);
  };
  if (std::none_of(labels.begin(), labels.end(), is_long)) return labels;
  std::deque<std::string> texts;  // Which stay where they are.
  std::vector<model::LabelView> out;
  for (model::LabelView label : labels) {
    if (is_long(label)) {
      label.value = texts.emplace_back(Shorten(
          label.value, static_cast<size_t>(limits.max_label_value_length), limits.long_values));
    }
    out.push_back(label);
  }
  return model::Labels::FromSorted(out);
}

}  // namespace

SharedCopy::Ptr CleanCopy(const kvs_write_batch_t& batch, const Selection& what,
                          const TenantLimits& limits, uint64_t seed) {
  model::WriteBatchBuilder out(seed);
  const model::LabelSource source = sdk::LabelSourceOf(batch);
  for (const uint32_t row : what.rows) {
    model::LabelCursor cursor(source, row);
    out.BeginSeries(Shortened(model::CopyLabels(cursor), limits));
    for (uint32_t s = batch.sample_begin[row]; s < batch.sample_begin[row + 1]; ++s) {
      out.AddSample(batch.timestamp_ms[s], batch.value[s],
                    batch.start_timestamp_ms == nullptr ? 0 : batch.start_timestamp_ms[s]);
    }
    if (batch.histograms != nullptr) {
      for (uint32_t h = batch.histograms->begin[row]; h < batch.histograms->begin[row + 1]; ++h)
        out.AddHistogram(HistogramAt(*batch.histograms, h));
    }
    if (batch.exemplars != nullptr) AddExemplars(*batch.exemplars, row, what.bad_exemplars, out);
  }
  for (uint64_t i = 0; what.metadata && i < batch.n_metadata; ++i) {
    const kvs_metadata_t& m = batch.metadata[i];
    if (IsRefusal(JudgeMetadata(m, limits))) continue;
    out.AddMetadata(sdk::View(m.metric), static_cast<model::MetricType>(m.type),
                    CutHelp(sdk::View(m.help), limits), sdk::View(m.unit));
  }
  // A pool that keeps nothing: the batch frees itself when its last holder lets go.
  sdk::WriteBatchPool<std::string> pool(0, 0);
  auto copy = pool.Get();
  copy->batch = out.Take();
  return SharedCopy::Ptr(copy.release()->Publish());
}

}  // namespace kvs::sink::validate

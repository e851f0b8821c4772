// SPDX-License-Identifier: Apache-2.0
#include "clean_copy.h"

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "kvs/model/label_cursor.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/write_batch.h"

#include "histogram_rules.h"
#include "label_rules.h"
#include "metadata_rules.h"

namespace kvs::sink::validate {
namespace {

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
  const kvs_histogram_columns_t* const histograms =
      limits.takes_native_histograms ? batch.histograms : nullptr;
  FittedHistogram fitted;
  for (const uint32_t row : what.rows) {
    model::LabelCursor cursor(source, row);
    out.BeginSeries(Shortened(model::CopyLabels(cursor), limits));
    for (uint32_t s = batch.sample_begin[row]; s < batch.sample_begin[row + 1]; ++s) {
      out.AddSample(batch.timestamp_ms[s], batch.value[s],
                    batch.start_timestamp_ms == nullptr ? 0 : batch.start_timestamp_ms[s]);
    }
    if (histograms != nullptr) {
      for (uint32_t h = histograms->begin[row]; h < histograms->begin[row + 1]; ++h)
        out.AddHistogram(
            fitted.Fit(sdk::HistogramAt(*histograms, h), limits.max_native_histogram_buckets));
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

// SPDX-License-Identifier: Apache-2.0
// Remote Write 1.0 and 2.0, encoding. Fields with default values are left out and fields stand in
// order of their numbers, as Prometheus writes them.
#include <bit>
#include <map>

#include "kvs/model/write_batch_builder.h"
#include "kvs/wire/protobuf.h"
#include "kvs/wire/protobuf_fields.h"
#include "kvs/wire/remote_write.h"

#include "histogram.h"

namespace kvs::wire {
namespace {

using model::LabelView;
using model::WriteBatch;

std::string_view Text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void AppendDouble(std::string& out, uint32_t field, double value) {
  if (std::bit_cast<uint64_t>(value) != 0) AppendDoubleField(out, field, value);
}

void AppendLabel(std::string& out, const LabelView& label) {
  const size_t begin = BeginMessage(out, 1);
  AppendText(out, 1, label.name);
  AppendText(out, 2, label.value);
  EndMessage(out, begin);
}

void AppendRefs(std::string& out, uint32_t field, std::span<const uint32_t> refs) {
  if (refs.empty()) return;
  const size_t begin = BeginMessage(out, field);
  for (const uint32_t ref : refs) AppendVarint(out, ref);
  EndMessage(out, begin);
}

// Calls `each` with the indices of the elements of series i; columns nobody filled have no offsets.
template <typename Each>
void ForSeries(const std::vector<uint32_t>& begin, uint32_t i, Each each) {
  if (begin.empty()) return;
  for (uint32_t k = begin[i]; k < begin[i + 1]; ++k) each(k);
}

void AppendSample(std::string& out, const WriteBatch& batch, uint32_t k,
                  bool with_start_timestamp) {
  const size_t begin = BeginMessage(out, 2);
  AppendDouble(out, 1, batch.value[k]);
  AppendNumber(out, 2, batch.timestamp_ms[k]);
  if (with_start_timestamp && !batch.start_timestamp_ms.empty()) {
    AppendNumber(out, 3, batch.start_timestamp_ms[k]);
  }
  EndMessage(out, begin);
}

}  // namespace

void EncodeWriteRequestV1(const WriteBatch& batch, std::string* out) {
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    const size_t series = BeginMessage(*out, 1);
    if (batch.layout() == model::LabelLayout::kProtobuf) {
      out->append(Text(batch.label_bytes[i].span()));
    } else {
      model::LabelCursor labels = batch.labels(i);
      for (LabelView label; labels.Next(&label);) AppendLabel(*out, label);
    }
    ForSeries(batch.sample_begin, i,
              [&](uint32_t k) { AppendSample(*out, batch, k, /*with_start_timestamp=*/false); });
    const model::ExemplarColumns& e = batch.exemplars;
    ForSeries(e.begin, i, [&](uint32_t k) {
      const size_t exemplar = BeginMessage(*out, 3);
      for (uint32_t l = e.label_begin[k]; l < e.label_begin[k + 1]; ++l) {
        AppendLabel(*out, {e.label[l].name.view(), e.label[l].value.view()});
      }
      AppendDouble(*out, 2, e.value[k]);
      AppendNumber(*out, 3, e.timestamp_ms[k]);
      EndMessage(*out, exemplar);
    });
    ForSeries(batch.histograms.begin, i, [&](uint32_t k) {
      const size_t histogram = BeginMessage(*out, 4);
      AppendHistogram(*out, batch.histograms.At(k), /*with_start_timestamp=*/false);
      EndMessage(*out, histogram);
    });
    EndMessage(*out, series);
  }
  for (const model::MetadataRef& m : batch.metadata) {
    const size_t metadata = BeginMessage(*out, 3);
    AppendNumber(*out, 1, m.type);
    AppendText(*out, 2, m.metric.view());
    AppendText(*out, 4, m.help.view());
    AppendText(*out, 5, m.unit.view());
    EndMessage(*out, metadata);
  }
}

void EncodeWriteRequestV2(const WriteBatch& batch, std::string* out) {
  model::WriteBatchBuilder table(0);  // Only for its symbols.
  std::map<std::string_view, const model::MetadataRef*> families;
  for (const model::MetadataRef& m : batch.metadata) families.emplace(m.metric.view(), &m);
  const auto metadata_of = [&](std::string_view metric) -> const model::MetadataRef* {
    if (const auto at = families.find(metric); at != families.end()) return at->second;
    for (const std::string_view suffix : {"_bucket", "_count", "_sum"}) {
      if (!metric.ends_with(suffix)) continue;
      const auto at = families.find(metric.substr(0, metric.size() - suffix.size()));
      if (at != families.end()) return at->second;
    }
    return nullptr;
  };

  std::string all_series;  // Behind the symbols, which are known last.
  std::vector<uint32_t> refs;
  for (uint32_t i = 0; i < batch.n_series(); ++i) {
    const size_t series = BeginMessage(all_series, 5);
    std::string_view metric;
    refs.clear();
    model::LabelCursor labels = batch.labels(i);
    for (LabelView label; labels.Next(&label);) {
      if (label.name == model::kMetricNameLabel) metric = label.value;
      refs.push_back(table.Symbol(label.name));
      refs.push_back(table.Symbol(label.value));
    }
    AppendRefs(all_series, 1, refs);
    ForSeries(batch.sample_begin, i, [&](uint32_t k) {
      AppendSample(all_series, batch, k, /*with_start_timestamp=*/true);
    });
    ForSeries(batch.histograms.begin, i, [&](uint32_t k) {
      const size_t histogram = BeginMessage(all_series, 3);
      AppendHistogram(all_series, batch.histograms.At(k), /*with_start_timestamp=*/true);
      EndMessage(all_series, histogram);
    });
    const model::ExemplarColumns& e = batch.exemplars;
    ForSeries(e.begin, i, [&](uint32_t k) {
      const size_t exemplar = BeginMessage(all_series, 4);
      refs.clear();
      for (uint32_t l = e.label_begin[k]; l < e.label_begin[k + 1]; ++l) {
        refs.push_back(table.Symbol(e.label[l].name.view()));
        refs.push_back(table.Symbol(e.label[l].value.view()));
      }
      AppendRefs(all_series, 1, refs);
      AppendDouble(all_series, 2, e.value[k]);
      AppendNumber(all_series, 3, e.timestamp_ms[k]);
      EndMessage(all_series, exemplar);
    });
    if (const model::MetadataRef* m = families.empty() ? nullptr : metadata_of(metric)) {
      const size_t metadata = BeginMessage(all_series, 5);
      AppendNumber(all_series, 1, m->type);
      AppendNumber(all_series, 3, table.Symbol(m->help.view()));
      AppendNumber(all_series, 4, table.Symbol(m->unit.view()));
      EndMessage(all_series, metadata);
    }
    EndMessage(all_series, series);
  }
  for (const model::StrRef& symbol : table.Finish().symbols)
    AppendBytesField(*out, 4, symbol.view());
  out->append(all_series);
}

}  // namespace kvs::wire

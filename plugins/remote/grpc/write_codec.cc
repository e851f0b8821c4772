// SPDX-License-Identifier: Apache-2.0
#include "write_codec.h"

#include <vector>

#include "kvs/records/codec.h"
#include "kvs/records/histograms.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::remote::grpc {
namespace {

using records::Decoder;
using records::Encoder;

// The rows of a view as a batch. Texts stay where they are.
void Gather(const kvs_write_view_t& view, model::WriteBatch* out) {
  const kvs_write_batch_t& batch = *view.batch;
  const auto layout = static_cast<model::LabelLayout>(batch.label_layout);
  out->Clear(layout);
  const auto* const symbols = reinterpret_cast<const model::StrRef*>(batch.symbols);
  out->symbols.assign(symbols, symbols + batch.n_symbols);
  const uint32_t n = view.rows == nullptr ? batch.n_series : view.n_rows;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t row = view.rows == nullptr ? i : view.rows[i];
    if (layout == model::LabelLayout::kProtobuf) {
      out->label_bytes.push_back({batch.label_bytes[row].data, batch.label_bytes[row].size});
    } else {
      out->label_refs.insert(out->label_refs.end(), batch.label_refs + batch.label_begin[row],
                             batch.label_refs + batch.label_begin[row + 1]);
    }
    for (uint32_t s = batch.sample_begin[row]; s < batch.sample_begin[row + 1]; ++s) {
      if (batch.start_timestamp_ms != nullptr) {
        out->AddSample(batch.timestamp_ms[s], batch.value[s], batch.start_timestamp_ms[s]);
      } else {
        out->AddSample(batch.timestamp_ms[s], batch.value[s]);
      }
    }
    if (batch.histograms != nullptr) {
      for (uint32_t h = batch.histograms->begin[row]; h < batch.histograms->begin[row + 1]; ++h) {
        out->AddHistogram(sdk::HistogramAt(*batch.histograms, h));
      }
    }
    if (batch.exemplars != nullptr) {
      const kvs_exemplar_columns_t& e = *batch.exemplars;
      for (uint32_t x = e.begin[row]; x < e.begin[row + 1]; ++x) {
        const auto* const labels = reinterpret_cast<const model::PairRef*>(e.label);
        out->AddExemplar(e.timestamp_ms[x], e.value[x], {labels + e.label_begin[x], labels + e.label_begin[x + 1]});
      }
    }
    out->EndSeries({batch.series_key[row].lo, batch.series_key[row].hi});
  }
  if (view.rows == nullptr) {
    const auto* const metadata = reinterpret_cast<const model::MetadataRef*>(batch.metadata);
    out->metadata.assign(metadata, metadata + batch.n_metadata);
  }
  out->Finish();
}

}  // namespace

std::string EncodeWrite(const kvs_write_view_t& view) {
  model::WriteBatch batch;
  Gather(view, &batch);
  Encoder out;
  out.Number(static_cast<uint32_t>(batch.layout()));
  out.Array(batch.series_key);
  if (batch.layout() == model::LabelLayout::kProtobuf) {
    out.Texts(batch.n_series(), [&](uint64_t i) {
      return std::string_view(reinterpret_cast<const char*>(batch.label_bytes[i].data), batch.label_bytes[i].size);
    });
  } else {
    out.Texts(batch.symbols.size(), [&](uint64_t i) { return batch.symbols[i].view(); });
    out.Array(batch.label_refs);
    out.Array(batch.label_begin);
  }
  out.Array(batch.timestamp_ms);
  out.Array(batch.value);
  out.Array(batch.start_timestamp_ms);
  out.Array(batch.sample_begin);
  sdk::WriteBatchColumns columns;
  EncodeHistograms(out, columns.Show(batch, nullptr)->histograms, batch.n_series());
  const model::ExemplarColumns& e = batch.exemplars;
  out.Array(e.timestamp_ms);
  out.Array(e.value);
  out.Texts(e.label.size() * 2, [&](uint64_t i) { return i % 2 == 0 ? e.label[i / 2].name.view() : e.label[i / 2].value.view(); });
  out.Array(e.begin);
  out.Array(e.label_begin);
  out.Texts(batch.metadata.size() * 3, [&](uint64_t i) {
    const model::MetadataRef& m = batch.metadata[i / 3];
    return i % 3 == 0 ? m.metric.view() : (i % 3 == 1 ? m.help.view() : m.unit.view());
  });
  for (const model::MetadataRef& m : batch.metadata) out.Number(m.type);
  return out.Take();
}

namespace {

template <typename T>
void Assign(std::vector<T>& to, const T* from, uint64_t n) {
  if (from != nullptr) to.assign(from, from + n);
}

void DecodeHistogramColumns(Decoder& in, uint32_t n_series, model::HistogramColumns* out) {
  auto h = sdk::Record<kvs_histogram_columns_t>();
  if (!DecodeHistograms(in, &h, n_series)) return;
  const uint32_t n = h.n_histograms;
  const uint32_t n_spans = std::max(h.positive_span_begin[n], h.negative_span_begin[n]);
  const uint32_t n_buckets = std::max(h.positive_bucket_begin[n], h.negative_bucket_begin[n]);
  Assign(out->begin, h.begin, n_series + 1);
  Assign(out->timestamp_ms, h.timestamp_ms, n);
  Assign(out->start_timestamp_ms, h.start_timestamp_ms, n);
  Assign(out->is_float, h.is_float, n);
  Assign(out->reset_hint, h.reset_hint, n);
  Assign(out->schema, h.schema, n);
  Assign(out->zero_threshold, h.zero_threshold, n);
  Assign(out->zero_count, h.zero_count, n);
  Assign(out->count, h.count, n);
  Assign(out->sum, h.sum, n);
  Assign(out->positive_span_begin, h.positive_span_begin, n + 1);
  Assign(out->negative_span_begin, h.negative_span_begin, n + 1);
  Assign(out->span_offset, h.span_offset, n_spans);
  Assign(out->span_length, h.span_length, n_spans);
  Assign(out->positive_bucket_begin, h.positive_bucket_begin, n + 1);
  Assign(out->negative_bucket_begin, h.negative_bucket_begin, n + 1);
  Assign(out->bucket, h.bucket, n_buckets);
  if (h.custom_begin != nullptr) {
    Assign(out->custom_begin, h.custom_begin, n + 1);
    Assign(out->custom_bound, h.custom_bound, h.custom_begin[n]);
  }
  if (out->is_float.empty()) out->is_float.resize(n);
  if (out->reset_hint.empty()) out->reset_hint.resize(n);
}

void DecodeExemplars(Decoder& in, uint32_t n_series, model::ExemplarColumns* out) {
  const auto times = in.Array<int64_t>();
  const double* const values = in.ArrayOf<double>(times.size());
  const std::vector<kvs_str_t> texts = in.Texts();
  const uint32_t* const begin = in.Offsets(n_series, times.size());
  const uint32_t* const label_begin = in.Offsets(times.size(), texts.size() / 2);
  if (times.empty()) return;
  if (values == nullptr || begin == nullptr || label_begin == nullptr || texts.size() % 2 != 0) return in.Damaged();
  out->timestamp_ms.assign(times.begin(), times.end());
  Assign(out->value, values, times.size());
  Assign(out->begin, begin, n_series + 1);
  Assign(out->label_begin, label_begin, times.size() + 1);
  for (size_t i = 0; i < texts.size(); i += 2) {
    out->label.push_back({{texts[i].data, texts[i].size}, {texts[i + 1].data, texts[i + 1].size}});
  }
}

}  // namespace

Status DecodeWrite(std::string_view message, model::WriteBatch* out) {
  Decoder in(message);
  const auto layout = static_cast<model::LabelLayout>(in.Small());
  if (layout != model::LabelLayout::kProtobuf && layout != model::LabelLayout::kSymbols) in.Damaged();
  out->Clear(layout);
  const auto keys = in.Array<model::Key128>();
  const auto n = static_cast<uint32_t>(keys.size());
  out->series_key.assign(keys.begin(), keys.end());
  const std::vector<kvs_str_t> texts = in.Texts();
  if (layout == model::LabelLayout::kProtobuf) {
    if (texts.size() != n) in.Damaged();
    for (const kvs_str_t& text : texts) out->label_bytes.push_back({reinterpret_cast<const uint8_t*>(text.data), text.size});
  } else {
    for (const kvs_str_t& text : texts) out->symbols.push_back({text.data, text.size});
    const auto refs = in.Array<uint32_t>();
    out->label_refs.assign(refs.begin(), refs.end());
    const uint32_t* const begin = in.Offsets(n, refs.size());
    if (n > 0 && begin == nullptr) in.Damaged();
    Assign(out->label_begin, begin, n + 1);
  }
  const auto times = in.Array<int64_t>();
  out->timestamp_ms.assign(times.begin(), times.end());
  Assign(out->value, in.ArrayOf<double>(times.size()), times.size());
  Assign(out->start_timestamp_ms, in.ArrayOf<int64_t>(times.size()), times.size());
  const uint32_t* const sample_begin = in.Offsets(n, times.size());
  if (out->value.size() != times.size() || (n > 0 && sample_begin == nullptr)) in.Damaged();
  Assign(out->sample_begin, sample_begin, n + 1);
  DecodeHistogramColumns(in, n, &out->histograms);
  DecodeExemplars(in, n, &out->exemplars);
  const std::vector<kvs_str_t> metadata = in.Texts();
  if (metadata.size() % 3 != 0) in.Damaged();
  for (size_t i = 0; in.ok() && i < metadata.size(); i += 3) {
    out->metadata.push_back({{metadata[i].data, metadata[i].size},
                             {metadata[i + 1].data, metadata[i + 1].size},
                             {metadata[i + 2].data, metadata[i + 2].size},
                             in.Small(),
                             0});
  }
  return in.status();
}

std::string EncodeWriteResult(const kvs_write_result_t& result) {
  Encoder out;
  out.Number(result.samples_accepted);
  out.Number(result.histograms_accepted);
  out.Number(result.exemplars_accepted);
  return out.Take();
}

Status DecodeWriteResult(std::string_view message, kvs_write_result_t* out) {
  Decoder in(message);
  out->samples_accepted = in.Number();
  out->histograms_accepted = in.Number();
  out->exemplars_accepted = in.Number();
  return in.status();
}

}  // namespace kvs::remote::grpc

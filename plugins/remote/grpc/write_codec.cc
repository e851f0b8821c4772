// SPDX-License-Identifier: Apache-2.0
#include "write_codec.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "kvs/model/label_cursor.h"
#include "kvs/model/label_records.h"
#include "kvs/records/codec.h"
#include "kvs/records/histograms.h"
#include "kvs/sdk/str.h"
#include "kvs/sdk/write_batch.h"

namespace kvs::remote::grpc {
namespace {

using records::Decoder;
using records::Encoder;

uint32_t RowOf(const kvs_write_view_t& view, uint32_t position) {
  return view.rows == nullptr ? position : view.rows[position];
}

// The columns of a view, which are those of its batch where all of it is meant. Texts stay where
// they are.
class Columns {
 public:
  enum class Labels { kWith, kWithout };

  Columns(const kvs_write_view_t& view, Labels labels) {
    if (view.rows == nullptr) {
      raw_ = view.batch;
      return;
    }
    Gather(view, labels);
    raw_ = shown_.Show(batch_, nullptr);
  }
  const kvs_write_batch_t& operator*() const { return *raw_; }
  const kvs_write_batch_t* operator->() const { return raw_; }

 private:
  void Gather(const kvs_write_view_t& view, Labels labels) {
    const kvs_write_batch_t& batch = *view.batch;
    const auto layout = static_cast<model::LabelLayout>(batch.label_layout);
    const bool with_labels = labels == Labels::kWith;
    batch_.Clear(with_labels ? layout : model::LabelLayout::kSymbols);  // Of no symbols.
    batch_.series_key.reserve(view.n_rows);
    batch_.timestamp_ms.reserve(view.n_rows);
    batch_.value.reserve(view.n_rows);
    batch_.sample_begin.reserve(view.n_rows + size_t{1});
    if (with_labels) {
      const auto* const symbols = reinterpret_cast<const model::StrRef*>(batch.symbols);
      batch_.symbols.assign(symbols, symbols + batch.n_symbols);
    }
    for (uint32_t i = 0; i < view.n_rows; ++i) {
      const uint32_t row = view.rows[i];
      if (with_labels && layout == model::LabelLayout::kProtobuf) {
        batch_.label_bytes.push_back({batch.label_bytes[row].data, batch.label_bytes[row].size});
      } else if (with_labels) {
        batch_.label_refs.insert(batch_.label_refs.end(), batch.label_refs + batch.label_begin[row],
                                 batch.label_refs + batch.label_begin[row + 1]);
      }
      GatherRow(batch, row);
      batch_.EndSeries({batch.series_key[row].lo, batch.series_key[row].hi});
    }
    batch_.Finish();
  }
  void GatherRow(const kvs_write_batch_t& batch, uint32_t row) {
    for (uint32_t s = batch.sample_begin[row]; s < batch.sample_begin[row + 1]; ++s) {
      if (batch.start_timestamp_ms != nullptr) {
        batch_.AddSample(batch.timestamp_ms[s], batch.value[s], batch.start_timestamp_ms[s]);
      } else {
        batch_.AddSample(batch.timestamp_ms[s], batch.value[s]);
      }
    }
    if (batch.histograms != nullptr) {
      for (uint32_t h = batch.histograms->begin[row]; h < batch.histograms->begin[row + 1]; ++h)
        batch_.AddHistogram(sdk::HistogramAt(*batch.histograms, h));
    }
    if (batch.exemplars != nullptr) {
      const kvs_exemplar_columns_t& e = *batch.exemplars;
      const auto* const pairs = reinterpret_cast<const model::PairRef*>(e.label);
      for (uint32_t x = e.begin[row]; x < e.begin[row + 1]; ++x)
        batch_.AddExemplar(e.timestamp_ms[x], e.value[x],
                           {pairs + e.label_begin[x], pairs + e.label_begin[x + 1]});
    }
  }

  const kvs_write_batch_t* raw_;
  model::WriteBatch batch_;
  sdk::WriteBatchColumns shown_;
};

uint32_t SamplesOf(const kvs_write_batch_t& batch) {
  return batch.n_series == 0 ? 0 : batch.sample_begin[batch.n_series];
}

// What stands behind the samples, in either form.
void EncodeRest(Encoder& out, const kvs_write_batch_t& batch) {
  EncodeHistograms(out, batch.histograms, batch.n_series);
  auto e = sdk::Record<kvs_exemplar_columns_t>();
  if (batch.exemplars != nullptr) e = *batch.exemplars;
  const uint32_t n = e.n_exemplars;
  out.Array(e.timestamp_ms, n);
  out.Array(e.value, n);
  out.Texts(n == 0 ? 0 : uint64_t{e.label_begin[n]} * 2, [&](uint64_t i) {
    return sdk::View(i % 2 == 0 ? e.label[i / 2].name : e.label[i / 2].value);
  });
  out.Array(e.begin, n == 0 ? 0 : batch.n_series + 1);
  out.Array(e.label_begin, n == 0 ? 0 : n + 1);
  out.Texts(batch.n_metadata * 3, [&](uint64_t i) {
    const kvs_metadata_t& m = batch.metadata[i / 3];
    return sdk::View(i % 3 == 0 ? m.metric : (i % 3 == 1 ? m.help : m.unit));
  });
  for (uint64_t i = 0; i < batch.n_metadata; ++i) out.Number(batch.metadata[i].type);
}

// Times of one write lie close together: a first one and how much later each is, or all of them as
// they are.
void EncodeTimes(Encoder& out, const int64_t* times, uint32_t n) {
  const auto [least, most] = std::minmax_element(times, times + n);
  const bool close =
      n > 0 && static_cast<uint64_t>(*most) - static_cast<uint64_t>(*least) <= UINT32_MAX;
  std::vector<uint32_t> later(close ? n : 0);
  for (uint32_t i = 0; close && i < n; ++i)
    later[i] =
        static_cast<uint32_t>(static_cast<uint64_t>(times[i]) - static_cast<uint64_t>(*least));
  out.Number(close ? *least : int64_t{0});
  out.Array(later);
  out.Array(times, close ? 0 : n);
}

// The label records of one series.
void AppendLabels(const kvs_write_batch_t& batch, uint32_t row, std::string& out) {
  if (batch.label_layout == KVS_LABELS_PROTOBUF) {
    out.append(sdk::TextOf(batch.label_bytes[row]));
    return;
  }
  model::LabelCursor labels(sdk::LabelSourceOf(batch), row);
  for (model::LabelView label; labels.Next(&label);)
    model::AppendLabelRecord(label.name, label.value, out);
}

// More than about this is rare.
size_t SizeWithoutLabels(uint32_t n_series, uint32_t n_samples) {
  return 1024 + size_t{n_series} * 20 + size_t{n_samples} * 20;
}

}  // namespace

std::string EncodeWrite(const kvs_write_view_t& view) {
  const Columns batch(view, Columns::Labels::kWith);
  const uint32_t n = batch->n_series, n_samples = SamplesOf(*batch);
  Encoder out(SizeWithoutLabels(n, n_samples));
  out.Number(batch->label_layout);
  out.Array(batch->series_key, n);
  if (batch->label_layout == KVS_LABELS_PROTOBUF) {
    out.Texts(n, [&](uint64_t i) { return sdk::TextOf(batch->label_bytes[i]); });
  } else {
    out.Texts(batch->symbols, batch->n_symbols);
    out.Array(batch->label_refs, n == 0 ? 0 : batch->label_begin[n]);
    out.Array(batch->label_begin, n == 0 ? 0 : n + 1);
  }
  out.Array(batch->timestamp_ms, n_samples);
  out.Array(batch->value, n_samples);
  out.Array(batch->start_timestamp_ms, batch->start_timestamp_ms == nullptr ? 0 : n_samples);
  out.Array(batch->sample_begin, n == 0 ? 0 : n + 1);
  EncodeRest(out, *batch);
  return out.Take();
}

std::string EncodeKnownWrite(const kvs_write_view_t& view, std::span<const uint32_t> told) {
  const Columns batch(view, Columns::Labels::kWithout);
  const uint32_t n = batch->n_series, n_samples = SamplesOf(*batch);
  Encoder out(SizeWithoutLabels(n, n_samples));
  out.Array(batch->series_key, n);
  out.Array(told.data(), told.size());
  std::vector<uint32_t> sizes;
  std::string labels;
  for (const uint32_t position : told) {
    const size_t before = labels.size();
    AppendLabels(*view.batch, RowOf(view, position), labels);
    sizes.push_back(static_cast<uint32_t>(labels.size() - before));
  }
  out.Array(sizes);
  out.Text(labels);
  EncodeTimes(out, batch->timestamp_ms, n_samples);
  out.Array(batch->value, n_samples);
  out.Array(batch->start_timestamp_ms, batch->start_timestamp_ms == nullptr ? 0 : n_samples);
  bool one_each = n_samples == n;
  for (uint32_t i = 0; one_each && i < n; ++i) one_each = batch->sample_begin[i] == i;
  out.Array(batch->sample_begin, one_each ? 0 : n + 1);
  EncodeRest(out, *batch);
  return out.Take();
}

uint32_t SeriesOf(const kvs_write_view_t& view) {
  return view.rows == nullptr ? view.batch->n_series : view.n_rows;
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
  if (values == nullptr || begin == nullptr || label_begin == nullptr || texts.size() % 2 != 0)
    return in.Damaged();
  out->timestamp_ms.assign(times.begin(), times.end());
  Assign(out->value, values, times.size());
  Assign(out->begin, begin, n_series + 1);
  Assign(out->label_begin, label_begin, times.size() + 1);
  for (size_t i = 0; i < texts.size(); i += 2) {
    out->label.push_back({{texts[i].data, texts[i].size}, {texts[i + 1].data, texts[i + 1].size}});
  }
}

void DecodeRest(Decoder& in, uint32_t n_series, model::WriteBatch* out) {
  DecodeHistogramColumns(in, n_series, &out->histograms);
  DecodeExemplars(in, n_series, &out->exemplars);
  const std::vector<kvs_str_t> metadata = in.Texts();
  if (metadata.size() % 3 != 0) in.Damaged();
  for (size_t i = 0; in.ok() && i < metadata.size(); i += 3) {
    out->metadata.push_back({{metadata[i].data, metadata[i].size},
                             {metadata[i + 1].data, metadata[i + 1].size},
                             {metadata[i + 2].data, metadata[i + 2].size},
                             in.Small(),
                             0});
  }
}

void DecodeTimes(Decoder& in, std::vector<int64_t>* out) {
  const int64_t least = in.Signed();
  const auto later = in.Array<uint32_t>();
  const auto times = in.Array<int64_t>();
  out->assign(times.begin(), times.end());
  if (!later.empty() && !times.empty()) in.Damaged();
  if (later.empty()) return;
  out->resize(later.size());
  for (size_t i = 0; i < later.size(); ++i)
    (*out)[i] = static_cast<int64_t>(static_cast<uint64_t>(least) + later[i]);
}

}  // namespace

Status DecodeWrite(std::string_view message, model::WriteBatch* out) {
  Decoder in(message);
  const auto layout = static_cast<model::LabelLayout>(in.Small());
  if (layout != model::LabelLayout::kProtobuf && layout != model::LabelLayout::kSymbols)
    in.Damaged();
  out->Clear(layout);
  const auto keys = in.Array<model::Key128>();
  const auto n = static_cast<uint32_t>(keys.size());
  out->series_key.assign(keys.begin(), keys.end());
  const std::vector<kvs_str_t> texts = in.Texts();
  if (layout == model::LabelLayout::kProtobuf) {
    if (texts.size() != n) in.Damaged();
    for (const kvs_str_t& text : texts)
      out->label_bytes.push_back({reinterpret_cast<const uint8_t*>(text.data), text.size});
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
  DecodeRest(in, n, out);
  return in.status();
}

Status DecodeKnownWrite(std::string_view message, model::WriteBatch* out,
                        std::vector<uint32_t>* told) {
  Decoder in(message);
  out->Clear(model::LabelLayout::kProtobuf);
  const auto keys = in.Array<model::Key128>();
  const auto n = static_cast<uint32_t>(keys.size());
  out->series_key.assign(keys.begin(), keys.end());
  out->label_bytes.resize(n);
  const auto rows = in.Array<uint32_t>();
  const std::vector<kvs_str_t> labels = in.Texts();
  if (labels.size() != rows.size()) in.Damaged();
  for (size_t i = 0; in.ok() && i < rows.size(); ++i) {
    if (rows[i] >= n || (i > 0 && rows[i] <= rows[i - 1])) {
      in.Damaged();
      break;
    }
    out->label_bytes[rows[i]] = {reinterpret_cast<const uint8_t*>(labels[i].data), labels[i].size};
  }
  told->assign(rows.begin(), rows.end());
  DecodeTimes(in, &out->timestamp_ms);
  const size_t n_samples = out->timestamp_ms.size();
  Assign(out->value, in.ArrayOf<double>(n_samples), n_samples);
  Assign(out->start_timestamp_ms, in.ArrayOf<int64_t>(n_samples), n_samples);
  const uint32_t* const sample_begin = in.Offsets(n, n_samples);
  if (out->value.size() != n_samples || (sample_begin == nullptr && n_samples != n)) in.Damaged();
  if (sample_begin != nullptr) {
    out->sample_begin.assign(sample_begin, sample_begin + n + 1);
  } else {
    out->sample_begin.resize(n + size_t{1});
    std::iota(out->sample_begin.begin(), out->sample_begin.end(), 0u);
  }
  DecodeRest(in, n, out);
  return in.status();
}

std::string EncodeMissing(const std::vector<uint32_t>& missing) {
  Encoder out;
  out.Array(missing);
  return out.Take();
}

Status DecodeMissing(std::string_view message, uint32_t n_series, std::vector<uint32_t>* out) {
  Decoder in(message);
  const auto missing = in.Array<uint32_t>();
  out->assign(missing.begin(), missing.end());
  for (size_t i = 0; i < out->size(); ++i) {
    if ((*out)[i] >= n_series || (i > 0 && (*out)[i] <= (*out)[i - 1])) in.Damaged();
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

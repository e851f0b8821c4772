// SPDX-License-Identifier: Apache-2.0
#include "source_codec.h"

#include "kvs/records/labels.h"
#include "kvs/sdk/owned.h"

namespace kvs::remote::grpc {
namespace {

using records::DecodeLabels;
using records::EncodeLabels;
using records::Message;

void EncodeMatchers(Encoder& out, const kvs_matchers_t& matchers) {
  out.Number(matchers.n);
  for (uint64_t i = 0; i < matchers.n; ++i) {
    out.Number(matchers.matchers[i].type);
    out.Text(matchers.matchers[i].name);
    out.Text(matchers.matchers[i].value);
  }
}

template <typename T>
kvs_matchers_t DecodeMatchers(Decoder& in, Decoded<T>* keep) {
  const uint64_t n = in.Number();
  std::vector<kvs_matcher_t> matchers;
  for (uint64_t i = 0; i < n && in.ok(); ++i) {
    kvs_matcher_t m{};
    m.type = static_cast<int32_t>(in.Signed());
    m.name = sdk::Str(in.Text());
    m.value = sdk::Str(in.Text());
    matchers.push_back(m);
  }
  keep->matchers.push_back(std::move(matchers));
  return {keep->matchers.back().data(), keep->matchers.back().size()};
}

}  // namespace

std::string EncodeSelect(const kvs_select_t& select) {
  Encoder out;
  out.Number(select.flags);
  out.Number(select.min_ms);
  out.Number(select.max_ms);
  EncodeMatchers(out, select.matchers);
  out.Text(select.func);
  out.Number(select.step_ms);
  out.Number(select.range_ms);
  out.Texts(select.labels, select.n_labels);
  out.Number(select.limit);
  out.Number(select.shard_index);
  out.Number(select.shard_count);
  out.Number(KVS_HAS(&select, kvs_select_t, resolution_ms) ? select.resolution_ms : 0);
  out.Number(KVS_HAS(&select, kvs_select_t, aggregates) ? select.aggregates : 0);
  return out.Take();
}

Status DecodeSelect(std::string_view message, Decoded<kvs_select_t>* out) {
  Decoder in(message);
  kvs_select_t& select = out->value = sdk::Record<kvs_select_t>();
  select.flags = in.Small();
  select.min_ms = in.Signed();
  select.max_ms = in.Signed();
  select.matchers = DecodeMatchers(in, out);
  select.func = sdk::Str(in.Text());
  select.step_ms = in.Signed();
  select.range_ms = in.Signed();
  out->texts = in.Texts();
  select.labels = out->texts.data();
  select.n_labels = out->texts.size();
  select.limit = in.Number();
  select.shard_index = in.Small();
  select.shard_count = in.Small();
  select.resolution_ms = in.Signed();
  select.aggregates = in.Small();
  return in.status();
}

std::string EncodeLabelQuery(const kvs_label_query_t& query) {
  Encoder out;
  out.Number(query.min_ms);
  out.Number(query.max_ms);
  out.Text(query.name);
  out.Number(query.limit);
  out.Number(query.n_sets);
  for (uint64_t i = 0; i < query.n_sets; ++i) EncodeMatchers(out, query.sets[i]);
  return out.Take();
}

Status DecodeLabelQuery(std::string_view message, Decoded<kvs_label_query_t>* out) {
  Decoder in(message);
  kvs_label_query_t& query = out->value = sdk::Record<kvs_label_query_t>();
  query.min_ms = in.Signed();
  query.max_ms = in.Signed();
  query.name = sdk::Str(in.Text());
  query.limit = in.Number();
  const uint64_t n = in.Number();
  for (uint64_t i = 0; i < n && in.ok(); ++i) out->sets.push_back(DecodeMatchers(in, out));
  query.sets = out->sets.data();
  query.n_sets = out->sets.size();
  return in.status();
}

std::string EncodeMetadataQuery(const kvs_metadata_query_t& query) {
  Encoder out;
  out.Text(query.metric);
  out.Number(query.limit);
  out.Number(query.limit_per_metric);
  return out.Take();
}

Status DecodeMetadataQuery(std::string_view message, kvs_metadata_query_t* out) {
  Decoder in(message);
  *out = sdk::Record<kvs_metadata_query_t>();
  out->metric = sdk::Str(in.Text());
  out->limit = in.Number();
  out->limit_per_metric = in.Number();
  return in.status();
}

std::string EncodeSeriesBatch(const kvs_series_batch_t& batch) {
  Encoder out;
  EncodeLabels(out, batch.labels);
  const bool has_chunks = batch.chunk_begin != nullptr;
  out.Number(uint64_t{has_chunks ? 1u : 0u});
  if (!has_chunks) return out.Take();
  const uint32_t n = batch.chunk_begin[batch.n_series];
  out.Array(batch.chunk_begin, batch.n_series + 1);
  // Elements travel as they are, their pointers replaced by the payloads behind them.
  std::vector<kvs_chunk_t> chunks(batch.chunks, batch.chunks + n);
  for (kvs_chunk_t& chunk : chunks) chunk.data = nullptr;
  out.Array(chunks);
  out.Texts(n, [&](uint64_t i) {
    return std::string_view(reinterpret_cast<const char*>(batch.chunks[i].data), batch.chunks[i].size);
  });
  return out.Take();
}

StatusOr<kvs_series_batch_t*> DecodeSeriesBatch(std::string message) {
  struct Kept : Message {
    kvs_series_batch_t batch = sdk::Record<kvs_series_batch_t>();
    std::vector<kvs_str_t> symbols;
    std::vector<kvs_chunk_t> chunks;
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  kvs_series_batch_t& batch = kept->batch;
  DecodeLabels(in, &kept->symbols, &batch.labels);
  batch.n_series = batch.labels.n_series;
  if (in.Number() != 0) {
    const auto begin = in.Array<uint32_t>();
    const auto chunks = in.Array<kvs_chunk_t>();
    const std::vector<kvs_str_t> payloads = in.Texts();
    bool whole = in.ok() && begin.size() == batch.n_series + size_t{1} && payloads.size() == chunks.size() &&
                 begin[batch.n_series] == chunks.size();
    for (size_t i = 1; whole && i < begin.size(); ++i) whole = begin[i - 1] <= begin[i];
    kept->chunks.assign(chunks.begin(), chunks.end());
    for (size_t i = 0; whole && i < chunks.size(); ++i) {
      whole = kept->chunks[i].size == payloads[i].size;
      kept->chunks[i].data = reinterpret_cast<const uint8_t*>(payloads[i].data);
    }
    if (!whole) in.Damaged();
    batch.chunk_begin = begin.data();
    batch.chunks = kept->chunks.data();
  }
  KVS_RETURN_IF_ERROR(in.status());
  kept->copies = in.TakeCopies();
  batch.producer = kept.get();
  batch.release = [](kvs_series_batch_t* self) noexcept { delete static_cast<Kept*>(self->producer); };
  return &kept.release()->batch;
}

std::string EncodeStrings(const kvs_strings_t& strings) {
  Encoder out;
  out.Number(strings.truncated);
  out.Texts(strings.items, strings.n_items);
  return out.Take();
}

Status DecodeStrings(std::string message, kvs_strings_t* out) {
  struct Kept : Message {
    std::vector<kvs_str_t> items;
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  out->truncated = in.Small();
  kept->items = in.Texts();
  KVS_RETURN_IF_ERROR(in.status());
  out->items = kept->items.data();
  out->n_items = kept->items.size();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

std::string EncodeMetadataList(const kvs_metadata_list_t& list) {
  Encoder out;
  out.Texts(list.n_items * 3, [&](uint64_t i) {
    const kvs_metadata_t& m = list.items[i / 3];
    return sdk::View(i % 3 == 0 ? m.metric : (i % 3 == 1 ? m.help : m.unit));
  });
  for (uint64_t i = 0; i < list.n_items; ++i) out.Number(list.items[i].type);
  return out.Take();
}

Status DecodeMetadataList(std::string message, kvs_metadata_list_t* out) {
  struct Kept : Message {
    std::vector<kvs_metadata_t> items;
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  const std::vector<kvs_str_t> texts = in.Texts();
  if (texts.size() % 3 != 0) in.Damaged();
  for (size_t i = 0; in.ok() && i < texts.size(); i += 3) {
    kept->items.push_back({texts[i], texts[i + 1], texts[i + 2], in.Small(), 0});
  }
  KVS_RETURN_IF_ERROR(in.status());
  out->items = kept->items.data();
  out->n_items = kept->items.size();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

std::string EncodeExemplarList(const kvs_exemplar_list_t& list) {
  Encoder out;
  const kvs_exemplar_columns_t& e = list.exemplars;
  EncodeLabels(out, list.series);
  out.Array(e.timestamp_ms, e.n_exemplars);
  out.Array(e.value, e.n_exemplars);
  const uint32_t n_labels = e.n_exemplars == 0 ? 0 : e.label_begin[e.n_exemplars];
  out.Texts(uint64_t{n_labels} * 2, [&](uint64_t i) { return sdk::View(i % 2 == 0 ? e.label[i / 2].name : e.label[i / 2].value); });
  out.Array(e.begin, e.n_exemplars == 0 ? 0 : list.series.n_series + 1);
  out.Array(e.label_begin, e.n_exemplars == 0 ? 0 : e.n_exemplars + 1);
  return out.Take();
}

Status DecodeExemplarList(std::string message, kvs_exemplar_list_t* out) {
  struct Kept : Message {
    std::vector<kvs_str_t> symbols;
    std::vector<kvs_pair_t> labels;
    std::vector<uint32_t> no_exemplars;
  };
  auto kept = std::make_unique<Kept>();
  kept->bytes = std::move(message);
  Decoder in(kept->bytes);
  kvs_exemplar_columns_t& e = out->exemplars = sdk::Record<kvs_exemplar_columns_t>();
  DecodeLabels(in, &kept->symbols, &out->series);
  const auto times = in.Array<int64_t>();
  e.n_exemplars = static_cast<uint32_t>(times.size());
  e.timestamp_ms = times.data();
  e.value = in.ArrayOf<double>(times.size());
  const std::vector<kvs_str_t> texts = in.Texts();
  for (size_t i = 0; i + 1 < texts.size(); i += 2) kept->labels.push_back({texts[i], texts[i + 1]});
  e.label = kept->labels.data();
  e.begin = in.Offsets(out->series.n_series, times.size());
  e.label_begin = in.Offsets(times.size(), kept->labels.size());
  if (!times.empty() && (e.value == nullptr || e.begin == nullptr || e.label_begin == nullptr)) in.Damaged();
  if (e.begin == nullptr) {
    kept->no_exemplars.resize(out->series.n_series + size_t{1});
    e.begin = kept->no_exemplars.data();
    e.label_begin = kept->no_exemplars.data();
  }
  KVS_RETURN_IF_ERROR(in.status());
  kept->copies = in.TakeCopies();
  sdk::HandOut(*out, std::move(kept));
  return OkStatus();
}

}  // namespace kvs::remote::grpc

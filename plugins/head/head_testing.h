// SPDX-License-Identifier: Apache-2.0
// What the tests of the head share: an index of maps, batches from lines of code, answers as text.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kvs/chunk/histogram_decoder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/model/labels.h"
#include "kvs/model/write_batch_builder.h"
#include "kvs/sdk/owned.h"
#include "kvs/sdk/str.h"

#include "head.h"

namespace kvs::head {

inline constexpr int64_t kMinute = 60'000;
inline constexpr int64_t kHour = 60 * kMinute;
inline constexpr int64_t kStart = 1'700'000'000'000;
inline constexpr int64_t kBegin = 1'700'006'400'000;  // A block begins here.

/// What a head answers: samples as text, by labels.
using Answers = std::map<std::string, std::string>;


/// A folder that is gone at the end.
class TempFolder {
 public:
  TempFolder() {
    // In memory where that is possible: hundreds of logs are opened, and none has to survive the
    // machine.
    const std::string memory = "/dev/shm";
    const bool has_memory = ::access(memory.c_str(), W_OK) == 0;
    std::string path =
        (has_memory ? memory : std::filesystem::temp_directory_path().string()) + "/head-XXXXXX";
    path_ = ::mkdtemp(path.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// An index of maps. Matchers: equality only. [any]
class FakeIndex final : public sdk::Indexer {
 public:
  sdk::Outcome Resolve(const sdk::Call& call, const kvs_write_view_t& in, kvs_resolved_t& out,
                       sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    Known& known = tenants_[std::string(call.tenant())];
    const uint32_t n = in.rows == nullptr ? in.batch->n_series : in.n_rows;
    for (uint32_t i = 0; i < n; ++i) {
      const uint32_t row = in.rows == nullptr ? i : in.rows[i];
      model::LabelSource source;
      source.layout = static_cast<model::LabelLayout>(in.batch->label_layout);
      source.label_bytes = reinterpret_cast<const model::BytesRef*>(in.batch->label_bytes);
      source.label_begin = in.batch->label_begin;
      source.label_refs = in.batch->label_refs;
      source.symbols = reinterpret_cast<const model::StrRef*>(in.batch->symbols);
      source.n_symbols = in.batch->n_symbols;
      model::LabelCursor cursor(source, row);
      const model::Labels labels = model::CopyLabels(cursor);
      const bool none_of_metric = sdk::MaxPerMetric(out) != UINT32_MAX &&
                                  CountOfMetric(known, labels) >= sdk::MaxPerMetric(out);
      const bool is_full = none_of_metric || out.n_created >= sdk::MaxCreated(out);
      if (is_full && !known.ids.contains(labels)) {
        out.ids[i] = KVS_NO_ID;
        out.created[i] = none_of_metric ? KVS_CREATED_NONE_OF_METRIC : 0;
        continue;
      }
      auto [at, is_new] = known.ids.emplace(labels, 0);
      if (is_new) {
        if (known.free.empty()) {
          at->second = static_cast<uint32_t>(known.labels.size());
          known.labels.push_back(labels);
        } else {
          at->second = known.free.back();
          known.free.pop_back();
          known.labels[at->second] = labels;
        }
        ++out.n_created;
      }
      out.ids[i] = at->second;
      out.created[i] = is_new ? 1 : 0;
      ++resolved_;
    }
    return OkStatus();
  }

  sdk::Outcome Select(const sdk::Call& call, const kvs_matchers_t& in, kvs_ids_t& out,
                      sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    const Known& known = tenants_[std::string(call.tenant())];
    auto ids = std::make_unique<std::vector<uint32_t>>();
    for (uint32_t id = 0; id < known.labels.size(); ++id) {
      if (known.labels[id].empty()) continue;
      bool matches = true;
      for (uint64_t m = 0; m < in.n; ++m) {
        matches = matches && known.labels[id].Get(sdk::View(in.matchers[m].name)) ==
                                 sdk::View(in.matchers[m].value);
      }
      if (matches) ids->push_back(id);
    }
    out.ids = ids->data();
    out.n_ids = ids->size();
    sdk::HandOut(out, std::move(ids));
    return OkStatus();
  }

  sdk::Outcome Labels(const sdk::Call& call, const kvs_labels_query_t& in, kvs_label_columns_t& out,
                      sdk::Completer&) override {
    struct Holder {
      std::vector<std::string> texts;
      std::vector<kvs_str_t> symbols;
      std::vector<uint32_t> begin{0};
      std::vector<uint32_t> refs;
    };
    const std::lock_guard lock(mutex_);
    const Known& known = tenants_[std::string(call.tenant())];
    auto holder = std::make_unique<Holder>();
    for (uint64_t i = 0; i < in.n_ids; ++i) {
      if (in.ids[i] >= known.labels.size() || known.labels[in.ids[i]].empty())
        return NotFound("no id ", in.ids[i]);
      for (const model::LabelView& label : known.labels[in.ids[i]]) {
        bool wanted = in.has_names == 0;
        for (uint64_t n = 0; n < in.n_names; ++n)
          wanted = wanted || sdk::View(in.names[n]) == label.name;
        if (!wanted) continue;
        for (const std::string_view text : {label.name, label.value}) {
          holder->refs.push_back(static_cast<uint32_t>(holder->texts.size()));
          holder->texts.emplace_back(text);
        }
      }
      holder->begin.push_back(static_cast<uint32_t>(holder->refs.size()));
    }
    for (const std::string& text : holder->texts) holder->symbols.push_back(sdk::Str(text));
    out.n_series = static_cast<uint32_t>(in.n_ids);
    out.symbols = holder->symbols.data();
    out.n_symbols = holder->symbols.size();
    out.begin = holder->begin.data();
    out.refs = holder->refs.data();
    sdk::HandOut(out, std::move(holder));
    return OkStatus();
  }

  sdk::Outcome LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t& out,
                          sdk::Completer&) override {
    static constexpr kvs_str_t kName = {"asked", 5};
    out.items = &kName;
    out.n_items = 1;
    return OkStatus();
  }
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override {
    return LabelNames(call, in, out, completer);
  }
  sdk::Outcome Remove(const sdk::Call& call, const kvs_ids_t& in, sdk::Completer&) override {
    const std::lock_guard lock(mutex_);
    Known& known = tenants_[std::string(call.tenant())];
    for (uint64_t i = 0; i < in.n_ids; ++i) {
      known.ids.erase(known.labels[in.ids[i]]);
      known.labels[in.ids[i]] = model::Labels();
      known.free.push_back(in.ids[i]);
    }
    return OkStatus();
  }
  sdk::Outcome Stats(const sdk::Call&, kvs_index_stats_t&, sdk::Completer&) override {
    return OkStatus();
  }

  /// Rows that were resolved so far.
  uint64_t resolved() const {
    const std::lock_guard lock(mutex_);
    return resolved_;
  }
  size_t n_series(const std::string& tenant) const {
    const std::lock_guard lock(mutex_);
    const auto found = tenants_.find(tenant);
    return found == tenants_.end() ? 0 : found->second.ids.size();
  }

 private:
  struct Known {
    std::map<model::Labels, uint32_t> ids;
    std::vector<model::Labels> labels;
    std::vector<uint32_t> free;
  };
  static size_t CountOfMetric(const Known& known, const model::Labels& of) {
    size_t n = 0;
    for (const auto& [labels, id] : known.ids)
      n += labels.Get("__name__") == of.Get("__name__") ? 1 : 0;
    return n;
  }
  mutable std::mutex mutex_;
  std::map<std::string, Known> tenants_;
  uint64_t resolved_ = 0;
};

/// The C side of a batch; borrows it. Nobody may keep it.
class BatchView {
 public:
  explicit BatchView(const model::WriteBatch& batch) {
    ref_ = sdk::Record<kvs_ref_t>();
    ref_.retain = [](kvs_ref_t*) noexcept {};
    ref_.release = [](kvs_ref_t*) noexcept {};
    raw_ = sdk::Record<kvs_write_batch_t>();
    raw_.label_layout = static_cast<uint32_t>(batch.layout());
    raw_.ref = &ref_;
    raw_.n_series = batch.n_series();
    raw_.n_samples = batch.n_samples();
    raw_.series_key = reinterpret_cast<const kvs_key128_t*>(batch.series_key.data());
    raw_.label_bytes = reinterpret_cast<const kvs_bytes_t*>(batch.label_bytes.data());
    raw_.label_begin = batch.label_begin.data();
    raw_.label_refs = batch.label_refs.data();
    raw_.symbols = reinterpret_cast<const kvs_str_t*>(batch.symbols.data());
    raw_.n_symbols = batch.symbols.size();
    raw_.sample_begin = batch.sample_begin.data();
    raw_.timestamp_ms = batch.timestamp_ms.data();
    raw_.value = batch.value.data();
    if (!batch.start_timestamp_ms.empty())
      raw_.start_timestamp_ms = batch.start_timestamp_ms.data();
    if (batch.histograms.size() != 0) {
      const model::HistogramColumns& h = batch.histograms;
      histograms_ = sdk::Record<kvs_histogram_columns_t>();
      histograms_.n_histograms = h.size();
      histograms_.begin = h.begin.data();
      histograms_.timestamp_ms = h.timestamp_ms.data();
      if (!h.start_timestamp_ms.empty())
        histograms_.start_timestamp_ms = h.start_timestamp_ms.data();
      histograms_.is_float = h.is_float.data();
      histograms_.reset_hint = h.reset_hint.data();
      histograms_.schema = h.schema.data();
      histograms_.zero_threshold = h.zero_threshold.data();
      histograms_.zero_count = h.zero_count.data();
      histograms_.count = h.count.data();
      histograms_.sum = h.sum.data();
      histograms_.positive_span_begin = h.positive_span_begin.data();
      histograms_.negative_span_begin = h.negative_span_begin.data();
      histograms_.span_offset = h.span_offset.data();
      histograms_.span_length = h.span_length.data();
      histograms_.positive_bucket_begin = h.positive_bucket_begin.data();
      histograms_.negative_bucket_begin = h.negative_bucket_begin.data();
      histograms_.bucket = h.bucket.data();
      raw_.histograms = &histograms_;
    }
    if (batch.exemplars.size() != 0) {
      exemplars_ = sdk::Record<kvs_exemplar_columns_t>();
      exemplars_.n_exemplars = batch.exemplars.size();
      exemplars_.begin = batch.exemplars.begin.data();
      exemplars_.timestamp_ms = batch.exemplars.timestamp_ms.data();
      exemplars_.value = batch.exemplars.value.data();
      exemplars_.label_begin = batch.exemplars.label_begin.data();
      exemplars_.label = reinterpret_cast<const kvs_pair_t*>(batch.exemplars.label.data());
      raw_.exemplars = &exemplars_;
    }
    raw_.metadata = reinterpret_cast<const kvs_metadata_t*>(batch.metadata.data());
    raw_.n_metadata = batch.metadata.size();
    view_ = sdk::Record<kvs_write_view_t>();
    view_.batch = &raw_;
  }

  kvs_write_batch_t& raw() { return raw_; }
  kvs_write_view_t& view() { return view_; }

 private:
  kvs_ref_t ref_{};
  kvs_histogram_columns_t histograms_{};
  kvs_exemplar_columns_t exemplars_{};
  kvs_write_batch_t raw_{};
  kvs_write_view_t view_{};
};

/// Files that reserve nothing: in memory that would be work.
inline StatusOr<std::unique_ptr<wal::SegmentFile>> MakeLeanFile(const std::string& path) {
  class File final : public wal::SegmentFile {
   public:
    explicit File(std::unique_ptr<wal::SegmentFile> file) : file_(std::move(file)) {}
    Status Reserve(uint64_t) override { return OkStatus(); }
    Status Write(uint64_t offset, std::span<const uint8_t> bytes) override {
      return file_->Write(offset, bytes);
    }
    Status Sync() override { return file_->Sync(); }
    Status Truncate(uint64_t size) override { return file_->Truncate(size); }

   private:
    std::unique_ptr<wal::SegmentFile> file_;
  };
  KVS_ASSIGN_OR_RETURN(auto file, wal::MakeSegmentFile(path));
  return std::unique_ptr<wal::SegmentFile>(std::make_unique<File>(std::move(file)));
}

/// A head with an index, and verbs that read like sentences.
class HeadUnderTest {
 public:
  HeadUnderTest(const sdk::Host& host, Config config,
                wal::SegmentFileMaker make_file = &wal::MakeSegmentFile, StageHook on_stage = {})
      : head(host, std::move(config), std::move(make_file), std::move(on_stage)) {
    head.index = sdk::IndexerRef(sdk::IfaceOf<sdk::Indexer>(&index));
  }

  /// The end of a write; counts in `result`.
  Status Write(const model::WriteBatch& batch, const std::string& tenant = "a") {
    BatchView view(batch);
    return Write(view.view(), tenant);
  }
  Status Write(const kvs_write_view_t& view, const std::string& tenant = "a") {
    result = sdk::Record<kvs_write_result_t>();
    const sdk::OwnedCall call(tenant);
    return sdk::Await(sink().write(), call, &view, &result);
  }
  /// One sample of one series.
  Status Write(const model::Labels& labels, int64_t t, double v, const std::string& tenant = "a") {
    model::WriteBatchBuilder builder(kSeed);
    builder.BeginSeries(labels);
    builder.AddSample(t, v);
    return Write(builder.Finish(), tenant);
  }

  sdk::SinkRef sink() { return sdk::SinkRef(sdk::IfaceOf<sdk::SeriesSink>(&head)); }
  sdk::SourceRef source() { return sdk::SourceRef(sdk::IfaceOf<sdk::SeriesSource>(&head)); }

  struct SelectOptions {
    int64_t min_t = std::numeric_limits<int64_t>::min();
    int64_t max_t = std::numeric_limits<int64_t>::max();
    std::string name;  ///< Of the metric; empty: all.
    std::string_view func = {};
    uint32_t flags = 0;
    uint64_t limit = 0;
    uint32_t shard_index = 0;
    uint32_t shard_count = 0;
    std::vector<std::string> labels;
    std::string tenant = "a";
  };
  /// Series and their samples: {"up{a=\"b\"}": "1000=1 2000=2 ..."}; late chunks merged, histograms
  /// as "1000=h<count>", what counts since 900 as "1000=1@900".
  std::map<std::string, std::string> Read(const SelectOptions& options) {
    std::map<std::string, std::string> out;
    for (auto& [series, text] : ReadInOrder(options)) out[series] = text;
    return out;
  }
  std::map<std::string, std::string> Read() { return Read(SelectOptions()); }

  std::vector<std::pair<std::string, std::string>> ReadInOrder(const SelectOptions& options) {
    std::vector<std::pair<std::string, std::string>> out;
    const sdk::OwnedCall call(options.tenant);
    auto select = sdk::Record<kvs_select_t>();
    select.func = sdk::Str(options.func);
    select.flags = options.flags;
    select.min_ms = options.min_t;
    select.max_ms = options.max_t;
    const kvs_matcher_t matcher = {sdk::Str("__name__"), sdk::Str(options.name), KVS_MATCH_EQUAL,
                                   0};
    if (!options.name.empty()) select.matchers = {&matcher, 1};
    select.limit = options.limit;
    select.shard_index = options.shard_index;
    select.shard_count = options.shard_count;
    std::vector<kvs_str_t> names;
    for (const std::string& name : options.labels) names.push_back(sdk::Str(name));
    select.labels = names.data();
    select.n_labels = names.size();
    sdk::OpenSelection selection;
    last_status = sdk::Await(source().select(), call, &select, selection.out());
    while (last_status.ok()) {
      StatusOr<sdk::BatchPtr> batch = selection.Next(call);
      last_status = batch.status();
      if (!batch.ok() || *batch == nullptr) break;
      for (uint32_t s = 0; s < (*batch)->n_series; ++s) {
        out.emplace_back(SeriesText((*batch)->labels, s),
                         (*batch)->chunk_begin == nullptr ? "" : SamplesText(**batch, s));
      }
    }
    return out;
  }

  static constexpr uint64_t kSeed = 7;
  FakeIndex index;
  Head head;
  kvs_write_result_t result{};
  Status last_status;

 private:
  static std::string SeriesText(const kvs_label_columns_t& columns, uint32_t s) {
    std::vector<model::LabelView> labels;
    for (uint32_t i = columns.begin[s]; i < columns.begin[s + 1]; i += 2) {
      labels.push_back({sdk::View(columns.symbols[columns.refs[i]]),
                        sdk::View(columns.symbols[columns.refs[i + 1]])});
    }
    return model::FormatSeries(labels);
  }

  static std::string Since(int64_t start) { return start == 0 ? "" : StrCat("@", start); }

  static std::string SamplesText(const kvs_series_batch_t& batch, uint32_t s) {
    std::map<int64_t, std::string> samples;
    for (uint32_t c = batch.chunk_begin[s]; c < batch.chunk_begin[s + 1]; ++c) {
      const kvs_chunk_t& chunk = batch.chunks[c];
      const std::span<const uint8_t> bytes(chunk.data, chunk.size);
      int64_t t = 0;
      if (chunk.encoding == KVS_CHUNK_XOR) {
        double v = 0;
        chunk::XorDecoder decoder(bytes);
        while (decoder.Next(&t, &v)) samples[t] = StrCat(v);
        if (!decoder.status().ok()) samples[t] = decoder.status().ToString();
      } else if (chunk.encoding == static_cast<uint8_t>(chunk::Encoding::kXor2)) {
        double v = 0;
        int64_t start = 0;
        chunk::Xor2Decoder decoder(bytes);
        while (decoder.Next(&t, &v, &start)) samples[t] = StrCat(v, Since(start));
        if (!decoder.status().ok()) samples[t] = decoder.status().ToString();
      } else {
        chunk::FloatHistogramReader decoder(static_cast<chunk::Encoding>(chunk.encoding), bytes);
        chunk::FloatHistogram h;
        while (decoder.Next(&t, &h)) samples[t] = StrCat("h", h.count, Since(decoder.start()));
        if (!decoder.status().ok()) samples[t] = decoder.status().ToString();
      }
    }
    std::string text;
    for (const auto& [t, v] : samples) StrAppend(text, text.empty() ? "" : " ", t, "=", v);
    return text;
  }
};

/// A series of `n` samples, from `t` on, every `step`, with values i * i.
inline void AddSeries(model::WriteBatchBuilder& builder, const model::Labels& labels, int64_t t,
                      int64_t step, int n) {
  builder.BeginSeries(labels);
  for (int i = 0; i < n; ++i) builder.AddSample(t + i * step, static_cast<double>(i) * i);
}

}  // namespace kvs::head

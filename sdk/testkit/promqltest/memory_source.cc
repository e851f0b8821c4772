// SPDX-License-Identifier: Apache-2.0
// Loading, and handing out chunks.

#include "kvs/testkit/promqltest/memory_source.h"

#include <deque>

#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/xor.h"
#include "kvs/model/matcher.h"
#include "kvs/promql/series_description.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/promqltest/points.h"

#include "custom_buckets.h"

namespace kvs::testkit::promqltest {
namespace {

constexpr size_t kSamplesPerChunk = 50;

/// A batch and what it points at.
struct BatchHolder {
  kvs_series_batch_t batch = sdk::Record<kvs_series_batch_t>();
  std::vector<kvs_str_t> symbols;
  std::deque<std::string> texts;
  std::map<std::string, uint32_t> symbol_of;
  std::vector<uint32_t> label_begin{0};
  std::vector<uint32_t> refs;
  std::vector<uint32_t> chunk_begin{0};
  std::vector<kvs_chunk_t> chunks;
  std::deque<std::vector<uint8_t>> bytes;

  uint32_t Symbol(std::string_view text) {
    const auto [it, added] =
        symbol_of.try_emplace(std::string(text), static_cast<uint32_t>(symbols.size()));
    if (added) symbols.push_back(sdk::Str(texts.emplace_back(text)));
    return it->second;
  }

  void AddSeries(const model::Labels& labels, const StoredSeries& series, int64_t min_ms,
                 int64_t max_ms) {
    for (const model::LabelView& label : labels) {
      refs.push_back(Symbol(label.name));
      refs.push_back(Symbol(label.value));
    }
    label_begin.push_back(static_cast<uint32_t>(refs.size()));
    for (size_t i = 0; i < series.t.size(); i += kSamplesPerChunk) {
      const size_t end = std::min(series.t.size(), i + kSamplesPerChunk);
      if (series.t[end - 1] < min_ms || series.t[i] > max_ms) continue;
      chunk::XorChunkBuilder builder;
      for (size_t k = i; k < end; ++k) builder.Append(series.t[k], series.v[k]);
      const std::vector<uint8_t>& stored =
          bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
      chunks.push_back({series.t[i], series.t[end - 1], stored.data(),
                        static_cast<uint32_t>(stored.size()), static_cast<uint16_t>(end - i),
                        KVS_CHUNK_XOR, 0});
    }
    AddHistograms(series.histograms);
    chunk_begin.push_back(static_cast<uint32_t>(chunks.size()));
  }

  void AddHistograms(const std::vector<HistogramSample>& samples) {
    chunk::FloatHistogramChunkBuilder builder;
    int64_t first = 0;
    const auto ship = [&] {
      const std::vector<uint8_t>& stored =
          bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
      chunks.push_back({first, builder.last_t(), stored.data(),
                        static_cast<uint32_t>(stored.size()),
                        static_cast<uint16_t>(builder.count()), KVS_CHUNK_FLOAT_HISTOGRAM, 0});
    };
    for (const HistogramSample& sample : samples) {
      if (!builder.empty() &&
          builder.Append(sample.t, sample.h) == chunk::AppendOutcome::kNewChunk) {
        ship();
        builder.Cut();
      } else if (!builder.empty()) {
        continue;
      }
      first = sample.t;
      IgnoreOutcome(builder.Append(sample.t, sample.h));
    }
    if (!builder.empty()) ship();
  }
  static void IgnoreOutcome(chunk::AppendOutcome) {}  // An empty chunk takes anything.

  kvs_series_batch_t* Finish() {
    batch.n_series = static_cast<uint32_t>(label_begin.size() - 1);
    batch.labels = sdk::Record<kvs_label_columns_t>();
    batch.labels.n_series = batch.n_series;
    batch.labels.symbols = symbols.data();
    batch.labels.n_symbols = symbols.size();
    batch.labels.begin = label_begin.data();
    batch.labels.refs = refs.data();
    batch.chunk_begin = chunk_begin.data();
    batch.chunks = chunks.data();
    batch.producer = this;
    batch.release = [](kvs_series_batch_t* self) noexcept {
      delete static_cast<BatchHolder*>(self->producer);
    };
    return &batch;
  }
};

class Cursor final : public sdk::SeriesCursor {
 public:
  explicit Cursor(std::vector<std::unique_ptr<BatchHolder>> batches)
      : batches_(std::move(batches)) {}
  sdk::Outcome Next(const sdk::Call&, kvs_series_batch_t*& out, sdk::Completer&) override {
    if (next_ == batches_.size()) return sdk::End();
    out = batches_[next_++].release()->Finish();
    return OkStatus();
  }

 private:
  std::vector<std::unique_ptr<BatchHolder>> batches_;
  size_t next_ = 0;
};

}  // namespace

void MemorySource::Clear() {
  series_.clear();
}

void MemorySource::Append(const model::Labels& labels, int64_t t, double v) {
  StoredSeries& stored = series_[labels];
  stored.t.push_back(t);
  stored.v.push_back(v);
}

Status MemorySource::Load(int64_t step_ms, const std::vector<std::string>& lines, bool with_nhcb) {
  // Of a series that occurs twice in a block the later line counts.
  std::map<model::Labels, StoredSeries> block;
  for (const std::string& line : lines) {
    if (promql::IsStartTimestampLine(line)) continue;
    KVS_ASSIGN_OR_RETURN(const auto series, promql::ParseSeriesDescription(line));
    StoredSeries& stored = block[LabelsOf(series.labels)];
    stored = {};
    KVS_ASSIGN_OR_RETURN(const std::vector<Point> points, Unfold(series.items));
    int64_t t = -step_ms;
    for (const Point& point : points) {
      t += step_ms;
      if (point.kind == Point::Kind::kFloat) {
        stored.t.push_back(t);
        stored.v.push_back(point.value);
      } else if (point.kind == Point::Kind::kHistogram) {
        stored.histograms.push_back({t, point.histogram});
      }
    }
  }
  std::map<model::Labels, std::vector<HistogramSample>> converted;
  if (with_nhcb) {
    KVS_ASSIGN_OR_RETURN(converted, CustomBucketHistograms(block));
  }
  const auto append = [](const auto& from, auto& to) {
    to.insert(to.end(), from.begin(), from.end());
  };
  for (const auto& [labels, added] : block) {
    StoredSeries& stored = series_[labels];
    append(added.t, stored.t);
    append(added.v, stored.v);
    append(added.histograms, stored.histograms);
  }
  for (const auto& [labels, histograms] : converted) append(histograms, series_[labels].histograms);
  return OkStatus();
}

sdk::Outcome MemorySource::Select(const sdk::Call&, const kvs_select_t& in,
                                  kvs_series_cursor_t& out, sdk::Completer&) {
  std::vector<model::Matcher> matchers;
  for (uint64_t i = 0; i < in.matchers.n; ++i) {
    const kvs_matcher_t& m = in.matchers.matchers[i];
    KVS_ASSIGN_OR_RETURN(model::Matcher matcher,
                         model::Matcher::Make(static_cast<model::MatchType>(m.type),
                                              sdk::View(m.name), sdk::View(m.value)));
    matchers.push_back(std::move(matcher));
  }
  std::set<std::string_view> wanted;
  for (uint64_t i = 0; i < in.n_labels; ++i) wanted.insert(sdk::View(in.labels[i]));
  std::vector<std::unique_ptr<BatchHolder>> batches;
  for (const auto& [labels, series] : series_) {
    bool match = true;
    for (const model::Matcher& m : matchers) match = match && m.Matches(labels.Get(m.name()));
    if (!match) continue;
    if (batches.empty() || batches.back()->label_begin.size() > batch_series_) {
      batches.push_back(std::make_unique<BatchHolder>());
    }
    if ((in.flags & KVS_SELECT_HAS_LABELS) == 0) {
      batches.back()->AddSeries(labels, series, in.min_ms, in.max_ms);
      continue;
    }
    // Leaves out what nobody will look at, so that an engine that looks all the same is found out.
    model::LabelsBuilder projected;
    for (const model::LabelView& label : labels) {
      if (wanted.contains(label.name)) projected.Set(label.name, label.value);
    }
    batches.back()->AddSeries(projected.Build(), series, in.min_ms, in.max_ms);
  }
  sdk::HandOutCursor(out, std::make_unique<Cursor>(std::move(batches)));
  return OkStatus();
}

sdk::Outcome MemorySource::LabelNames(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                                      sdk::Completer&) {
  return Unimplemented("not for engines");
}
sdk::Outcome MemorySource::LabelValues(const sdk::Call&, const kvs_label_query_t&, kvs_strings_t&,
                                       sdk::Completer&) {
  return Unimplemented("not for engines");
}
sdk::Outcome MemorySource::Metadata(const sdk::Call&, const kvs_metadata_query_t&,
                                    kvs_metadata_list_t&, sdk::Completer&) {
  return Unimplemented("not for engines");
}
sdk::Outcome MemorySource::Exemplars(const sdk::Call&, const kvs_label_query_t&,
                                     kvs_exemplar_list_t&, sdk::Completer&) {
  return Unimplemented("not for engines");
}

}  // namespace kvs::testkit::promqltest

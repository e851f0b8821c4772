// SPDX-License-Identifier: Apache-2.0
// Loading, and handing out chunks.

#include "kvs/testkit/promqltest/memory_source.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "kvs/chunk/histogram_builder.h"
#include "kvs/chunk/xor.h"
#include "kvs/chunk/xor2.h"
#include "kvs/model/matcher.h"
#include "kvs/promql/series_description.h"
#include "kvs/sdk/str.h"
#include "kvs/testkit/promqltest/points.h"

#include "custom_buckets.h"

namespace kvs::testkit::promqltest {
namespace {

constexpr size_t kSamplesPerChunk = 50;

/// Where the samples begin of which somebody who asks for the newest one alone may see all: at the
/// newest that is no stale marker.
size_t FirstForNewest(const StoredSeries& series, int64_t max_ms) {
  for (size_t i = series.t.size(); i-- > 0;) {
    if (series.t[i] <= max_ms && !chunk::IsStaleNaN(series.v[i])) return i;
  }
  return 0;
}

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

  void AddSeries(const model::Labels& labels, const StoredSeries& series, const kvs_select_t& in) {
    const int64_t min_ms = in.min_ms;
    const int64_t max_ms = in.max_ms;
    const bool newest = in.step_ms == 0 && sdk::View(in.func) == "last_over_time";
    for (const model::LabelView& label : labels) {
      refs.push_back(Symbol(label.name));
      refs.push_back(Symbol(label.value));
    }
    label_begin.push_back(static_cast<uint32_t>(refs.size()));
    for (size_t i = newest ? FirstForNewest(series, max_ms) : 0; i < series.t.size();
         i += kSamplesPerChunk) {
      const size_t end = std::min(series.t.size(), i + kSamplesPerChunk);
      if (series.t[end - 1] < min_ms || series.t[i] > max_ms) continue;
      chunk::Encoding encoding = chunk::Encoding::kXor;
      if (series.starts.empty()) {
        chunk::XorChunkBuilder builder;
        for (size_t k = i; k < end; ++k) builder.Append(series.t[k], series.v[k]);
        bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
      } else {
        encoding = chunk::Encoding::kXor2;
        chunk::Xor2ChunkBuilder builder;
        for (size_t k = i; k < end; ++k) builder.Append(series.starts[k], series.t[k], series.v[k]);
        bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
      }
      chunks.push_back({series.t[i], series.t[end - 1], bytes.back().data(),
                        static_cast<uint32_t>(bytes.back().size()), static_cast<uint16_t>(end - i),
                        static_cast<uint8_t>(encoding), 0});
    }
    AddHistograms(series.histograms, series.histogram_starts);
    chunk_begin.push_back(static_cast<uint32_t>(chunks.size()));
  }

  void AddHistograms(const std::vector<HistogramSample>& samples,
                     const std::vector<int64_t>& starts) {
    chunk::FloatHistogramChunkBuilder builder(starts.empty() ? chunk::Starts::kNo
                                                             : chunk::Starts::kYes);
    int64_t first = 0;
    const auto ship = [&] {
      const std::vector<uint8_t>& stored =
          bytes.emplace_back(builder.bytes().begin(), builder.bytes().end());
      chunks.push_back(
          {first, builder.last_t(), stored.data(), static_cast<uint32_t>(stored.size()),
           static_cast<uint16_t>(builder.count()), static_cast<uint8_t>(builder.encoding()), 0});
    };
    for (size_t i = 0; i < samples.size(); ++i) {
      const HistogramSample& sample = samples[i];
      const int64_t start = starts.empty() ? 0 : starts[i];
      if (!builder.empty() &&
          builder.Append(sample.t, sample.h, start) == chunk::AppendOutcome::kNewChunk) {
        ship();
        builder.Cut();
      } else if (!builder.empty()) {
        continue;
      }
      first = sample.t;
      IgnoreOutcome(builder.Append(sample.t, sample.h, start));
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
  if (!stored.starts.empty()) stored.starts.push_back(0);
}

void MemorySource::Append(const model::Labels& labels, HistogramSample sample) {
  StoredSeries& stored = series_[labels];
  stored.histograms.push_back(std::move(sample));
  if (!stored.histogram_starts.empty()) stored.histogram_starts.push_back(0);
}

namespace {

/// Where the samples of a line of `load` begin, by position; empty without a line of starts above.
StatusOr<std::vector<std::optional<int64_t>>> StartOffsets(const std::string& line) {
  KVS_ASSIGN_OR_RETURN(const auto starts, promql::ParseStartTimestampLine(line));
  std::vector<std::optional<int64_t>> out;
  for (const auto& item : starts.items) {
    for (uint64_t i = 0; i < item.positions; ++i) {
      if (item.omitted) {
        out.emplace_back();
      } else {
        out.emplace_back(item.offset_ms + static_cast<int64_t>(i) * item.increment_ms);
      }
    }
  }
  return out;
}

/// Appends `from` to `to`, of which one may have no starts because all of its `n` are unknown.
void AppendStarts(const std::vector<int64_t>& from, size_t n_from, std::vector<int64_t>& to,
                  size_t n_to) {
  if (from.empty() && to.empty()) return;
  to.resize(n_to, 0);
  to.insert(to.end(), from.begin(), from.end());
  to.resize(n_to + n_from, 0);
}

}  // namespace

Status MemorySource::Load(int64_t step_ms, const std::vector<std::string>& lines, bool with_nhcb) {
  // Of a series that occurs twice in a block the later line counts.
  std::map<model::Labels, StoredSeries> block;
  std::vector<std::optional<int64_t>> offsets;
  for (const std::string& line : lines) {
    if (promql::IsStartTimestampLine(line)) {
      KVS_ASSIGN_OR_RETURN(offsets, StartOffsets(line));
      continue;
    }
    KVS_ASSIGN_OR_RETURN(const auto series, promql::ParseSeriesDescription(line));
    StoredSeries& stored = block[LabelsOf(series.labels)];
    stored = {};
    if (!offsets.empty() && offsets.size() != series.positions()) {
      return InvalidArgument(line, ": ", series.positions(), " values with ", offsets.size(),
                             " start timestamps above");
    }
    KVS_ASSIGN_OR_RETURN(const std::vector<Point> points, Unfold(series.items));
    for (size_t i = 0; i < points.size(); ++i) {
      const Point& point = points[i];
      const int64_t t = static_cast<int64_t>(i) * step_ms;
      if (!offsets.empty() && point.kind != Point::Kind::kOmitted) {
        (point.kind == Point::Kind::kFloat ? stored.starts : stored.histogram_starts)
            .push_back(offsets[i].has_value() ? t + *offsets[i] : 0);
      }
      if (point.kind == Point::Kind::kFloat) {
        stored.t.push_back(t);
        stored.v.push_back(point.value);
      } else if (point.kind == Point::Kind::kHistogram) {
        stored.histograms.push_back({t, point.histogram});
      }
    }
    offsets.clear();
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
    AppendStarts(added.starts, added.t.size(), stored.starts, stored.t.size());
    AppendStarts(added.histogram_starts, added.histograms.size(), stored.histogram_starts,
                 stored.histograms.size());
    append(added.t, stored.t);
    append(added.v, stored.v);
    append(added.histograms, stored.histograms);
  }
  for (const auto& [labels, histograms] : converted) {
    StoredSeries& stored = series_[labels];
    AppendStarts({}, histograms.size(), stored.histogram_starts, stored.histograms.size());
    append(histograms, stored.histograms);
  }
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
  std::vector<const std::pair<const model::Labels, StoredSeries>*> order;
  for (const auto& one : series_) order.push_back(&one);
  if (reversed_ && (in.flags & KVS_SELECT_SORTED) == 0) std::reverse(order.begin(), order.end());
  for (const auto* one : order) {
    const auto& [labels, series] = *one;
    bool match = true;
    for (const model::Matcher& m : matchers) match = match && m.Matches(labels.Get(m.name()));
    if (!match) continue;
    if (in.shard_count > 1 && model::LabelsHash(labels) % in.shard_count != in.shard_index)
      continue;
    if (batches.empty() || batches.back()->label_begin.size() > batch_series_) {
      batches.push_back(std::make_unique<BatchHolder>());
    }
    if ((in.flags & KVS_SELECT_HAS_LABELS) == 0) {
      batches.back()->AddSeries(labels, series, in);
      continue;
    }
    // Leaves out what nobody will look at, so that an engine that looks all the same is found out.
    model::LabelsBuilder projected;
    for (const model::LabelView& label : labels) {
      if (wanted.contains(label.name)) projected.Set(label.name, label.value);
    }
    batches.back()->AddSeries(projected.Build(), series, in);
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

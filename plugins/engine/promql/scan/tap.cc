// SPDX-License-Identifier: Apache-2.0
// The loop over the series of a batch.

#include "scan/tap.h"

#include <algorithm>
#include <atomic>

#include "scan/count_samples.h"
#include "scan/row_notes.h"
#include "scan/scan_vector.h"

namespace kvs::engine::promql {
namespace {

/// How far ahead of the series being decoded chunks are fetched.
constexpr uint32_t kSeriesAhead = 2;

/// Brings the chunks of series `s` nearer, which will be decoded soon: each lies somewhere else,
/// and decoding would wait for its first bytes.
void PrefetchChunks(const kvs_series_batch_t& batch, uint32_t s) {
  if (batch.chunk_begin == nullptr || s >= batch.n_series) return;
  constexpr uint32_t kLine = 64, kMostBytes = 8 * kLine;
  for (uint32_t c = batch.chunk_begin[s]; c < batch.chunk_begin[s + 1]; ++c) {
    const kvs_chunk_t& chunk = batch.chunks[c];
    const uint32_t bytes = std::min(chunk.size, kMostBytes);
    for (uint32_t at = 0; at < bytes; at += kLine) __builtin_prefetch(chunk.data + at);
  }
}

/// The parts of all taps for one batch.
struct Parts {
  std::vector<std::unique_ptr<Tap::Part>> of_tap;
};

class Pass {
 public:
  Pass(Query& query, const Selection& selection, std::string_view fixed_name,
       std::span<Tap* const> taps, StepSamples* counted)
      : query_(query),
        selection_(selection),
        fixed_name_(fixed_name),
        taps_(taps),
        counted_(counted),
        labels_first_(std::ranges::any_of(taps, [](const Tap* t) { return t->LabelsFirst(); })),
        labels_last_(std::ranges::any_of(taps, [](const Tap* t) { return !t->LabelsFirst(); })),
        done_(taps.size()) {}

  Status Run() {
    const Status status =
        ForEachBatch(query_, selection_, [this](Morsel& m) { return Process(m); });
    return AllDone() ? OkStatus() : status;
  }
  /// Whether there were aggregates that nobody had chosen.
  bool lacked_samples() const { return lacked_samples_.load(std::memory_order_relaxed); }

 private:
  bool AllDone() const {
    return std::ranges::all_of(done_, [](const auto& d) { return d.load(); });
  }

  Status Process(Morsel& m) {
    Parts parts;
    BeginParts(m, parts);
    const Tap& first = *taps_[0];
    const uint32_t steps = first.function().windows().grid.n;
    RowScratch scratch;
    Pulse pulse(query_);
    std::vector<std::vector<SeriesNotes>> noted(taps_.size());
    std::vector<StepSamples::Count> counts(counted_ == nullptr ? 0 : steps);
    int64_t read = 0;
    const WindowCounts windows_before = m.reader.windows_read();
    for (uint32_t s = 0; s < m.batch.n_series; ++s) {
      PrefetchChunks(m.batch, s + kSeriesAhead);
      KVS_ASSIGN_OR_RETURN(Samples samples, Read(m, s, first));
      AggregateView view = first.function().aggregate_view();
      if (samples.empty() && !samples.aggregated) continue;
      const auto n = static_cast<int64_t>(samples.n + samples.n_histograms);
      read += n;
      KVS_RETURN_IF_ERROR(query_.CheckSamples(n));
      if (!counts.empty()) CountSamples(first.function(), samples, counts);
      for (size_t k = 0; k < taps_.size(); ++k) {
        if (done_[k].load(std::memory_order_relaxed)) continue;
        // Samples are the same for all; of aggregates, functions look at different ones.
        if (samples.aggregated && taps_[k]->function().aggregate_view() != view) {
          KVS_ASSIGN_OR_RETURN(samples, Read(m, s, *taps_[k]));
          view = taps_[k]->function().aggregate_view();
        }
        if (samples.empty()) continue;
        Tap::Part& part = *parts.of_tap[k];
        KVS_ASSIGN_OR_RETURN(double* const room, part.Room(m.batch.n_series - s));
        RowOut row{room, {}};
        row.pulse = &pulse;
        const bool any = taps_[k]->function().Apply(samples, row, scratch);
        KVS_RETURN_IF_ERROR(pulse.status());
        if (row.notes != 0 && !taps_[k]->quiet())
          noted[k].push_back({s, row.notes, row.start_overlaps});
        if (!any) continue;
        if (part.Take(s, row)) continue;
        done_[k].store(true, std::memory_order_relaxed);
        if (AllDone()) return Aborted("no tap takes its rows");
      }
    }
    query_.samples_read.fetch_add(read, std::memory_order_relaxed);
    const WindowCounts windows = m.reader.windows_read().Less(windows_before);
    query_.AddWindowsRead(windows);
    if ((windows.five_minutes > 0 && selection_.resolution_ms < kFiveMinutesMs) ||
        (windows.one_hour > 0 && selection_.resolution_ms < kOneHourMs))
      lacked_samples_.store(true, std::memory_order_relaxed);
    if (!counts.empty()) counted_->Add(counts);
    EndParts(m, parts, noted);
    return in_order_.Put(m.sequence, std::move(parts));
  }

  StatusOr<Samples> Read(Morsel& m, uint32_t s, const Tap& tap) const {
    const RowFunction& function = tap.function();
    return m.reader.Read(m.batch, s, selection_.min_ms, selection_.max_ms,
                         {.keep_stale = function.keep_stale(),
                          .detect_resets = selection_.detect_resets,
                          .want_starts = function.want_starts(),
                          .view = function.aggregate_view(),
                          .lasting_ms = function.windows().range_ms});
  }

  void BeginParts(Morsel& m, Parts& parts) const {
    if (!labels_first_) return MakeParts(m, parts);
    const MutexLock lock(query_.labels.mutex());
    m.labels.Begin(m.batch.labels, query_.labels);
    MakeParts(m, parts);
  }
  void MakeParts(Morsel& m, Parts& parts) const {
    for (const Tap* tap : taps_) parts.of_tap.push_back(tap->Begin(query_, m));
  }

  void EndParts(Morsel& m, Parts& parts, const std::vector<std::vector<SeriesNotes>>& noted) const {
    const bool notes = std::ranges::any_of(noted, [](const auto& n) { return !n.empty(); });
    if (!labels_last_ && !notes) return;
    const MutexLock lock(query_.labels.mutex());
    if (!labels_first_) m.labels.Begin(m.batch.labels, query_.labels);
    for (size_t k = 0; k < taps_.size(); ++k) {
      if (!noted[k].empty()) AddBatchNotes(query_, m, noted[k], fixed_name_, taps_[k]->pos());
      if (!taps_[k]->LabelsFirst()) taps_[k]->End(query_, m, *parts.of_tap[k]);
    }
  }

  Query& query_;
  const Selection& selection_;
  const std::string_view fixed_name_;
  const std::span<Tap* const> taps_;
  StepSamples* const counted_;
  const bool labels_first_;
  const bool labels_last_;
  std::atomic<bool> lacked_samples_{false};
  std::vector<std::atomic<bool>> done_;  ///< Taps that take no more rows.
  InOrder<Parts> in_order_{[this](Parts&& parts) -> Status {
    for (size_t k = 0; k < taps_.size(); ++k) {
      if (done_[k].load(std::memory_order_relaxed)) continue;
      KVS_RETURN_IF_ERROR(taps_[k]->Merge(query_, std::move(parts.of_tap[k])));
    }
    return OkStatus();
  }};
};

/// Whether each tap looks at the newest sample of a series alone, and at nothing that the one
/// before it says.
bool OnlyNewest(std::span<Tap* const> taps, const Selection& selection) {
  return !selection.detect_resets && std::ranges::all_of(taps, [](const Tap* tap) {
    const RowFunction& function = tap->function();
    return function.keep_stale() && !function.want_starts() && function.windows().grid.n == 1;
  });
}

}  // namespace

bool ReadAlike(const RowFunction& a, const RowFunction& b) {
  return a.min_ms() == b.min_ms() && a.max_ms() == b.max_ms() && a.keep_stale() == b.keep_stale() &&
         a.want_starts() == b.want_starts();
}

Status ScanTaps(Query& query, const ast::VectorSelector& selector, std::string_view hint,
                int64_t resolution_ms, std::span<Tap* const> taps, StepSamples* counted) {
  Selection selection = SelectionFor(selector, taps[0]->function(), hint);
  if (!query.samples_only) {
    selection.resolution_ms = resolution_ms;
    for (const Tap* tap : taps)
      selection.aggregates |= AggregatesFor(tap->function().aggregate_view());
  }
  selection.detect_resets = query.histogram_stats;
  if (OnlyNewest(taps, selection)) {
    selection.func = kNewestHint;
    selection.step_ms = 0;
  }
  const std::string_view fixed_name = FixedName(selector);
  std::vector<std::string> labels;
  bool some = true;
  for (const Tap* tap : taps) {
    some = some && tap->Labels(labels);
    if (tap->function().possible_notes() == 0) continue;
    if (fixed_name.empty()) labels.emplace_back(ast::kMetricNameLabel);
    for (std::string& label : NoteLabels(query)) labels.push_back(std::move(label));
  }
  if (some) selection.labels = &labels;
  Pass pass(query, selection, fixed_name, taps, counted);
  KVS_RETURN_IF_ERROR(pass.Run());
  if (pass.lacked_samples()) {
    query.notes.Info("samples are past their retention, and aggregates stand in for them",
                     selector.pos);
  }
  return OkStatus();
}

}  // namespace kvs::engine::promql

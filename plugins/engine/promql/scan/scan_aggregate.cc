// SPDX-License-Identifier: Apache-2.0
// Partial accumulators, one a batch, merged in order.

#include "scan/scan_aggregate.h"

#include <atomic>

#include "aggregate/accumulator.h"
#include "scan/count_samples.h"
#include "scan/row_notes.h"

namespace kvs::engine::promql {
namespace {

/// The groups of one batch.
struct Partial {
  LabelIndex groups;
  std::unique_ptr<Accumulator> state;
};

/// Numbers the groups of a batch and remembers of which each series is.
class GroupsOfBatch {
 public:
  GroupsOfBatch(const Grouping& grouping, bool drop_now)
      : grouping_(grouping), drop_now_(drop_now) {}

  void Resolve(Morsel& m, LabelStore& store, LabelIndex& groups) {
    const uint32_t n = m.batch.n_series;
    of_series_.resize(n);
    for (uint32_t s = 0; s < n; ++s) {
      if (grouping_.single()) {
        key_.clear();
      } else if (grouping_.without()) {
        grouping_.KeyOf(m.labels.Read(s), key_);
      } else {
        const std::span<const uint32_t> refs = m.labels.ReadOnly(s, grouping_.names());
        key_.assign(refs.begin(), refs.end());
      }
      if (drop_now_) DropName();
      of_series_[s] = groups.IdOf(key_, store);
    }
  }
  uint32_t operator[](uint32_t s) const { return of_series_[s]; }

 private:
  void DropName() {
    size_t kept = 0;
    for (size_t i = 0; i < key_.size(); i += 2) {
      if (IsNameSymbol(key_[i])) continue;
      key_[kept] = key_[i];
      key_[kept + 1] = key_[i + 1];
      kept += 2;
    }
    key_.resize(kept);
  }

  const Grouping& grouping_;
  const bool drop_now_;
  std::vector<uint32_t> key_;
  std::vector<uint32_t> of_series_;
};

}  // namespace

StatusOr<std::optional<Vector>> ScanAggregate(Query& query, const ast::VectorSelector& selector,
                                              const RowFunction& function, std::string_view hint,
                                              NameUse names, ast::PosRange pos, ast::AggregateOp op,
                                              const std::vector<std::string>& labels,
                                              bool without) {
  const Grid& grid = function.windows().grid;
  const bool delayed = query.features.delayed_name_removal;
  const bool drop_now = names == NameUse::kDrop && !delayed;
  const std::string_view fixed_name = FixedName(selector);
  const bool read_name = function.possible_notes() != 0 && fixed_name.empty();
  const Grouping grouping(labels, without, query.labels);

  Selection selection = SelectionFor(selector, function, hint);
  selection.detect_resets = query.histogram_stats;
  std::vector<std::string> wanted = labels;
  if (!without) {
    if (read_name) wanted.emplace_back(ast::kMetricNameLabel);
    if (function.possible_notes() != 0) {
      for (std::string& label : NoteLabels(query)) wanted.push_back(std::move(label));
    }
    selection.labels = &wanted;
  }

  LabelIndex groups;
  Held held;
  const std::unique_ptr<Accumulator> total = MakeAccumulator(op, grid.n);
  InOrder<Partial> partials([&](Partial&& part) -> Status {
    const uint32_t before = groups.size();
    std::vector<uint32_t> target(part.groups.size());
    for (uint32_t g = 0; g < target.size(); ++g) target[g] = groups.IdOf(part.groups[g]);
    KVS_RETURN_IF_ERROR(query.Hold(held, static_cast<int64_t>(groups.size() - before) * grid.n));
    total->Resize(groups.size());
    for (uint32_t g = 0; g < target.size(); ++g) total->Merge(target[g], *part.state, g);
    return OkStatus();
  });
  std::atomic<bool> histograms{false};
  StepSamples counted(query.step_samples == nullptr ? 0 : grid.n);
  const auto process = [&](Morsel& m) -> Status {
    Partial part;
    GroupsOfBatch group_of(grouping, drop_now);
    {
      const MutexLock lock(query.labels.mutex());
      m.labels.Begin(m.batch.labels, query.labels);
      group_of.Resolve(m, query.labels, part.groups);
    }
    part.state = MakeAccumulator(op, grid.n);
    part.state->Resize(part.groups.size());

    RowScratch scratch;
    std::vector<double> values(grid.n);
    std::vector<SeriesNotes> noted;
    int64_t read = 0;
    std::vector<StepSamples::Count> counts(counted.counts().size());
    for (uint32_t s = 0; s < m.batch.n_series; ++s) {
      KVS_ASSIGN_OR_RETURN(
          const Samples samples,
          m.reader.Read(m.batch, s, selection.min_ms, selection.max_ms, function.keep_stale(),
                        selection.detect_resets, function.want_starts()));
      if (samples.empty()) continue;
      read += static_cast<int64_t>(samples.n + samples.n_histograms);
      KVS_RETURN_IF_ERROR(
          query.CheckSamples(static_cast<int64_t>(samples.n + samples.n_histograms)));
      if (!counts.empty()) CountSamples(function, samples, counts);
      RowOut row{values.data(), {}};
      const bool any = function.Apply(samples, row, scratch);
      if (!row.histograms.empty()) {
        histograms.store(true, std::memory_order_relaxed);
        return Aborted("histograms");
      }
      if (any) part.state->Add(group_of[s], row.values);
      if (row.notes != 0) noted.push_back({s, row.notes, row.start_overlaps});
    }
    query.samples_read.fetch_add(read, std::memory_order_relaxed);
    if (!counts.empty()) counted.Add(counts);
    if (!noted.empty()) {
      const MutexLock lock(query.labels.mutex());
      AddBatchNotes(query, m, noted, read_name ? std::string_view() : fixed_name, pos);
    }
    return partials.Put(m.sequence, std::move(part));
  };
  const Status status = ForEachBatch(query, selection, process);
  if (histograms.load(std::memory_order_relaxed)) return std::optional<Vector>();
  KVS_RETURN_IF_ERROR(status);
  if (query.step_samples != nullptr) query.step_samples->Add(counted.counts());

  Vector out(grid);
  out.held = std::move(held);
  double* next = out.Allocate(groups.size());
  for (uint32_t g = 0; g < groups.size(); ++g, next += grid.n) {
    total->Emit(g, next);
    out.rows.push_back({groups[g], next, nullptr, names == NameUse::kDrop && delayed});
  }
  out.Compact();
  return std::optional<Vector>(std::move(out));
}

}  // namespace kvs::engine::promql

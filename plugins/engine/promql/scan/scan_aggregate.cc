// SPDX-License-Identifier: Apache-2.0
// Partial accumulators, one a batch, merged in order.

#include "scan/scan_aggregate.h"

#include <algorithm>
#include <atomic>
#include <deque>

#include "aggregate/accumulator.h"
#include "scan/count_samples.h"
#include "scan/row_notes.h"

namespace kvs::engine::promql {
namespace {

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

/// One aggregation of one batch.
struct PartialGroups {
  LabelIndex groups;
  std::unique_ptr<Accumulator> state;
};

/// All of one batch.
using Partial = std::vector<PartialGroups>;

/// One aggregation of everything.
class Total {
 public:
  Total(const ScanAggregation& wanted, Query& query, uint32_t steps, bool drop_now)
      : op_(wanted.op),
        steps_(steps),
        drop_now_(drop_now),
        grouping_(wanted.labels, wanted.without, query.labels),
        state_(MakeAccumulator(op_, steps)) {}

  /// The groups of a batch, all empty. Needs LabelStore::mutex().
  GroupsOfBatch Begin(Morsel& m, LabelStore& store, PartialGroups& part) const {
    GroupsOfBatch group_of(grouping_, drop_now_);
    group_of.Resolve(m, store, part.groups);
    part.state = MakeAccumulator(op_, steps_);
    part.state->Resize(part.groups.size());
    return group_of;
  }

  Status Merge(Query& query, const PartialGroups& part) {
    const uint32_t before = groups_.size();
    std::vector<uint32_t> target(part.groups.size());
    for (uint32_t g = 0; g < target.size(); ++g) target[g] = groups_.IdOf(part.groups[g]);
    KVS_RETURN_IF_ERROR(query.Hold(held_, static_cast<int64_t>(groups_.size() - before) * steps_));
    state_->Resize(groups_.size());
    for (uint32_t g = 0; g < target.size(); ++g) state_->Merge(target[g], *part.state, g);
    return OkStatus();
  }

  Vector Emit(const Grid& grid, bool drop_name) {
    Vector out(grid);
    out.held = std::move(held_);
    double* next = out.Allocate(groups_.size());
    for (uint32_t g = 0; g < groups_.size(); ++g, next += grid.n) {
      state_->Emit(g, next);
      out.rows.push_back({groups_[g], next, nullptr, drop_name});
    }
    out.Compact();
    return out;
  }

 private:
  const ast::AggregateOp op_;
  const uint32_t steps_;
  const bool drop_now_;
  const Grouping grouping_;
  const std::unique_ptr<Accumulator> state_;
  LabelIndex groups_;
  Held held_;
};

}  // namespace

StatusOr<std::optional<std::vector<Vector>>> ScanAggregate(
    Query& query, const ast::VectorSelector& selector, const RowFunction& function,
    std::string_view hint, NameUse names, ast::PosRange pos,
    std::span<const ScanAggregation> wanted) {
  const Grid& grid = function.windows().grid;
  const bool delayed = query.features.delayed_name_removal;
  const bool drop_now = names == NameUse::kDrop && !delayed;
  const std::string_view fixed_name = FixedName(selector);
  const bool read_name = function.possible_notes() != 0 && fixed_name.empty();

  Selection selection = SelectionFor(selector, function, hint);
  selection.detect_resets = query.histogram_stats;
  std::vector<std::string> labels;
  if (std::ranges::none_of(wanted, [](const ScanAggregation& w) { return w.without; })) {
    for (const ScanAggregation& w : wanted)
      labels.insert(labels.end(), w.labels.begin(), w.labels.end());
    if (read_name) labels.emplace_back(ast::kMetricNameLabel);
    if (function.possible_notes() != 0) {
      for (std::string& label : NoteLabels(query)) labels.push_back(std::move(label));
    }
    selection.labels = &labels;
  }

  std::deque<Total> totals;
  for (const ScanAggregation& w : wanted) totals.emplace_back(w, query, grid.n, drop_now);
  InOrder<Partial> partials([&](Partial&& part) -> Status {
    for (size_t k = 0; k < totals.size(); ++k) KVS_RETURN_IF_ERROR(totals[k].Merge(query, part[k]));
    return OkStatus();
  });
  std::atomic<bool> histograms{false};
  StepSamples counted(query.step_samples == nullptr ? 0 : grid.n);
  const auto process = [&](Morsel& m) -> Status {
    Partial part(totals.size());
    std::vector<GroupsOfBatch> group_of;
    group_of.reserve(totals.size());
    {
      const MutexLock lock(query.labels.mutex());
      m.labels.Begin(m.batch.labels, query.labels);
      for (size_t k = 0; k < totals.size(); ++k)
        group_of.push_back(totals[k].Begin(m, query.labels, part[k]));
    }

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
      if (any) {
        for (size_t k = 0; k < part.size(); ++k) part[k].state->Add(group_of[k][s], row.values);
      }
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
  if (histograms.load(std::memory_order_relaxed)) return std::optional<std::vector<Vector>>();
  KVS_RETURN_IF_ERROR(status);
  if (query.step_samples != nullptr) query.step_samples->Add(counted.counts());

  std::vector<Vector> out;
  for (Total& total : totals) out.push_back(total.Emit(grid, names == NameUse::kDrop && delayed));
  return std::optional<std::vector<Vector>>(std::move(out));
}

}  // namespace kvs::engine::promql

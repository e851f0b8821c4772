// SPDX-License-Identifier: Apache-2.0
// Partial accumulators, one a batch, merged in order.

#include "scan/scan_aggregate.h"

#include <algorithm>

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
    if (grouping_.single()) {
      std::ranges::fill(of_series_, n == 0 ? 0 : groups.IdOf({}, store));
      return;
    }
    for (uint32_t s = 0; s < n; ++s) {
      if (grouping_.without()) {
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

/// The groups of one batch.
class AggregateTap::Groups final : public Tap::Part {
 public:
  Groups(const AggregateTap& tap, bool drop_now, uint32_t steps)
      : group_of_(tap.grouping_, drop_now),
        values_(steps),
        histograms_(*tap.histograms_),
        state(MakeAccumulator(tap.wanted_.op, steps)) {}

  void Resolve(Morsel& m, LabelStore& store) {
    group_of_.Resolve(m, store, groups);
    state->Resize(groups.size());
  }
  StatusOr<double*> Room(uint32_t /*left*/) override { return values_.data(); }
  bool Take(uint32_t s, RowOut& row) override {
    if (!row.histograms.empty()) {
      histograms_.store(true, std::memory_order_relaxed);
      return false;
    }
    state->Add(group_of_[s], row.values);
    return true;
  }

 private:
  GroupsOfBatch group_of_;
  std::vector<double> values_;
  std::atomic<bool>& histograms_;

 public:
  LabelIndex groups;
  const std::unique_ptr<Accumulator> state;
};

AggregateTap::AggregateTap(Query& query, const RowFunction& function, ast::PosRange pos,
                           NameUse names, const ScanAggregation& wanted)
    : Tap(function, pos),
      names_(names),
      delayed_(query.features.delayed_name_removal),
      wanted_(wanted),
      grouping_(wanted.labels, wanted.without, query.labels),
      state_(MakeAccumulator(wanted.op, function.windows().grid.n)),
      histograms_(std::make_unique<std::atomic<bool>>(false)) {}

AggregateTap::~AggregateTap() = default;

bool AggregateTap::Labels(std::vector<std::string>& names) const {
  if (wanted_.without) return false;
  names.insert(names.end(), wanted_.labels.begin(), wanted_.labels.end());
  return true;
}

std::unique_ptr<Tap::Part> AggregateTap::Begin(Query& query, Morsel& m) const {
  const bool drop_now = names_ == NameUse::kDrop && !delayed_;
  auto part = std::make_unique<Groups>(*this, drop_now, function().windows().grid.n);
  part->Resolve(m, query.labels);
  return part;
}

void AggregateTap::End(Query& /*query*/, Morsel& /*m*/, Part& /*part*/) const {}

Status AggregateTap::Merge(Query& query, std::unique_ptr<Part> part) {
  const auto& from = static_cast<const Groups&>(*part);
  const int64_t steps = function().windows().grid.n;
  const uint32_t before = groups_.size();
  std::vector<uint32_t> target(from.groups.size());
  for (uint32_t g = 0; g < target.size(); ++g) target[g] = groups_.IdOf(from.groups[g]);
  KVS_RETURN_IF_ERROR(query.Hold(held_, (groups_.size() - before) * steps));
  state_->Resize(groups_.size());
  for (uint32_t g = 0; g < target.size(); ++g) state_->Merge(target[g], *from.state, g);
  return OkStatus();
}

std::optional<Vector> AggregateTap::TakeResult() {
  if (histograms_->load()) return std::nullopt;
  const Grid& grid = function().windows().grid;
  Vector out(grid);
  out.held = std::move(held_);
  double* next = out.Allocate(groups_.size());
  for (uint32_t g = 0; g < groups_.size(); ++g, next += grid.n) {
    state_->Emit(g, next);
    out.rows.push_back({groups_[g], next, nullptr, names_ == NameUse::kDrop && delayed_});
  }
  out.Compact();
  return out;
}

}  // namespace kvs::engine::promql

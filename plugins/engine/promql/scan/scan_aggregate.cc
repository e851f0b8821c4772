// SPDX-License-Identifier: Apache-2.0
// Partial accumulators, one a batch, merged in order.

#include "scan/scan_aggregate.h"

#include <algorithm>

namespace kvs::engine::promql {
namespace {

/// The labels of the group that each series of a batch belongs to.
class KeyReader {
 public:
  KeyReader(const Grouping& grouping, bool drop_names)
      : grouping_(grouping),
        drop_names_(drop_names &&
                    (grouping.without() || std::ranges::any_of(grouping.names(), IsNameSymbol))) {}

  /// Borrowed until the next call.
  std::span<const uint32_t> Read(BatchLabels& labels, uint32_t s) {
    if (!drop_names_ && !grouping_.without()) return labels.ReadOnly(s, grouping_.names());
    if (grouping_.without()) {
      grouping_.KeyOf(labels.Read(s), key_);
    } else {
      const std::span<const uint32_t> refs = labels.ReadOnly(s, grouping_.names());
      key_.assign(refs.begin(), refs.end());
    }
    if (drop_names_) DropNames();
    return key_;
  }

 private:
  void DropNames() {
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
  const bool drop_names_;
  std::vector<uint32_t> key_;
};

}  // namespace

/// The groups of one batch.
class AggregateTap::Groups final : public Tap::Part {
 public:
  Groups(const AggregateTap& tap, uint32_t steps)
      : values_(steps),
        histograms_(*tap.histograms_),
        state(MakeAccumulator(tap.wanted_.op, steps)) {}

  void Resolve(const Grouping& grouping, bool drop_now, Morsel& m, LabelStore& store,
               MetGroups& met) {
    ++met.parts;
    const uint32_t n = m.batch.n_series;
    if (grouping.single()) {
      of_series_.assign(n, n == 0 ? 0 : NumberOf(met.labels.IdOf({}, store), met));
    } else {
      KeyReader keys(grouping, drop_now);
      of_series_.reserve(n);
      for (uint32_t s = 0; s < n; ++s)
        of_series_.push_back(NumberOf(met.labels.IdOf(keys.Read(m.labels, s), store), met));
    }
    state->Resize(static_cast<uint32_t>(groups.size()));
  }
  StatusOr<double*> Room(uint32_t /*left*/) override { return values_.data(); }
  bool Take(uint32_t s, RowOut& row) override {
    if (!row.histograms.empty()) {
      histograms_.store(true, std::memory_order_relaxed);
      return false;
    }
    state->Add(of_series_[s], row.values);
    return true;
  }

 private:
  /// Of the group that is `group` among all that were met.
  uint32_t NumberOf(uint32_t group, MetGroups& met) {
    if (group >= met.seen.size()) met.seen.resize(met.labels.size());
    MetGroups::Seen& seen = met.seen[group];
    if (seen.part != met.parts) {
      seen = {met.parts, static_cast<uint32_t>(groups.size())};
      groups.push_back(group);
    }
    return seen.number;
  }

  std::vector<double> values_;
  std::vector<uint32_t> of_series_;
  std::atomic<bool>& histograms_;

 public:
  std::vector<uint32_t> groups;  ///< Those of the batch, as they are numbered among all.
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
      histograms_(std::make_unique<std::atomic<bool>>(false)),
      met_(std::make_unique<MetGroups>()) {}

AggregateTap::~AggregateTap() = default;

bool AggregateTap::Labels(std::vector<std::string>& names) const {
  if (wanted_.without) return false;
  names.insert(names.end(), wanted_.labels.begin(), wanted_.labels.end());
  return true;
}

std::unique_ptr<Tap::Part> AggregateTap::Begin(Query& query, Morsel& m) const {
  const bool drop_now = names_ == NameUse::kDrop && !delayed_;
  auto part = std::make_unique<Groups>(*this, function().windows().grid.n);
  part->Resolve(grouping_, drop_now, m, query.labels, *met_);
  return part;
}

void AggregateTap::End(Query& /*query*/, Morsel& /*m*/, Part& /*part*/) const {}

Status AggregateTap::Merge(Query& query, std::unique_ptr<Part> part) {
  const auto& from = static_cast<const Groups&>(*part);
  const int64_t steps = function().windows().grid.n;
  const size_t before = merged_.size();
  for (const uint32_t group : from.groups) {
    if (group >= place_.size()) place_.resize(group + 1, kNone);
    if (place_[group] != kNone) continue;
    place_[group] = static_cast<uint32_t>(merged_.size());
    merged_.push_back(group);
  }
  KVS_RETURN_IF_ERROR(query.Hold(held_, static_cast<int64_t>(merged_.size() - before) * steps));
  state_->Resize(static_cast<uint32_t>(merged_.size()));
  for (uint32_t g = 0; g < from.groups.size(); ++g)
    state_->Merge(place_[from.groups[g]], *from.state, g);
  return OkStatus();
}

std::optional<Vector> AggregateTap::TakeResult() {
  if (histograms_->load()) return std::nullopt;
  const Grid& grid = function().windows().grid;
  Vector out(grid);
  out.held = std::move(held_);
  double* next = out.Allocate(merged_.size());
  for (uint32_t g = 0; g < merged_.size(); ++g, next += grid.n) {
    state_->Emit(g, next);
    out.rows.push_back(
        {met_->labels[merged_[g]], next, nullptr, names_ == NameUse::kDrop && delayed_});
  }
  out.Compact();
  return out;
}

}  // namespace kvs::engine::promql

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

/// Rows that are kept until they are added. In pieces that the allocator has at hand again and
/// again.
class RowStore {
 public:
  explicit RowStore(uint32_t steps)
      : steps_(steps), per_block_(std::max<size_t>(1, kBlockValues / std::max(1u, steps))) {}

  /// Before the first row: there will be no more than `n`, and room for more is not taken.
  void Expect(size_t n) { per_block_ = std::clamp<size_t>(n, 1, per_block_); }
  /// Where row number `i` is, or will be; rows are begun in their order.
  double* At(size_t i) {
    const size_t block = i / per_block_;
    if (block == blocks_.size()) {
      blocks_.emplace_back(new double[per_block_ * steps_]);
      memory_.Add(static_cast<int64_t>(sizeof(double) * per_block_ * steps_));
    }
    return blocks_[block].get() + i % per_block_ * steps_;
  }

 private:
  static constexpr size_t kBlockValues = 4096;
  const uint32_t steps_;
  size_t per_block_;
  std::vector<std::unique_ptr<double[]>> blocks_;
  Charge memory_;
};

/// The groups of one batch. Where they are few, rows are added up at once. Where nearly every row
/// is a group of its own there is nothing to add up here, and rows are kept until they are merged.
class AggregateTap::Groups final : public Tap::Part {
 public:
  Groups(const AggregateTap& tap, uint32_t steps)
      : rows_(steps),
        histograms_(*tap.histograms_),
        state_(MakeAccumulator(tap.wanted_.op, steps)) {}

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
    // Depends on the batch alone, and so does the order in which numbers are added.
    keeps_rows_ = 2 * groups_.size() > n;
    rows_.Expect(keeps_rows_ ? n : 1);
    if (!keeps_rows_) state_->Resize(static_cast<uint32_t>(groups_.size()));
  }
  StatusOr<double*> Room(uint32_t /*left*/) override { return rows_.At(group_of_row_.size()); }
  bool Take(uint32_t s, RowOut& row) override {
    if (!row.histograms.empty()) {
      histograms_.store(true, std::memory_order_relaxed);
      return false;
    }
    if (keeps_rows_) {
      group_of_row_.push_back(of_series_[s]);
    } else {
      state_->Add(of_series_[s], row.values);
    }
    return true;
  }

  /// Those of the batch, as they are numbered among all.
  const std::vector<uint32_t>& groups() const { return groups_; }
  /// Adds all that was taken to `to`, where the groups have these places.
  void MergeInto(Accumulator& to, const std::vector<uint32_t>& place) {
    if (!keeps_rows_) {
      for (uint32_t g = 0; g < groups_.size(); ++g) to.Merge(place[groups_[g]], *state_, g);
      return;
    }
    for (size_t r = 0; r < group_of_row_.size(); ++r)
      to.Add(place[groups_[group_of_row_[r]]], rows_.At(r));
  }

 private:
  /// Of the group that is `group` among all that were met.
  uint32_t NumberOf(uint32_t group, MetGroups& met) {
    if (group >= met.seen.size()) met.seen.resize(met.labels.size());
    MetGroups::Seen& seen = met.seen[group];
    if (seen.part != met.parts) {
      seen = {met.parts, static_cast<uint32_t>(groups_.size())};
      groups_.push_back(group);
    }
    return seen.number;
  }

  RowStore rows_;
  std::vector<uint32_t> group_of_row_;  ///< Of the rows that are kept.
  std::vector<uint32_t> of_series_;
  std::atomic<bool>& histograms_;
  std::vector<uint32_t> groups_;
  const std::unique_ptr<Accumulator> state_;
  bool keeps_rows_ = false;
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
  auto& from = static_cast<Groups&>(*part);
  const int64_t steps = function().windows().grid.n;
  const size_t before = merged_.size();
  for (const uint32_t group : from.groups()) {
    if (group >= place_.size()) place_.resize(group + 1, kNone);
    if (place_[group] != kNone) continue;
    place_[group] = static_cast<uint32_t>(merged_.size());
    merged_.push_back(group);
  }
  KVS_RETURN_IF_ERROR(query.Hold(held_, static_cast<int64_t>(merged_.size() - before) * steps));
  state_->Resize(static_cast<uint32_t>(merged_.size()));
  from.MergeInto(*state_, place_);
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

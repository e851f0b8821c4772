// SPDX-License-Identifier: Apache-2.0
// The index of one tenant: label sets to dense ids and back, and selection. Symbols, label tables, and a hash of rows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/label_cursor.h"
#include "label_table.h"
#include "match_cache.h"
#include "symbols.h"

namespace kvs::index::memory {

/// One condition, as it arrives.
struct MatcherSpec {
  model::MatchType type;
  std::string_view name;
  std::string_view value;
};
using MatcherSet = std::vector<MatcherSpec>;

/// Labels of several series in the shape of kvs_label_columns_t. Texts point into the index.
struct LabelColumns {
  std::vector<std::string_view> symbols;
  std::vector<uint32_t> begin;
  std::vector<uint32_t> refs;
};

/// Concurrent: selections share a lock, new series take it alone for as long as one batch of them. [any]
class TenantIndex {
 public:
  explicit TenantIndex(size_t regex_cache_entries) : matchers_(regex_cache_entries) {}

  /// Finds or makes the id of each series of `source` named in `rows`; labels are sorted and valid. created[i] tells which.
  /// Of those to be made, the ones beyond the bounds get KVS_NO_ID, and leave nothing behind. InvalidArgument for damaged
  /// label bytes; ids before the damage stay.
  struct Bounds {
    uint32_t max_created = UINT32_MAX;
    uint32_t max_per_metric = UINT32_MAX;
  };
  Status Resolve(const model::LabelSource& source, std::span<const uint32_t> rows, uint32_t* ids, uint8_t* created,
                 uint32_t* n_created, const Bounds& bounds);
  /// Ids of the series that match all of `matchers`, ascending.
  StatusOr<std::vector<SeriesId>> Select(const MatcherSet& matchers);
  /// Labels of `ids`, in their order; only those in `names` if that is not null.
  StatusOr<LabelColumns> Labels(std::span<const SeriesId> ids, const std::vector<std::string_view>* names) const;
  /// Names of the labels of series that match any of `sets` (none: all series). Sorted.
  StatusOr<std::vector<std::string_view>> LabelNames(const std::vector<MatcherSet>& sets);
  /// Values of label `name` of series that match any of `sets`. Sorted.
  StatusOr<std::vector<std::string_view>> LabelValues(std::string_view name, const std::vector<MatcherSet>& sets);
  void Remove(std::span<const SeriesId> ids);

  struct Stats {
    uint64_t n_series, id_end, bytes;
  };
  Stats stats() const;

 private:
  struct Place {
    uint32_t table = UINT32_MAX;  // UINT32_MAX: no such series.
    uint32_t row = 0;
  };
  struct TableMatcher {
    const CachedMatcher* matcher;
    int column;
    Symbol equal_to;   // With is_equal.
    bool is_equal;
  };
  using Visit = std::function<void(const LabelTable& table, std::span<const uint32_t> rows)>;

  // All of these with mutex_ held, shared or alone as their constness says.
  SeriesId FindKnown(model::LabelCursor labels) const;
  uint64_t CountOfMetric(model::LabelCursor labels) const;
  size_t SlotOf(uint32_t table, std::span<const Symbol> values, uint32_t hash) const;
  SeriesId FindOrAdd(uint32_t table, std::span<const Symbol> values, bool* created);
  uint32_t TableOf(std::span<const Symbol> names, Symbol metric);
  Status VisitMatches(const MatcherSet& matchers, const Visit& visit);
  Status VisitAny(const std::vector<MatcherSet>& sets, const Visit& visit);
  bool Plan(const LabelTable& table, const std::vector<std::shared_ptr<const CachedMatcher>>& matchers,
            std::vector<TableMatcher>* plan) const;
  void Scan(const LabelTable& table, const std::vector<TableMatcher>& plan, std::vector<uint32_t>* rows) const;
  static uint32_t RowHash(uint32_t table, std::span<const Symbol> values);
  void GrowSlots();

  mutable std::shared_mutex mutex_;
  Symbols symbols_;
  std::vector<std::unique_ptr<LabelTable>> tables_;
  std::map<std::vector<Symbol>, uint32_t> table_of_names_;          // Metric first, then names.
  std::map<Symbol, std::vector<uint32_t>> tables_of_metric_;       // By the metric's symbol.
  std::vector<Place> places_;                                      // By id.
  std::vector<SeriesId> free_ids_;
  // Rows by hash, with open addressing. The hash stands in the slot: a probe looks at no other row than the one it is
  // after, and growing at none.
  struct Slot {
    uint32_t hash = 0;
    uint32_t id_plus_one = 0;  // 0: empty; kDead: removed.
  };
  static constexpr uint32_t kDead = UINT32_MAX;
  std::vector<Slot> slots_ = std::vector<Slot>(16);
  size_t slots_used_ = 0;
  uint64_t n_series_ = 0;
  MatchCache matchers_;  // Has a lock of its own.
};

}  // namespace kvs::index::memory

// SPDX-License-Identifier: Apache-2.0
// DeletedSeries: the series of which nothing is left in a range of time. Questions for series
// without samples and for labels come without times, so it is found out from samples, but only of
// the series that a rule selects: what nobody deletes costs nothing more.
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/sdk/port/series_source.h"

#include "deletion_list.h"

namespace kvs::source::deletions {

/// Between two times, both of which count.
struct TimeSpan {
  int64_t min_ms, max_ms;
};

/// Matchers that all have to match.
using Matchers = std::vector<kvs_matcher_t>;

/// Not synchronised.
class DeletedSeries {
 public:
  /// Looks at series that match any of `sets` (none: all) and that a rule selects. Borrows `next`
  /// and `rules`' texts only while it runs. [worker]
  static StatusOr<DeletedSeries> Find(const sdk::SourceRef& next, const sdk::Call& call,
                                      std::span<const kvs_matchers_t> sets, const Rules& rules,
                                      TimeSpan span);

  bool empty() const { return series_.empty(); }
  bool Contains(const kvs_label_columns_t& columns, uint32_t row) const;
  /// The label names that they have.
  const std::set<std::string, std::less<>>& names() const { return names_; }
  /// The values that they have of a label; walks over all.
  std::set<std::string, std::less<>> ValuesOf(std::string_view name) const;

 private:
  Status AddFrom(const sdk::SourceRef& next, const sdk::Call& call, const Matchers& matchers,
                 const Rules& rules, TimeSpan span);
  void Add(const kvs_label_columns_t& columns, uint32_t row);

  struct HashLabels {
    size_t operator()(const model::Labels& labels) const {
      return std::hash<std::string>()(labels.encoded());
    }
  };
  std::unordered_set<model::Labels, HashLabels> series_;
  std::set<std::string, std::less<>> names_;
};

/// `a`, and then `b`.
Matchers Joined(const kvs_matchers_t& a, std::span<const kvs_matcher_t> b);

}  // namespace kvs::source::deletions

// SPDX-License-Identifier: Apache-2.0
// SeriesRules: which ranges of which series are taken out when blocks are written anew: requests to
// delete series, and shorter retention of some of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/bucket/series_rule.h"
#include "kvs/tsdb/tombstones.h"

#include "merge/block_merger.h"

namespace kvs::compactor {

using bucket::SeriesRule;

/// Immutable while it is used. [any]
class SeriesRules final : public SeriesFilter {
 public:
  void Add(SeriesRule rule) { rules_.push_back(std::move(rule)); }
  /// Those whose range touches [mint, maxt].
  SeriesRules Within(int64_t mint, int64_t maxt) const;

  bool empty() const { return rules_.empty(); }
  const std::vector<SeriesRule>& all() const { return rules_; }
  /// Equal for equal rules in equal order.
  std::string Fingerprint() const;

  void DeletedOf(std::span<const model::LabelView> labels,
                 std::vector<tsdb::DeletedRange>* out) const override;

 private:
  std::vector<SeriesRule> rules_;
};

}  // namespace kvs::compactor

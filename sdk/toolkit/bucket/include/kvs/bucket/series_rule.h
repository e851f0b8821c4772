// SPDX-License-Identifier: Apache-2.0
// SeriesRule: a range of time that is deleted of the series that a selector selects.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/labels.h"
#include "kvs/model/matcher.h"
#include "kvs/tsdb/tombstones.h"

namespace kvs::bucket {

/// Immutable once made. [any]
struct SeriesRule {
  std::string selector;  ///< As it was written: it tells rules apart.
  std::vector<model::Matcher> matchers;
  tsdb::DeletedRange range;

  /// `selector` is PromQL's: up{job="a"}; InvalidArgument when it is none.
  static StatusOr<SeriesRule> Make(std::string_view selector, tsdb::DeletedRange range);

  bool Matches(std::span<const model::LabelView> labels) const;
  /// Whether it deletes anything in a range of which both ends count.
  bool Touches(int64_t mint, int64_t maxt) const {
    return range.mint <= maxt && mint <= range.maxt;
  }
};

}  // namespace kvs::bucket

// SPDX-License-Identifier: Apache-2.0
// DeletedRanges: which times rules delete of a series, for one series of a batch after the other.
#pragma once

#include <span>
#include <vector>

#include "kvs/abi/series_batch.h"
#include "kvs/model/labels.h"
#include "kvs/tsdb/tombstones.h"

#include "deletion_list.h"

namespace kvs::source::deletions {

/// Not synchronised.
class DeletedRanges {
 public:
  explicit DeletedRanges(Rules rules) : rules_(std::move(rules)) {}

  const Rules& rules() const { return rules_; }
  /// What is deleted of the series in this row, merged; empty for most.
  std::vector<tsdb::Tombstone> Of(const kvs_label_columns_t& labels, uint32_t row);

 private:
  const Rules rules_;
  std::vector<model::LabelView> labels_;
};

/// Whether all of a time is deleted; both ends count.
bool Covers(std::span<const tsdb::Tombstone> deleted, int64_t mint, int64_t maxt);
/// Whether any of it is.
bool Touches(std::span<const tsdb::Tombstone> deleted, int64_t mint, int64_t maxt);

}  // namespace kvs::source::deletions

// SPDX-License-Identifier: Apache-2.0
// DeletionCursor: leaves deleted samples out of what a selection gives, and series of which nothing
// is left. Batches without any pass through as they are; chunks that are deleted in part are
// encoded anew.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/port/series_source.h"

#include "deleted_ranges.h"
#include "deleted_series.h"
#include "deletion_list.h"

namespace kvs::source::deletions {

class DeletionCursor final : public sdk::SeriesCursor {
 public:
  /// `rules`: those whose range touches that of the selection. `gone`: the series of which nothing
  /// is left in it, where the selection has no samples that could tell. `limit`: of series; 0: all.
  DeletionCursor(sdk::OpenSelection selection, Rules rules, DeletedSeries gone, uint64_t limit)
      : selection_(std::move(selection)),
        ranges_(std::move(rules)),
        gone_(std::move(gone)),
        left_(limit == 0 ? std::numeric_limits<uint64_t>::max() : limit) {}

  /// Waits for the source. [worker]
  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override;
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  StatusOr<sdk::BatchPtr> Cut(sdk::BatchPtr batch);
  sdk::BatchPtr LeaveOutGone(sdk::BatchPtr batch) const;

  sdk::OpenSelection selection_;
  DeletedRanges ranges_;
  const DeletedSeries gone_;
  uint64_t left_;
};

}  // namespace kvs::source::deletions

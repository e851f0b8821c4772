// SPDX-License-Identifier: Apache-2.0
// DeletionCursor: leaves deleted samples out of what a selection gives. Batches without any pass
// through as they are; chunks that are deleted in part are encoded anew.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kvs/model/labels.h"
#include "kvs/sdk/port/series_source.h"
#include "kvs/tsdb/tombstones.h"

#include "deletion_list.h"

namespace kvs::source::deletions {

class DeletionCursor final : public sdk::SeriesCursor {
 public:
  /// `rules`: those whose range touches [min_ms, max_ms] of the selection.
  DeletionCursor(sdk::OpenSelection selection, Rules rules, int64_t min_ms, int64_t max_ms)
      : selection_(std::move(selection)),
        rules_(std::move(rules)),
        min_ms_(min_ms),
        max_ms_(max_ms) {}

  /// Waits for the source. [worker]
  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override;
  void AddLateWarnings(std::vector<std::string>* warnings) override {
    selection_.AddLateWarnings(warnings);
  }

 private:
  /// What is deleted of a series, merged.
  std::vector<tsdb::Tombstone> DeletedOf(const kvs_series_batch_t& batch, uint32_t row);
  StatusOr<sdk::BatchPtr> Cut(sdk::BatchPtr batch);

  sdk::OpenSelection selection_;
  const Rules rules_;
  const int64_t min_ms_, max_ms_;
  std::vector<model::LabelView> labels_;
};

}  // namespace kvs::source::deletions

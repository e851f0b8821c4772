// SPDX-License-Identifier: Apache-2.0
// Cursor: one selection. Ids are chosen when it is opened; chunks are taken out batch by batch, so
// a long selection holds no lock and sees what was appended in the meantime.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kvs/sdk/owned.h"
#include "kvs/sdk/port/indexer.h"
#include "kvs/sdk/port/series_source.h"

#include "tenant.h"

namespace kvs::head {

class SelectedBatch;

/// Keeps the ids of a tenant from being given to other series.
class ReaderHold {
 public:
  explicit ReaderHold(Tenant& tenant) : tenant_(&tenant) {
    const std::shared_lock gate(tenant.gate);
    tenant.readers.fetch_add(1);
  }
  ReaderHold(const ReaderHold&) = delete;
  ReaderHold& operator=(const ReaderHold&) = delete;
  ~ReaderHold() { tenant_->readers.fetch_sub(1); }

 private:
  Tenant* const tenant_;
};

class Cursor final : public sdk::SeriesCursor {
 public:
  /// Chooses the ids. What is in the blocks of `view` is left out. [worker]
  static StatusOr<std::unique_ptr<Cursor>> Open(const sdk::Call& call, const kvs_select_t& select,
                                                Tenant& tenant, const sdk::IndexerRef& index,
                                                std::shared_ptr<const View> view);

  sdk::Outcome Next(const sdk::Call& call, kvs_series_batch_t*& out,
                    sdk::Completer& completer) override;

 private:
  Cursor(const kvs_select_t& select, Tenant& tenant, const sdk::IndexerRef& index,
         std::shared_ptr<const View> view);
  ReadRange RangeIn(uint32_t shard) const {
    return {min_t_, max_t_, view_->late_upto[shard], view_->memory_from};
  }
  /// Puts the ids in the order in which they are given out, before the first batch: who merges
  /// sources opens selections that he then does not read.
  Status Arrange(const sdk::Call& call);
  Status KeepShard(const sdk::Call& call, uint32_t shard_index, uint32_t shard_count);
  Status SortByLabels(const sdk::Call& call);
  /// Puts series of one shard next to each other, where the order is not asked for.
  void GroupByShard();
  void KeepNonEmpty();
  /// Adds as many of the next series as go into the batch and lie in one shard, at most
  /// kSeriesPerVisit.
  void Visit(SelectedBatch& batch);
  /// The same where the order counts, so that neighbours lie in different shards: the shards are
  /// visited one after the other, and what they gave is put in order.
  void VisitInOrder(SelectedBatch& batch);
  /// Adds the series, whose shard is locked; false when it has nothing in the range.
  bool Add(const Shard& shard, uint32_t id, SelectedBatch& batch) const;
  bool HasRoom(const SelectedBatch& batch) const;
  StatusOr<sdk::Owned<kvs_label_columns_t>> LabelsOf(const sdk::Call& call,
                                                     const std::vector<uint32_t>& ids,
                                                     bool projected) const;

  ReaderHold hold_;
  const std::shared_ptr<const View> view_;
  Tenant& tenant_;
  const sdk::IndexerRef& index_;
  const uint32_t flags_;
  const int64_t min_t_;
  const int64_t max_t_;
  const bool newest_only_;  // Nobody looks at older floats of a series than the newest.
  uint64_t left_;           // Series still to be given out.
  std::vector<std::string> label_names_;
  std::vector<kvs_str_t> projection_;
  std::vector<uint32_t> ids_;
  bool arranged_ = false;
  size_t at_ = 0;
  std::vector<uint32_t> batch_ids_;
};

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "clean/cleaner.h"

#include <algorithm>

#include "kvs/bucket/layout.h"

#include "plan/downsampling.h"

namespace kvs::compactor {

using tsdb::Ulid;

Status Cleaner::CleanTenant(const TenantBucket& tenant, const TenantLimits& limits) const {
  KVS_ASSIGN_OR_RETURN(TenantBlocks blocks, tenant.Scan(cache_));
  if (blocks.tenant_deletion.has_value()) return CleanDeletedTenant(tenant, blocks);
  KVS_RETURN_IF_ERROR(MarkExpired(tenant, limits, blocks));
  KVS_RETURN_IF_ERROR(MarkPartial(tenant, limits, blocks));
  // A block that cannot be deleted now is tried again: the index is written all the same.
  const Status deleted = DeleteMarked(tenant, blocks);
  KVS_RETURN_IF_ERROR(WriteIndex(tenant, blocks));
  return deleted;
}

Status Cleaner::UpdateIndex(const TenantBucket& tenant) const {
  KVS_ASSIGN_OR_RETURN(const TenantBlocks blocks, tenant.Scan(cache_));
  if (blocks.tenant_deletion.has_value()) return OkStatus();
  return WriteIndex(tenant, blocks);
}

Status Cleaner::WriteIndex(const TenantBucket& tenant, const TenantBlocks& blocks) const {
  KVS_RETURN_IF_ERROR(tenant.WriteIndex(blocks));
  const auto count = [](size_t n) { return static_cast<double>(n); };
  metrics_.blocks.With({tenant.tenant()}).Set(count(blocks.complete.size()));
  metrics_.blocks_marked.With({tenant.tenant()}).Set(count(blocks.deletion_marks.size()));
  metrics_.blocks_partial.With({tenant.tenant()}).Set(count(blocks.partial.size()));
  metrics_.index_updated.With({tenant.tenant()}).Set(static_cast<double>(clock_.NowMs()) / 1000);
  return OkStatus();
}

Status Cleaner::Mark(const TenantBucket& tenant, const Ulid& ulid, std::string_view reason,
                     TenantBlocks& blocks) const {
  KVS_RETURN_IF_ERROR(tenant.MarkForDeletion(ulid, reason));
  CountMarked(tenant, ulid, reason, blocks);
  return OkStatus();
}

void Cleaner::CountMarked(const TenantBucket& tenant, const Ulid& ulid, std::string_view reason,
                          TenantBlocks& blocks) const {
  metrics_.marked_for_deletion.With({reason}).Add();
  blocks.deletion_marks[ulid] = clock_.NowMs() / 1000;
  log_.Info("marked a block for deletion",
            {{"user", tenant.tenant()}, {"block", ulid.ToString()}, {"reason", reason}});
}

Status Cleaner::MarkExpired(const TenantBucket& tenant, const TenantLimits& limits,
                            TenantBlocks& blocks) const {
  const int64_t now_ms = clock_.NowMs();
  const std::vector<PlanBlock> there = blocks.Unmarked();
  const Downsampled downsampled(there);
  for (const PlanBlock& block : there) {
    const int64_t retention = limits.RetentionOf(ResolutionOf(block.meta));
    if (retention == 0 || block.meta.maxt >= now_ms - retention) continue;
    // What cannot be read cannot be downsampled, however long one waits.
    const bool is_readable = !blocks.no_compact.contains(block.meta.ulid);
    if (is_readable && downsampled.Missing(block, limits, now_ms) != 0) continue;
    KVS_RETURN_IF_ERROR(Mark(tenant, block.meta.ulid, "retention", blocks));
  }
  return OkStatus();
}

Status Cleaner::MarkPartial(const TenantBucket& tenant, const TenantLimits& limits,
                            TenantBlocks& blocks) const {
  if (limits.partial_block_delay_ms == 0) return OkStatus();
  const int64_t old_before = clock_.NowMs() - limits.partial_block_delay_ms;
  for (const PartialBlock& partial : blocks.partial) {
    const bool is_old = partial.modified_ms != 0 && partial.modified_ms < old_before;
    if (!is_old || blocks.deletion_marks.contains(partial.ulid)) continue;
    KVS_ASSIGN_OR_RETURN(const bool is_marked, tenant.MarkPartialForDeletion(partial.ulid));
    if (is_marked) CountMarked(tenant, partial.ulid, "partial", blocks);
  }
  return OkStatus();
}

Status Cleaner::DeleteMarked(const TenantBucket& tenant, TenantBlocks& blocks) const {
  const int64_t old_before = (clock_.NowMs() - config_.deletion_delay.ms) / 1000;
  Status first;
  const std::map<Ulid, int64_t> marks = blocks.deletion_marks;
  for (const auto& [ulid, marked_at] : marks) {
    // Also what has no meta.json, and which therefore nobody reads: a meta.json that was on its way
    // when the upload was given up may still arrive, and must find the mark.
    if (marked_at > old_before) continue;
    const Status status = Delete(tenant, ulid, blocks);
    if (first.ok()) first = status;
  }
  return first;
}

Status Cleaner::Delete(const TenantBucket& tenant, const Ulid& ulid, TenantBlocks& blocks) const {
  const Status status = tenant.DeleteBlock(ulid);
  if (!status.ok()) {
    metrics_.delete_failures.Add();
    log_.Warn("a block could not be deleted",
              {{"user", tenant.tenant()}, {"block", ulid.ToString()}, {"error", status.message()}});
    return status;
  }
  metrics_.blocks_cleaned.Add();
  log_.Info("deleted a block", {{"user", tenant.tenant()}, {"block", ulid.ToString()}});
  std::erase_if(blocks.complete,
                [&ulid](const PlanBlock& block) { return block.meta.ulid == ulid; });
  std::erase_if(blocks.partial, [&ulid](const PartialBlock& block) { return block.ulid == ulid; });
  blocks.deletion_marks.erase(ulid);
  return OkStatus();
}

Status Cleaner::CleanDeletedTenant(const TenantBucket& tenant, TenantBlocks& blocks) const {
  // Without an index, readers see no block any more.
  KVS_RETURN_IF_ERROR(tenant.store().Remove(bucket::BucketIndexKey(tenant.tenant())));
  std::vector<Ulid> all;
  for (const PlanBlock& block : blocks.complete) all.push_back(block.meta.ulid);
  for (const PartialBlock& block : blocks.partial) all.push_back(block.ulid);
  Status first;
  for (const Ulid& ulid : all) {
    const Status status = Delete(tenant, ulid, blocks);
    if (first.ok()) first = status;
  }
  KVS_RETURN_IF_ERROR(first);
  for (const sdk::Family* family : {&metrics_.blocks, &metrics_.blocks_marked,
                                    &metrics_.blocks_partial, &metrics_.index_updated}) {
    family->Remove({tenant.tenant()});
  }
  bucket::TenantDeletionMark mark = *blocks.tenant_deletion;
  const int64_t now_s = clock_.NowMs() / 1000;
  if (mark.finished_time_s == 0) {
    mark.finished_time_s = now_s;
    log_.Info("all blocks of a deleted tenant are gone", {{"user", tenant.tenant()}});
    return tenant.WriteTenantDeletion(mark);
  }
  if (now_s - mark.finished_time_s < config_.tenant_cleanup_delay.ms / 1000) return OkStatus();
  for (const std::string_view folder : {bucket::kDebugFolder, bucket::kDeletionsFolder}) {
    KVS_RETURN_IF_ERROR(tenant.RemoveFolder(folder));
  }
  const std::string mark_key = bucket::TenantDeletionMarkKey(tenant.tenant());
  KVS_RETURN_IF_ERROR(tenant.RemoveFolder(bucket::kMarkersFolder, mark_key));
  return tenant.store().Remove(mark_key);
}

}  // namespace kvs::compactor

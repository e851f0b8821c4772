// SPDX-License-Identifier: Apache-2.0
#include "bucket/tenant_bucket.h"

#include <algorithm>

#include "kvs/bucket/index.h"
#include "kvs/bucket/layout.h"

namespace kvs::compactor {

using bucket::KeyKind;
using sdk::StoreClient;
using tsdb::Ulid;

std::vector<PlanBlock> TenantBlocks::Unmarked() const {
  std::vector<PlanBlock> out;
  for (const PlanBlock& block : complete) {
    if (!deletion_marks.contains(block.meta.ulid)) out.push_back(block);
  }
  return out;
}

std::vector<PlanBlock> TenantBlocks::Compactable() const {
  std::vector<PlanBlock> out;
  for (const PlanBlock& block : complete) {
    const Ulid& ulid = block.meta.ulid;
    if (!deletion_marks.contains(ulid) && !no_compact.contains(ulid)) out.push_back(block);
  }
  return out;
}

std::optional<PlanBlock> MetaCache::Find(std::string_view tenant, const Ulid& ulid) const {
  const MutexLock lock(mutex_);
  const auto metas = metas_.find(tenant);
  if (metas == metas_.end()) return std::nullopt;
  const auto found = metas->second.find(ulid);
  if (found == metas->second.end()) return std::nullopt;
  return found->second;
}

void MetaCache::Put(std::string_view tenant, const PlanBlock& block) {
  const MutexLock lock(mutex_);
  metas_[std::string(tenant)].insert_or_assign(block.meta.ulid, block);
}

void MetaCache::Keep(std::string_view tenant, const std::set<Ulid>& present) {
  const MutexLock lock(mutex_);
  const auto metas = metas_.find(tenant);
  if (metas == metas_.end()) return;
  std::erase_if(metas->second,
                [&present](const auto& entry) { return !present.contains(entry.first); });
  if (metas->second.empty()) metas_.erase(metas);
}

StatusOr<TenantBlocks> TenantBucket::Scan(MetaCache* cache) const {
  TenantBlocks out;
  // Marks first: a block that is marked and removed meanwhile is then not seen at all.
  KVS_RETURN_IF_ERROR(ScanMarks(&out));
  const std::string prefix = bucket::TenantPrefix(tenant_);
  std::set<Ulid> present;
  KVS_RETURN_IF_ERROR(store_.ForEach(prefix, "/", [&](const StoreClient::Entry& entry) {
    if (!entry.is_prefix) return OkStatus();
    std::string_view name = std::string_view(entry.key).substr(prefix.size());
    name.remove_suffix(1);
    if (const StatusOr<Ulid> ulid = Ulid::Parse(name); ulid.ok()) present.insert(*ulid);
    return OkStatus();
  }));
  for (const Ulid& ulid : present) KVS_RETURN_IF_ERROR(ScanBlock(ulid, cache, &out));
  cache->Keep(tenant_, present);
  return out;
}

Status TenantBucket::ScanMarks(TenantBlocks* out) const {
  std::vector<std::pair<Ulid, StoreClient::Entry>> deletions;
  bool tenant_mark = false;
  KVS_RETURN_IF_ERROR(
      store_.ForEach(bucket::MarkersPrefix(tenant_), {}, [&](const StoreClient::Entry& entry) {
        const bucket::KeyInfo info = bucket::ClassifyKey(tenant_, entry.key);
        if (info.kind == KeyKind::kNoCompactMark) out->no_compact.insert(info.ulid);
        if (info.kind == KeyKind::kDeletionMark) deletions.emplace_back(info.ulid, entry);
        if (info.kind == KeyKind::kTenantDeletionMark) tenant_mark = true;
        return OkStatus();
      }));
  for (const auto& [ulid, entry] : deletions) {
    KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json, store_.GetIfThere(entry.key));
    if (!json.has_value()) continue;
    const StatusOr<bucket::DeletionMark> mark = bucket::ParseDeletionMark(*json);
    // A mark that cannot be read is a mark: that it is there is what counts.
    out->deletion_marks[ulid] = mark.ok() ? mark->deletion_time_s : entry.modified_ms / 1000;
  }
  if (tenant_mark) {
    KVS_ASSIGN_OR_RETURN(out->tenant_deletion, ReadTenantDeletion());
  }
  return OkStatus();
}

Status TenantBucket::ScanBlock(const Ulid& ulid, MetaCache* cache, TenantBlocks* out) const {
  if (const auto known = cache->Find(tenant_, ulid)) {
    out->complete.push_back(*known);
    return OkStatus();
  }
  const std::string key = bucket::BlockFileKey(tenant_, ulid, bucket::kMetaFile);
  KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json, store_.GetIfThere(key));
  if (json.has_value()) {
    StatusOr<tsdb::BlockMeta> meta = tsdb::ParseMeta(*json);
    if (!meta.ok() || meta->ulid != ulid) {
      // Nobody can use it, and it may be somebody's only copy: it is left alone, and said.
      log_.Warn("a block is passed over: its meta.json cannot be used",
                {{"user", tenant_},
                 {"block", ulid.ToString()},
                 {"error", meta.ok() ? StrCat("it is that of ", meta->ulid.ToString())
                                     : meta.status().message()}});
      return OkStatus();
    }
    KVS_ASSIGN_OR_RETURN(const StoreClient::Info info, store_.Stat(key));
    PlanBlock block{*std::move(meta), info.modified_ms};
    cache->Put(tenant_, block);
    out->complete.push_back(std::move(block));
    return OkStatus();
  }
  PartialBlock partial{ulid, 0};
  KVS_RETURN_IF_ERROR(store_.ForEach(
      bucket::BlockPrefix(tenant_, ulid), {}, [&partial](const StoreClient::Entry& entry) {
        partial.modified_ms = std::max(partial.modified_ms, entry.modified_ms);
        return OkStatus();
      }));
  out->partial.push_back(partial);
  return OkStatus();
}

Status TenantBucket::MarkForDeletion(const Ulid& block, std::string_view details) const {
  KVS_ASSIGN_OR_RETURN(const bool is_marked, IsMarkedForDeletion(block));
  if (is_marked) return OkStatus();
  const std::string json = bucket::FormatDeletionMark({block, NowSeconds(), std::string(details)});
  KVS_RETURN_IF_ERROR(
      store_.Put(bucket::BlockFileKey(tenant_, block, bucket::kDeletionMarkFile), json).status());
  return store_.Put(bucket::GlobalMarkKey(tenant_, block, bucket::kDeletionMarkFile), json)
      .status();
}

StatusOr<bool> TenantBucket::IsMarkedForDeletion(const Ulid& block) const {
  return store_.Exists(bucket::GlobalMarkKey(tenant_, block, bucket::kDeletionMarkFile));
}

StatusOr<bool> TenantBucket::MarkPartialForDeletion(const Ulid& block) const {
  const std::string meta = bucket::BlockFileKey(tenant_, block, bucket::kMetaFile);
  KVS_ASSIGN_OR_RETURN(const bool is_complete, store_.Exists(meta));
  if (is_complete) return false;
  bool has_files = false;
  KVS_RETURN_IF_ERROR(
      store_.ForEach(bucket::BlockPrefix(tenant_, block), "/", [&](const StoreClient::Entry&) {
        has_files = true;
        return OkStatus();
      }));
  KVS_ASSIGN_OR_RETURN(const bool is_marked, IsMarkedForDeletion(block));
  if (!has_files || is_marked) return false;
  KVS_RETURN_IF_ERROR(MarkForDeletion(block, "its upload broke off"));
  // Who uploads it looks for the mark after meta.json, and this looks for meta.json after the mark:
  // one of both sees the other.
  KVS_ASSIGN_OR_RETURN(const bool is_complete_now, store_.Exists(meta));
  if (!is_complete_now) return true;
  KVS_RETURN_IF_ERROR(
      store_.Remove(bucket::GlobalMarkKey(tenant_, block, bucket::kDeletionMarkFile)));
  KVS_RETURN_IF_ERROR(
      store_.Remove(bucket::BlockFileKey(tenant_, block, bucket::kDeletionMarkFile)));
  return false;
}

Status TenantBucket::MarkNoCompact(const Ulid& block, std::string_view reason,
                                   std::string_view details) const {
  const std::string json =
      bucket::FormatNoCompactMark({block, NowSeconds(), std::string(reason), std::string(details)});
  KVS_RETURN_IF_ERROR(
      store_.Put(bucket::BlockFileKey(tenant_, block, bucket::kNoCompactMarkFile), json).status());
  return store_.Put(bucket::GlobalMarkKey(tenant_, block, bucket::kNoCompactMarkFile), json)
      .status();
}

Status TenantBucket::DeleteBlock(const Ulid& block) const {
  const std::string local_mark = bucket::BlockFileKey(tenant_, block, bucket::kDeletionMarkFile);
  KVS_RETURN_IF_ERROR(store_.Remove(bucket::BlockFileKey(tenant_, block, bucket::kMetaFile)));
  KVS_RETURN_IF_ERROR(RemoveFolder(block.ToString() + "/", local_mark));
  KVS_RETURN_IF_ERROR(store_.Remove(local_mark));
  KVS_RETURN_IF_ERROR(
      store_.Remove(bucket::GlobalMarkKey(tenant_, block, bucket::kNoCompactMarkFile)));
  return store_.Remove(bucket::GlobalMarkKey(tenant_, block, bucket::kDeletionMarkFile));
}

Status TenantBucket::RemoveFolder(std::string_view folder, std::string_view keep_key) const {
  std::vector<std::string> keys;
  KVS_RETURN_IF_ERROR(
      store_.ForEach(StrCat(tenant_, "/", folder), {}, [&](const StoreClient::Entry& entry) {
        if (entry.key != keep_key) keys.push_back(entry.key);
        return OkStatus();
      }));
  for (const std::string& key : keys) KVS_RETURN_IF_ERROR(store_.Remove(key));
  return OkStatus();
}

Status TenantBucket::WriteIndex(const TenantBlocks& blocks) const {
  bucket::BucketIndex index;
  for (const PlanBlock& block : blocks.complete) {
    index.blocks.push_back(bucket::IndexBlock::Of(block.meta, block.uploaded_at_ms / 1000));
  }
  for (const auto& [ulid, time] : blocks.deletion_marks)
    index.deletion_marks.push_back({ulid, time});
  index.updated_at_s = NowSeconds();
  KVS_ASSIGN_OR_RETURN(const std::string bytes, bucket::WriteBucketIndex(index));
  return store_.Put(bucket::BucketIndexKey(tenant_), bytes).status();
}

StatusOr<std::optional<bucket::TenantDeletionMark>> TenantBucket::ReadTenantDeletion() const {
  using Mark = std::optional<bucket::TenantDeletionMark>;
  KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json,
                       store_.GetIfThere(bucket::TenantDeletionMarkKey(tenant_)));
  if (!json.has_value()) return Mark();
  KVS_ASSIGN_OR_RETURN(const bucket::TenantDeletionMark mark,
                       bucket::ParseTenantDeletionMark(*json));
  return Mark(mark);
}

Status TenantBucket::WriteTenantDeletion(const bucket::TenantDeletionMark& mark) const {
  return store_.Put(bucket::TenantDeletionMarkKey(tenant_), bucket::FormatTenantDeletionMark(mark))
      .status();
}

}  // namespace kvs::compactor

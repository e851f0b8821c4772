// SPDX-License-Identifier: Apache-2.0
// TenantBucket: the part of a bucket that belongs to one tenant, as the compactor sees and changes
// it. The order of its writes is what makes a crash harmless: meta.json is the last file of a block
// to come and the first to go, and the global mark, which counts, comes behind the local one and
// goes last of all.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/base/status.h"
#include "kvs/bucket/marks.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/store_client.h"

#include "plan/planner.h"

namespace kvs::compactor {

/// A folder of a block without meta.json: on its way in, or left behind.
struct PartialBlock {
  tsdb::Ulid ulid;
  int64_t modified_ms = 0;  ///< Of its youngest file; 0: not known.
};

/// What a tenant has.
struct TenantBlocks {
  std::vector<PlanBlock> complete;  ///< Also those that are marked.
  std::vector<PartialBlock> partial;
  std::map<tsdb::Ulid, int64_t> deletion_marks;  ///< Unix seconds of the marking.
  std::set<tsdb::Ulid> no_compact;
  std::optional<bucket::TenantDeletionMark> tenant_deletion;

  /// Those that are not marked for deletion.
  std::vector<PlanBlock> Unmarked() const;
  /// Those that may be compacted.
  std::vector<PlanBlock> Compactable() const;
};

/// meta.json files that were read before: they never change. Synchronised. [any]
class MetaCache {
 public:
  std::optional<PlanBlock> Find(std::string_view tenant, const tsdb::Ulid& ulid) const;
  void Put(std::string_view tenant, const PlanBlock& block);
  /// Forgets the blocks of a tenant that are not in `present`.
  void Keep(std::string_view tenant, const std::set<tsdb::Ulid>& present);

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::map<tsdb::Ulid, PlanBlock>, std::less<>> metas_ KVS_GUARDED_BY(mutex_);
};

/// [worker]
class TenantBucket {
 public:
  TenantBucket(const sdk::StoreClient& store, std::string_view tenant, sdk::Clock clock,
               sdk::Log log)
      : store_(store.For(tenant)), tenant_(tenant), clock_(clock), log_(log) {}

  const std::string& tenant() const { return tenant_; }
  const sdk::StoreClient& store() const { return store_; }

  /// One listing, one of the marks, and what is new since the cache was filled.
  StatusOr<TenantBlocks> Scan(MetaCache* cache) const;

  /// A block that is marked already stays as it is.
  Status MarkForDeletion(const tsdb::Ulid& block, std::string_view details) const;
  /// Marks a block that has files but no meta.json; false when it is not such a one, or is marked
  /// already. Who completes it at the same time sees the mark, or keeps the block.
  StatusOr<bool> MarkPartialForDeletion(const tsdb::Ulid& block) const;
  StatusOr<bool> IsMarkedForDeletion(const tsdb::Ulid& block) const;
  Status MarkNoCompact(const tsdb::Ulid& block, std::string_view reason,
                       std::string_view details) const;
  /// Removes a block, its marks at last.
  Status DeleteBlock(const tsdb::Ulid& block) const;
  Status WriteIndex(const TenantBlocks& blocks) const;
  /// Nothing when there is none.
  StatusOr<std::optional<bucket::TenantDeletionMark>> ReadTenantDeletion() const;
  Status WriteTenantDeletion(const bucket::TenantDeletionMark& mark) const;
  /// Removes every object below `folder` of the tenant ("markers/"), those for which `keep` is true
  /// excepted.
  Status RemoveFolder(std::string_view folder, std::string_view keep_key = {}) const;

 private:
  Status ScanMarks(TenantBlocks* out) const;
  Status ScanBlock(const tsdb::Ulid& ulid, MetaCache* cache, TenantBlocks* out) const;
  int64_t NowSeconds() const { return clock_.NowMs() / 1000; }

  const sdk::StoreClient store_;
  const std::string tenant_;
  const sdk::Clock clock_;
  const sdk::Log log_;
};

}  // namespace kvs::compactor

// SPDX-License-Identifier: Apache-2.0
// TenantBlocks: which blocks every tenant has. A tenant becomes known with its first query; from
// then on its blocks are looked for anew on an interval, with a question whether the bucket index
// changed, and without listing anything, as long as there is a bucket index.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/bucket/index.h"
#include "kvs/sdk/store_client.h"

#include "choose.h"
#include "config.h"
#include "headers.h"
#include "metrics.h"

namespace kvs::source::blocks {

/// What was found of one tenant. Immutable.
struct BlockList {
  std::vector<bucket::IndexBlock> blocks;  ///< Those to be read, by begin.
  /// Those that are there, too, but that others of `blocks` answer for: somebody with an older view
  /// may still name them.
  std::vector<bucket::IndexBlock> others;
  int64_t updated_at_s = 0;  ///< When the index was written; 0: listed.
};

/// [worker]
class TenantBlocks {
 public:
  /// All outlive it.
  TenantBlocks(const Config& config, const Metrics& metrics, sdk::Host host)
      : config_(config), metrics_(metrics), host_(host) {}

  /// Unavailable when they could not be read; FailedPrecondition (err-mimir-bucket-index-too-old)
  /// when what is known is too old.
  /// `anew`: what is known already does not do; without a newer index that costs one question.
  StatusOr<std::shared_ptr<const BlockList>> Get(const sdk::Call& call, const sdk::StoreRef& store,
                                                 bool anew = false);
  /// The tenants whose names begin with `prefix` and who may have blocks in `span`, which may be
  /// empty; ascending. The bucket is listed when it was not for a `sync_interval`; no index is
  /// read.
  StatusOr<std::vector<std::string>> Names(const sdk::Call& call, const sdk::StoreRef& store,
                                           std::string_view prefix, const Span& span);
  /// Of which blocks of a tenant the headers are kept; of all: null.
  using Keeps = std::function<std::function<bool(const tsdb::Ulid&)>(const std::string& tenant)>;
  /// Looks again for the blocks of tenants that are due, forgets tenants that nobody asks for, and
  /// removes headers of blocks that are gone or not kept. `headers` may be null.
  void Refresh(const sdk::StoreRef& store, const kvs_cancel_t* cancel, Headers* headers,
               const Keeps& keeps);
  /// What was known is due at once.
  void MakeDue();

 private:
  using Metas = std::map<tsdb::Ulid, tsdb::BlockMeta>;
  struct Tenant {
    std::shared_ptr<const BlockList> list;  // Null: not known yet.
    std::string etag;                       // Of the index that the list is from.
    Metas metas;                            // Of blocks whose meta.json had to be read.
    int64_t synced_ms = 0, tried_ms = 0, used_ms = 0;
    bool loading = false;
  };
  struct Found {
    std::vector<bucket::IndexBlock> blocks;
    std::map<tsdb::Ulid, int64_t> marked_at_s;
    int64_t updated_at_s = 0;
    std::string etag;
  };

  Status Load(const sdk::StoreClient& client, const std::string& tenant);
  /// Nothing when the index is the one that `known` is from.
  StatusOr<std::optional<Found>> Look(const sdk::StoreClient& client, const std::string& tenant,
                                      const Tenant& known, Metas* metas);
  StatusOr<Found> ReadIndex(const sdk::StoreClient& client, const std::string& tenant);
  StatusOr<Found> ListFolder(const sdk::StoreClient& client, const std::string& tenant,
                             Metas* metas);
  Status ReadMetasOfOverlaps(const sdk::StoreClient& client, const std::string& tenant,
                             const Found& found, Metas* metas);
  Status ReadMeta(const sdk::StoreClient& client, const std::string& tenant,
                  const tsdb::Ulid& block, Metas* metas);
  BlockList ChooseBlocks(Found found, const Metas& metas) const;
  Status CheckAge(int64_t updated_at_s) const;
  void CountAll();

  const Config& config_;
  const Metrics& metrics_;
  const sdk::Host host_;
  std::mutex mutex_;
  std::condition_variable loaded_;
  std::map<std::string, Tenant, std::less<>> tenants_;  // Guarded by mutex_.
  std::shared_ptr<const std::vector<std::string>>
      names_;                    // Of all in the bucket; guarded by mutex_.
  int64_t names_listed_ms_ = 0;  // Guarded by mutex_.
};

}  // namespace kvs::source::blocks

// SPDX-License-Identifier: Apache-2.0
// Cleaner: takes away what is over: blocks past their retention, blocks that were marked long
// enough ago, what uploads left behind, and deleted tenants; then writes the tenant's bucket index.
#pragma once

#include <cstdint>

#include "bucket/tenant_bucket.h"
#include "config.h"
#include "metrics.h"
#include "tenant_limits.h"

namespace kvs::compactor {

/// Not synchronised: one tenant is cleaned by one thread at a time. [worker]
class Cleaner {
 public:
  Cleaner(const Config& config, const Metrics& metrics, MetaCache* cache, sdk::Clock clock,
          sdk::Log log)
      : config_(config), metrics_(metrics), cache_(cache), clock_(clock), log_(log) {}

  /// The first error of the store; what can be done all the same is done.
  Status CleanTenant(const TenantBucket& tenant, const TenantLimits& limits) const;
  /// Only writes the bucket index anew.
  Status UpdateIndex(const TenantBucket& tenant) const;

 private:
  Status CleanDeletedTenant(const TenantBucket& tenant, TenantBlocks& blocks) const;
  Status MarkExpired(const TenantBucket& tenant, const TenantLimits& limits,
                     TenantBlocks& blocks) const;
  Status MarkPartial(const TenantBucket& tenant, const TenantLimits& limits,
                     TenantBlocks& blocks) const;
  Status DeleteMarked(const TenantBucket& tenant, TenantBlocks& blocks) const;
  Status Delete(const TenantBucket& tenant, const tsdb::Ulid& ulid, TenantBlocks& blocks) const;
  Status Mark(const TenantBucket& tenant, const tsdb::Ulid& ulid, std::string_view reason,
              TenantBlocks& blocks) const;
  void CountMarked(const TenantBucket& tenant, const tsdb::Ulid& ulid, std::string_view reason,
                   TenantBlocks& blocks) const;
  Status WriteIndex(const TenantBucket& tenant, const TenantBlocks& blocks) const;

  const Config& config_;
  const Metrics& metrics_;
  MetaCache* const cache_;
  const sdk::Clock clock_;
  const sdk::Log log_;
};

}  // namespace kvs::compactor

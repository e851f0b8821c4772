// SPDX-License-Identifier: Apache-2.0
// RewritePlanner: which blocks have to be written anew for what is to be taken out of them,
// although nothing is there to merge them with. A block is only touched when its index has series
// that are meant; that is found out by reading ranges of the index in the bucket, once for each
// block and rule.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/bucket/deletion.h"

#include "bucket/tenant_bucket.h"
#include "config.h"
#include "run/job_runner.h"

namespace kvs::compactor {

/// What a tenant wants to be taken out.
struct TenantRules {
  std::vector<bucket::Deletion> deletions;  ///< The oldest first.
  SeriesRules retention;  ///< Up to where series have gone past their own retention.

  /// All of it, for a job.
  StatusOr<JobRules> ForJobs() const;
};

/// Synchronised. [worker]
class RewritePlanner {
 public:
  RewritePlanner(const Config& config, sdk::Clock clock) : config_(config), clock_(clock) {}

  /// Requests that cannot be read are DataLoss: none of them may be forgotten.
  StatusOr<TenantRules> ReadRules(const TenantBucket& tenant) const;
  /// Jobs of single blocks that no other job has.
  StatusOr<std::vector<Job>> Plan(const TenantBucket& tenant, const TenantBlocks& blocks,
                                  const TenantRules& rules, const std::vector<Job>& others);
  /// Removes the requests that are older than any sample outside the blocks, and of which no block
  /// has anything any more.
  Status Forget(const TenantBucket& tenant, const TenantBlocks& blocks, const TenantRules& rules);

 private:
  /// Whether a block has series that the selector selects.
  StatusOr<bool> HasSeries(const TenantBucket& tenant, const tsdb::BlockMeta& block,
                           const SeriesRule& rule);
  /// Whether a request still has to be applied to a block.
  StatusOr<bool> Concerns(const TenantBucket& tenant, const tsdb::BlockMeta& block,
                          const bucket::Deletion& deletion);

  const Config& config_;
  const sdk::Clock clock_;
  Mutex mutex_;
  // What was found out, by block and selector: neither changes.
  std::map<tsdb::Ulid, std::map<std::string, bool>> has_series_ KVS_GUARDED_BY(mutex_);
};

}  // namespace kvs::compactor

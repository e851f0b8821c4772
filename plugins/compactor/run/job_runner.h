// SPDX-License-Identifier: Apache-2.0
// JobRunner: makes the blocks of one job: fetches the sources, merges them, checks what came out,
// uploads it, and marks the sources for deletion. Whatever ends it, running the job again goes on
// where it ended: the names of its blocks follow from the job, files that are there are not fetched
// again, and a block that is in the bucket is not made again. If the job is never run again,
// because others came of a new plan, what it had begun to upload is given up.
#pragma once

#include <string>
#include <vector>

#include "kvs/blocks/block.h"

#include "bucket/tenant_bucket.h"
#include "metrics.h"
#include "plan/planner.h"
#include "run/permit.h"
#include "run/series_rules.h"
#include "work.h"

namespace kvs::compactor {

/// What a job takes out of its blocks.
struct JobRules {
  SeriesRules rules;
  /// The youngest request to delete series that is among the rules; none when it is zero. Blocks
  /// that were made say so with a hint, so that nobody applies it again.
  tsdb::Ulid youngest_deletion;
};

/// The hint of a block to which all deletions up to a request were applied; zero when it has none.
tsdb::Ulid AppliedDeletion(const tsdb::BlockMeta& meta);

/// [worker]
class JobRunner {
 public:
  JobRunner(std::string folder, const Metrics& metrics, sdk::Log log)
      : folder_(std::move(folder)), metrics_(metrics), log_(log) {}

  /// DataLoss: a source is damaged; those that are have been marked against compaction. Errors of
  /// the permit.
  Status Run(const TenantBucket& tenant, const Job& job, const JobRules& rules,
             const Permit& permit) const;
  /// Whether somebody else has done it since it was planned: its sources are marked or gone, or
  /// what it would make beside them is there.
  StatusOr<bool> IsDone(const TenantBucket& tenant, const Job& job, const JobRules& rules) const;
  /// Removes what is left of jobs of a tenant that are not among these: files here, and uploads
  /// that broke off, under the lease of the job. False: somebody else has one of these leases, and
  /// the next run is to try again.
  StatusOr<bool> RemoveStale(const TenantBucket& tenant, const std::vector<Job>& jobs,
                             const Work& work) const;

 private:
  struct Output {
    uint64_t shard;
    std::string folder;
    tsdb::BlockMeta meta;
  };
  std::string FolderOf(std::string_view tenant, const Job& job) const;
  StatusOr<std::vector<std::shared_ptr<const blocks::Block>>> Fetch(const TenantBucket& tenant,
                                                                    const Job& job,
                                                                    const std::string& folder,
                                                                    const Permit& permit) const;
  Status Merge(const Job& job, const JobRules& rules, const Permit& permit,
               const std::vector<std::shared_ptr<const blocks::Block>>& sources,
               const std::string& folder) const;
  StatusOr<std::vector<Output>> ReadOutputs(const TenantBucket& tenant, const Job& job,
                                            const JobRules& rules, const std::string& folder) const;
  Status UploadBlock(const TenantBucket& tenant, const Output& output, const Permit& permit) const;
  Status NoteUploads(const TenantBucket& tenant, const Job& job, const std::vector<Output>& outputs,
                     const std::string& folder, const Permit& permit) const;
  Status GiveUpUploads(const TenantBucket& tenant, const std::vector<tsdb::Ulid>& blocks) const;
  bool IsMerged(const JobRules& rules, const std::string& folder) const;
  Status MarkDamaged(const TenantBucket& tenant, const Job& job, const std::string& folder,
                     const Status& why) const;
  Status MarkOne(const TenantBucket& tenant, const tsdb::Ulid& block, std::string_view reason,
                 const Status& why) const;

  const std::string folder_;
  const Metrics& metrics_;
  const sdk::Log log_;
};

}  // namespace kvs::compactor

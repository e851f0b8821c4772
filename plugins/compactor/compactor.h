// SPDX-License-Identifier: Apache-2.0
// Compactor: goes through the tenants of a bucket, again and again, on two threads: one merges
// blocks, the other cleans up and writes bucket indexes, which must not wait for a merge of hours.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/kv.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/ring.h"
#include "kvs/sdk/store_client.h"

#include "bucket/tenant_bucket.h"
#include "clean/cleaner.h"
#include "config.h"
#include "metrics.h"
#include "pages.h"
#include "run/job_runner.h"
#include "run/rewrite.h"
#include "upload/upload_api.h"
#include "work.h"

namespace kvs::compactor {

class Compactor final : public sdk::Component {
 public:
  Compactor(sdk::Host host, Config config);
  ~Compactor() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  /// What is in work ends at the next step and goes on after a restart.
  sdk::Outcome Drain(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  /// Takes the store into use, without threads: what Start() begins with.
  void Open();
  /// One run over all tenants; the first error that kept a tenant from being processed. [worker]
  Status RunCompaction();
  Status RunCleanup();
  /// The jobs of a tenant as of now. [worker]
  StatusOr<std::vector<Job>> Plan(std::string_view tenant) const;
  TenantBucket BucketOf(std::string_view tenant) const { return {client_, tenant, clock_, log_}; }
  const sdk::StoreClient& client() const { return client_; }
  StatusOr<TenantLimits> LimitsOf(std::string_view tenant) const {
    return ReadTenantLimits(config_, limits, tenant);
  }
  const Config& config() const { return config_; }
  const Metrics& metrics() const { return metrics_; }
  int64_t NowMs() const { return clock_.NowMs(); }

  sdk::StoreRef store;
  sdk::LimiterRef limits;  ///< May be empty.
  sdk::RoutesRef http;     ///< May be empty.
  sdk::RingRef ring;       ///< May be empty.
  sdk::KvRef kv;           ///< May be empty.

 private:
  Status CheckAlive() const;
  Status CompactTenant(const std::string& tenant, const TenantLimits& limits,
                       const sharing::Share& share);
  Status CleanTenant(const std::string& tenant);
  /// Runs what is to do; false when there was nothing.
  StatusOr<bool> CompactOnce(const TenantBucket& bucket, const TenantLimits& limits,
                             const sharing::Share& share);
  /// Whether the bucket has changed: by this job, or by somebody else who has done it. ABORTED:
  /// another compactor does it.
  StatusOr<bool> RunJob(const TenantBucket& bucket, const Job& job, const JobRules& rules);
  Status MarkObsolete(const TenantBucket& bucket, TenantBlocks* blocks);
  std::vector<Job> PlanBlocks(const TenantBlocks& blocks, const TenantLimits& limits) const;
  /// Appends to `jobs` what is to be downsampled of the blocks that no job has.
  void AddDownsampling(const TenantBlocks& blocks, const TenantLimits& limits,
                       std::vector<Job>* jobs) const;
  /// Calls `run` every `interval_ms`, and when others have come or gone, or may have died over what
  /// was left to them; the first time at once, until the end.
  void Loop(int64_t interval_ms, const std::function<void()>& run);
  void End();

  const Config config_;
  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Clock clock_;
  const sdk::Executor executor_;
  const Metrics metrics_;
  MetaCache cache_;
  Work work_;
  const Cleaner cleaner_;
  sdk::CancelSource stopping_;
  sdk::StoreClient client_;
  JobRunner runner_;
  RewritePlanner rewrites_;
  Pages pages_;
  UploadApi uploads_;

  std::atomic<bool> left_to_others_{false};  // By the last run of compaction.
  Mutex
      index_mutex_;  // One index is written at a time: an older view may not overwrite a newer one.
  Mutex mutex_;
  std::condition_variable_any ended_;
  bool ending_ KVS_GUARDED_BY(mutex_) = false;
  std::function<void()> compaction_, cleanup_;
  kvs_thread_t* compaction_thread_ = nullptr;
  kvs_thread_t* cleanup_thread_ = nullptr;
};

}  // namespace kvs::compactor

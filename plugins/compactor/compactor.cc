// SPDX-License-Identifier: Apache-2.0
#include "compactor.h"

#include <algorithm>
#include <set>

#include "kvs/blocks/bucket_tenants.h"

#include "plan/downsampling.h"
#include "run/work_folder.h"

namespace kvs::compactor {
namespace {

// Each round of jobs makes others possible; so many are enough for any ranges.
constexpr int kRoundsMax = 16;
constexpr int64_t kLookAtRingMs = 1'000;
constexpr std::string_view kJobsFolder = "/jobs";
constexpr std::string_view kUploadsFolder = "/uploads";

}  // namespace

Compactor::Compactor(sdk::Host host, Config config)
    : config_(std::move(config)),
      host_(host),
      log_(host.log()),
      clock_(host.clock()),
      executor_(host.executor()),
      metrics_(host.metrics()),
      work_(host, config_),
      cleaner_(config_, metrics_, &cache_, clock_, log_),
      runner_(StrCat(config_.data_dir, kJobsFolder), metrics_, log_),
      rewrites_(config_, clock_),
      pages_(*this, executor_),
      uploads_(*this, host) {}

Compactor::~Compactor() {
  End();
}

void Compactor::Open() {
  work_.Use(ring, kv);
  client_ = sdk::StoreClient(
      store, {.tenant = "", .cancel = stopping_.raw(), .timeout_ms = config_.store_timeout.ms});
}

sdk::Outcome Compactor::Start(const sdk::Call&, sdk::Completer&) {
  Open();
  IgnoreError(RemoveAll(StrCat(config_.data_dir, kUploadsFolder)), "it is only in the way");
  if (http) {
    KVS_RETURN_IF_ERROR(pages_.HangUp(http, host_.component()));
    KVS_RETURN_IF_ERROR(uploads_.HangUp(http, host_.component()));
  }
  compaction_ = [this] {
    Loop(config_.compaction_interval.ms,
         [this] { IgnoreError(RunCompaction(), "counted and logged there"); });
  };
  cleanup_ = [this] {
    Loop(config_.cleanup_interval.ms,
         [this] { IgnoreError(RunCleanup(), "counted and logged there"); });
  };
  compaction_thread_ = executor_.StartThread("compact", &compaction_);
  cleanup_thread_ = executor_.StartThread("compact-clean", &cleanup_);
  return OkStatus();
}

sdk::Outcome Compactor::Drain(const sdk::Call&, sdk::Completer&) {
  const MutexLock lock(mutex_);
  ending_ = true;
  stopping_.Cancel();
  ended_.notify_all();
  return OkStatus();
}

sdk::Outcome Compactor::Stop(const sdk::Call&, sdk::Completer& completer) {
  if (http) http.RemoveAll(host_.component());
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  executor_.PostWorker([this, done] {
    End();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

void Compactor::End() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    ended_.notify_all();
  }
  stopping_.Cancel();
  uploads_.WaitIdle();
  for (kvs_thread_t** thread : {&compaction_thread_, &cleanup_thread_}) {
    if (*thread != nullptr) executor_.JoinThread(*thread);
    *thread = nullptr;
  }
}

void Compactor::Loop(int64_t interval_ms, const std::function<void()>& run) {
  while (true) {
    const uint64_t epoch = work_.epoch();
    run();
    int64_t left_ms = interval_ms;
    // What others have under a lease may be anybody's when that has ended.
    if (left_to_others_) left_ms = std::min(left_ms, 2 * config_.lease_ttl.ms);
    while (left_ms > 0 && work_.epoch() == epoch) {
      const int64_t wait_ms = std::min(left_ms, kLookAtRingMs);
      left_ms -= wait_ms;
      std::unique_lock lock(mutex_);
      if (ended_.wait_for(lock, std::chrono::milliseconds(wait_ms),
                          [this]() KVS_REQUIRES(mutex_) { return ending_; }))
        return;
    }
  }
}

Status Compactor::CheckAlive() const {
  return stopping_.cancelled() ? Cancelled("the compactor is stopping") : OkStatus();
}

Status Compactor::RunCompaction() {
  metrics_.runs_started.Add();
  const auto fail = [this](const Status& status) {
    const bool is_end = status.code() == StatusCode::kCancelled;
    metrics_.runs_failed.With({is_end ? "shutdown" : "error"}).Add();
    if (!is_end) log_.Error("a run of compaction failed", {{"error", status.message()}});
    return status;
  };
  const StatusOr<std::vector<std::string>> tenants = blocks::ListTenants(client_);
  if (!tenants.ok()) return fail(tenants.status());
  metrics_.tenants_discovered.Set(static_cast<double>(tenants->size()));
  for (const sdk::Cell* cell :
       {&metrics_.tenants_skipped, &metrics_.tenants_succeeded, &metrics_.tenants_failed})
    cell->Set(0);
  const std::string jobs_folder = StrCat(config_.data_dir, kJobsFolder);
  for (const std::string& name : NamesIn(jobs_folder)) {
    if (!std::binary_search(tenants->begin(), tenants->end(), name))
      IgnoreError(RemoveAll(StrCat(jobs_folder, "/", name)), "the next run tries again");
  }
  left_to_others_ = false;
  Status first;
  for (const std::string& tenant : *tenants) {
    const StatusOr<TenantLimits> tenant_limits = LimitsOf(tenant);
    Status status = tenant_limits.status();
    if (status.ok()) {
      const StatusOr<sharing::Share> share = work_.ShareOf(tenant, tenant_limits->shard_size);
      if (share.ok() && !share->HasSelf()) {
        metrics_.tenants_skipped.Add();
        continue;
      }
      status = share.ok() ? CompactTenant(tenant, *tenant_limits, *share) : share.status();
    }
    (status.ok() ? metrics_.tenants_succeeded : metrics_.tenants_failed).Add();
    if (status.code() == StatusCode::kCancelled) return fail(status);
    if (!status.ok())
      log_.Error("the blocks of a tenant could not be compacted",
                 {{"user", tenant}, {"error", status.message()}});
    if (first.ok()) first = status;
  }
  if (!first.ok()) return fail(first);
  metrics_.runs_completed.Add();
  metrics_.last_successful_run.Set(static_cast<double>(clock_.NowMs()) / 1000);
  return OkStatus();
}

Status Compactor::CompactTenant(const std::string& tenant, const TenantLimits& tenant_limits,
                                const sharing::Share& share) {
  const TenantBucket bucket = BucketOf(tenant);
  bool any = false;
  Status status;
  for (int round = 0; round < kRoundsMax; ++round) {
    const StatusOr<bool> worked = CompactOnce(bucket, tenant_limits, share);
    status = worked.status();
    if (!status.ok() || !*worked) break;
    any = true;
  }
  if (!any || status.code() == StatusCode::kCancelled) return status;
  const MutexLock lock(index_mutex_);
  const StatusOr<Work::LeasePtr> lease = work_.TakeIndex(tenant);
  Status updated = lease.status();
  if (lease.ok()) {
    updated = cleaner_.UpdateIndex(bucket);
  } else if (updated.code() == StatusCode::kAborted) {
    updated = OkStatus();  // Somebody else writes it just now, and again with every cleaning.
  }
  return status.ok() ? updated : status;
}

StatusOr<bool> Compactor::CompactOnce(const TenantBucket& bucket, const TenantLimits& tenant_limits,
                                      const sharing::Share& share) {
  KVS_ASSIGN_OR_RETURN(TenantBlocks blocks, bucket.Scan(&cache_));
  if (blocks.tenant_deletion.has_value()) return false;
  KVS_RETURN_IF_ERROR(MarkObsolete(bucket, &blocks));
  std::vector<Job> jobs = PlanBlocks(blocks, tenant_limits);
  KVS_ASSIGN_OR_RETURN(const TenantRules tenant_rules, rewrites_.ReadRules(bucket));
  KVS_ASSIGN_OR_RETURN(std::vector<Job> rewrites,
                       rewrites_.Plan(bucket, blocks, tenant_rules, jobs));
  jobs.insert(jobs.end(), std::make_move_iterator(rewrites.begin()),
              std::make_move_iterator(rewrites.end()));
  AddDownsampling(blocks, tenant_limits, &jobs);
  KVS_ASSIGN_OR_RETURN(const bool is_tidy, runner_.RemoveStale(bucket, jobs, work_));
  if (!is_tidy) left_to_others_ = true;
  if (jobs.empty()) {
    KVS_RETURN_IF_ERROR(rewrites_.Forget(bucket, blocks, tenant_rules));
    return false;
  }
  KVS_ASSIGN_OR_RETURN(const JobRules rules, tenant_rules.ForJobs());
  bool changed = false;
  Status first;
  for (const Job& job : jobs) {
    KVS_RETURN_IF_ERROR(CheckAlive());
    if (!share.Owns(KeyOf(job))) {
      metrics_.jobs_left.With({"owner"}).Add();
      continue;
    }
    const StatusOr<bool> ran = RunJob(bucket, job, rules);
    changed = changed || (ran.ok() && *ran);
    const Status status = ran.status();
    if (status.ok()) continue;
    if (status.code() == StatusCode::kCancelled) return status;
    if (status.code() == StatusCode::kAborted) {
      metrics_.jobs_left.With({"lease"}).Add();
      left_to_others_ = true;
      log_.Info("a job is left to another compactor",
                {{"user", bucket.tenant()}, {"job", job.ToString()}, {"why", status.message()}});
      continue;
    }
    metrics_.compaction_failures.Add();
    log_.Error("a compaction failed",
               {{"user", bucket.tenant()}, {"job", job.ToString()}, {"error", status.message()}});
    if (first.ok()) first = status;
  }
  // Others may still have been possible: they were run. What failed is planned again by the next
  // run.
  if (!first.ok()) return first;
  return changed;
}

StatusOr<bool> Compactor::RunJob(const TenantBucket& bucket, const Job& job,
                                 const JobRules& rules) {
  KVS_ASSIGN_OR_RETURN(const Work::LeasePtr lease, work_.TakeJob(bucket.tenant(), KeyOf(job)));
  if (lease == nullptr) {
    const auto alive = [this] { return CheckAlive(); };
    KVS_RETURN_IF_ERROR(runner_.Run(bucket, job, rules, {.check = alive, .confirm = alive}));
    return true;
  }
  // Planned before the lease was taken: whoever had it may have done the job.
  KVS_ASSIGN_OR_RETURN(const bool is_done, runner_.IsDone(bucket, job, rules));
  if (is_done) {
    metrics_.jobs_left.With({"done"}).Add();
    return true;
  }
  const Permit permit{.check =
                          [this, &lease] {
                            KVS_RETURN_IF_ERROR(CheckAlive());
                            return lease->Check();
                          },
                      .confirm =
                          [this, &lease] {
                            KVS_RETURN_IF_ERROR(CheckAlive());
                            return lease->Confirm();
                          }};
  KVS_RETURN_IF_ERROR(runner_.Run(bucket, job, rules, permit));
  return true;
}

Status Compactor::MarkObsolete(const TenantBucket& bucket, TenantBlocks* blocks) {
  for (const tsdb::Ulid& ulid : FindObsolete(blocks->Unmarked())) {
    KVS_RETURN_IF_ERROR(
        bucket.MarkForDeletion(ulid, "its samples are in blocks that were made of it"));
    metrics_.marked_for_deletion.With({"compaction"}).Add();
    blocks->deletion_marks[ulid] = clock_.NowMs() / 1000;
  }
  return OkStatus();
}

std::vector<Job> Compactor::PlanBlocks(const TenantBlocks& blocks,
                                       const TenantLimits& tenant_limits) const {
  return PlanCompaction(blocks.Compactable(),
                        {.ranges_ms = config_.ranges_ms(),
                         .shards = tenant_limits.shards,
                         .split_groups = tenant_limits.split_groups,
                         .now_ms = clock_.NowMs(),
                         .first_level_wait_ms = config_.first_level_compaction_wait_period.ms});
}

StatusOr<std::vector<Job>> Compactor::Plan(std::string_view tenant) const {
  KVS_ASSIGN_OR_RETURN(const TenantLimits tenant_limits, LimitsOf(tenant));
  MetaCache cache;  // A page asks seldom, and must not change what the loops know.
  KVS_ASSIGN_OR_RETURN(const TenantBlocks blocks, BucketOf(tenant).Scan(&cache));
  if (blocks.tenant_deletion.has_value()) return std::vector<Job>();
  std::vector<Job> jobs = PlanBlocks(blocks, tenant_limits);
  AddDownsampling(blocks, tenant_limits, &jobs);
  return jobs;
}

void Compactor::AddDownsampling(const TenantBlocks& blocks, const TenantLimits& tenant_limits,
                                std::vector<Job>* jobs) const {
  std::vector<Job> more = PlanDownsampling(blocks.Compactable(), Downsampled(blocks.Unmarked()),
                                           *jobs, tenant_limits, clock_.NowMs());
  jobs->insert(jobs->end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

Status Compactor::CleanTenant(const std::string& tenant) {
  KVS_ASSIGN_OR_RETURN(const TenantLimits tenant_limits, LimitsOf(tenant));
  KVS_ASSIGN_OR_RETURN(const sharing::Share share, work_.ShareOf(tenant, tenant_limits.shard_size));
  if (!Work::OwnsCleaning(share)) return OkStatus();
  const MutexLock lock(index_mutex_);
  const StatusOr<Work::LeasePtr> lease = work_.TakeIndex(tenant);
  // Another one cleans, or has compacted: the next run is soon enough.
  if (lease.status().code() == StatusCode::kAborted) return OkStatus();
  KVS_RETURN_IF_ERROR(lease.status());
  return cleaner_.CleanTenant(BucketOf(tenant), tenant_limits);
}

Status Compactor::RunCleanup() {
  metrics_.cleanup_started.Add();
  const StatusOr<std::vector<std::string>> tenants = blocks::ListTenants(client_);
  Status first = tenants.status();
  if (tenants.ok()) {
    for (const std::string& tenant : *tenants) {
      const Status status = CleanTenant(tenant);
      if (status.code() == StatusCode::kCancelled) return status;
      if (!status.ok())
        log_.Error("a tenant could not be cleaned",
                   {{"user", tenant}, {"error", status.message()}});
      if (first.ok()) first = status;
    }
  }
  if (!first.ok()) {
    metrics_.cleanup_failed.Add();
    return first;
  }
  metrics_.cleanup_completed.Add();
  metrics_.cleanup_last_run.Set(static_cast<double>(clock_.NowMs()) / 1000);
  return OkStatus();
}

}  // namespace kvs::compactor

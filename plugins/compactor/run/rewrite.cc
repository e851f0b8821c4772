// SPDX-License-Identifier: Apache-2.0
#include "run/rewrite.h"

#include <algorithm>

#include "kvs/base/units.h"
#include "kvs/bucket/layout.h"
#include "kvs/tsdb/index_header.h"
#include "kvs/tsdb/selection.h"

namespace kvs::compactor {
namespace {

using tsdb::BlockMeta;
using tsdb::Ulid;

// An index in the bucket, read by ranges.
class StoreSource final : public tsdb::ByteSource {
 public:
  StoreSource(const sdk::StoreClient& store, std::string key, uint64_t size)
      : store_(store), key_(std::move(key)), size_(size) {}
  uint64_t size() const override { return size_; }
  StatusOr<std::span<const uint8_t>> Read(uint64_t offset, size_t size,
                                          tsdb::Bytes* scratch) const override {
    scratch->clear();
    if (size == 0) return std::span<const uint8_t>();
    KVS_RETURN_IF_ERROR(store_.Read(key_, offset, size, [scratch](std::span<const uint8_t> bytes) {
      scratch->assign(bytes.begin(), bytes.end());
      return OkStatus();
    }));
    if (scratch->size() != size)
      return Unavailable(key_, ": ", scratch->size(), " bytes at ", offset, " where ", size,
                         " were asked for");
    return std::span<const uint8_t>(*scratch);
  }

 private:
  const sdk::StoreClient& store_;
  const std::string key_;
  const uint64_t size_;
};

bool Overlaps(const BlockMeta& block, const tsdb::DeletedRange& range) {
  return block.mint <= range.maxt && range.mint < block.maxt;
}

}  // namespace

StatusOr<JobRules> TenantRules::ForJobs() const {
  JobRules out;
  out.rules = retention;
  for (const bucket::Deletion& deletion : deletions) {
    for (const std::string& selector : deletion.selectors) {
      KVS_ASSIGN_OR_RETURN(SeriesRule rule,
                           SeriesRule::Make(selector, {deletion.start_ms, deletion.end_ms}));
      out.rules.Add(std::move(rule));
    }
    out.youngest_deletion = std::max(out.youngest_deletion, deletion.id);
  }
  return out;
}

StatusOr<TenantRules> RewritePlanner::ReadRules(const TenantBucket& tenant) const {
  TenantRules out;
  // Cut off where a block of the smallest range begins: so a job that is run again does the same.
  const int64_t range = config_.ranges_ms().front();
  for (const auto& [selector, period] : config_.retention_per_matcher) {
    KVS_ASSIGN_OR_RETURN(const int64_t period_ms, ParseDurationMs(period));
    const int64_t keep_from = (clock_.NowMs() - period_ms) / range * range;
    KVS_ASSIGN_OR_RETURN(SeriesRule rule, SeriesRule::Make(selector, {INT64_MIN, keep_from - 1}));
    out.retention.Add(std::move(rule));
  }
  std::vector<std::string> keys;
  KVS_RETURN_IF_ERROR(tenant.store().ForEach(
      StrCat(tenant.tenant(), "/", bucket::kDeletionsFolder), {}, [&](const auto& entry) {
        if (bucket::ClassifyKey(tenant.tenant(), entry.key).kind == bucket::KeyKind::kDeletion)
          keys.push_back(entry.key);
        return OkStatus();
      }));
  for (const std::string& key : keys) {
    KVS_ASSIGN_OR_RETURN(const std::optional<std::string> json, tenant.store().GetIfThere(key));
    if (!json.has_value()) continue;
    StatusOr<bucket::Deletion> deletion = bucket::ParseDeletion(*json);
    if (!deletion.ok()) return Annotate(deletion.status(), key);
    out.deletions.push_back(*std::move(deletion));
  }
  return out;
}

StatusOr<bool> RewritePlanner::HasSeries(const TenantBucket& tenant, const BlockMeta& block,
                                         const SeriesRule& rule) {
  {
    const MutexLock lock(mutex_);
    const auto known = has_series_.find(block.ulid);
    if (known != has_series_.end()) {
      const auto found = known->second.find(rule.selector);
      if (found != known->second.end()) return found->second;
    }
  }
  const std::string key = bucket::BlockFileKey(tenant.tenant(), block.ulid, bucket::kIndexFile);
  KVS_ASSIGN_OR_RETURN(const sdk::StoreClient::Info info, tenant.store().Stat(key));
  const StoreSource index(tenant.store(), key, info.size);
  KVS_ASSIGN_OR_RETURN(const tsdb::IndexHeader header, tsdb::IndexHeader::Read(index));
  KVS_ASSIGN_OR_RETURN(const tsdb::SelectionPlan plan, tsdb::PlanSelection(header, rule.matchers));
  KVS_ASSIGN_OR_RETURN(const tsdb::SeriesSet series, tsdb::RunSelection(plan, index));
  const MutexLock lock(mutex_);
  has_series_[block.ulid][rule.selector] = !series.empty();
  return !series.empty();
}

StatusOr<bool> RewritePlanner::Concerns(const TenantBucket& tenant, const BlockMeta& block,
                                        const bucket::Deletion& deletion) {
  const tsdb::DeletedRange range{deletion.start_ms, deletion.end_ms};
  if (!Overlaps(block, range) || !(AppliedDeletion(block) < deletion.id)) return false;
  for (const std::string& selector : deletion.selectors) {
    KVS_ASSIGN_OR_RETURN(const SeriesRule rule, SeriesRule::Make(selector, range));
    KVS_ASSIGN_OR_RETURN(const bool has, HasSeries(tenant, block, rule));
    if (has) return true;
  }
  return false;
}

StatusOr<std::vector<Job>> RewritePlanner::Plan(const TenantBucket& tenant,
                                                const TenantBlocks& blocks,
                                                const TenantRules& rules,
                                                const std::vector<Job>& others) {
  std::set<Ulid> taken;
  for (const Job& job : others) {
    for (const PlanBlock& block : job.blocks) taken.insert(block.meta.ulid);
  }
  std::vector<Job> out;
  for (const PlanBlock& block : blocks.Compactable()) {
    if (taken.contains(block.meta.ulid)) continue;
    bool concerns = false;
    for (size_t i = 0; i < rules.deletions.size() && !concerns; ++i) {
      KVS_ASSIGN_OR_RETURN(concerns, Concerns(tenant, block.meta, rules.deletions[i]));
    }
    for (size_t i = 0; i < rules.retention.all().size() && !concerns; ++i) {
      const SeriesRule& rule = rules.retention.all()[i];
      // While a part of it is still kept, it is not worth while: the block will be merged, or be
      // over, sooner or later.
      if (block.meta.maxt - 1 > rule.range.maxt) continue;
      KVS_ASSIGN_OR_RETURN(concerns, HasSeries(tenant, block.meta, rule));
    }
    if (!concerns) continue;
    Job& job = out.emplace_back();
    job.group = GroupOf(block.meta);
    job.shard = ShardOf(block.meta);
    job.range_begin_ms = block.meta.mint;
    job.range_end_ms = block.meta.maxt;
    job.blocks = {block};
  }
  return out;
}

Status RewritePlanner::Forget(const TenantBucket& tenant, const TenantBlocks& blocks,
                              const TenantRules& rules) {
  {
    std::set<Ulid> present;
    for (const PlanBlock& block : blocks.complete) present.insert(block.meta.ulid);
    const MutexLock lock(mutex_);
    std::erase_if(has_series_, [&](const auto& entry) {
      return !present.contains(entry.first) && blocks.deletion_marks.contains(entry.first);
    });
  }
  for (const bucket::Deletion& deletion : rules.deletions) {
    if (deletion.created_at_ms + config_.deletion_request_age.ms > clock_.NowMs()) continue;
    bool concerns = false;
    // Also blocks that are marked: readers see them until they are gone.
    for (size_t i = 0; i < blocks.complete.size() && !concerns; ++i) {
      KVS_ASSIGN_OR_RETURN(concerns, Concerns(tenant, blocks.complete[i].meta, deletion));
    }
    if (!concerns)
      KVS_RETURN_IF_ERROR(tenant.store().Remove(bucket::DeletionKey(tenant.tenant(), deletion.id)));
  }
  return OkStatus();
}

}  // namespace kvs::compactor

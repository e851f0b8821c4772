// SPDX-License-Identifier: Apache-2.0
#include "tenant_blocks.h"

#include <algorithm>
#include <set>

#include "kvs/blocks/bucket_tenants.h"
#include "kvs/bucket/layout.h"
#include "kvs/bucket/marks.h"

#include "covered.h"

namespace kvs::source::blocks {
namespace {

constexpr int64_t kRetryMs = 60'000;        // After a failure.
constexpr int64_t kForgetMs = 60 * 60'000;  // A tenant that nobody asks for.
constexpr int64_t kLoadTimeoutMs = 120'000;

}  // namespace

StatusOr<std::shared_ptr<const BlockList>> TenantBlocks::Get(const sdk::Call& call,
                                                             const sdk::StoreRef& store,
                                                             bool anew) {
  const std::string tenant(call.tenant());
  const int64_t now = host_.clock().NowMs();
  {
    std::unique_lock lock(mutex_);
    loaded_.wait(lock, [&] {
      const Tenant& known = tenants_[tenant];
      return !known.loading || (known.list != nullptr && !anew);
    });
    Tenant& known = tenants_[tenant];
    known.used_ms = now;
    const bool is_due =
        known.list == nullptr || (known.synced_ms == 0 && known.tried_ms == 0) ||
        (!CheckAge(known.list->updated_at_s).ok() && now - known.tried_ms >= kRetryMs) || anew;
    if (!is_due || known.loading) {
      KVS_RETURN_IF_ERROR(CheckAge(known.list->updated_at_s));
      return known.list;
    }
    known.loading = true;
  }
  const sdk::StoreClient client(
      store, {.tenant = tenant, .cancel = call.raw()->cancel, .timeout_ms = kLoadTimeoutMs});
  const Status status = Load(client, tenant);
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<const BlockList> list = tenants_[tenant].list;
  if (list == nullptr) return status;
  KVS_RETURN_IF_ERROR(CheckAge(list->updated_at_s));
  return list;
}

StatusOr<std::vector<std::string>> TenantBlocks::Names(const sdk::Call& call,
                                                       const sdk::StoreRef& store,
                                                       std::string_view prefix, const Span& span) {
  if (span.min_ms > span.max_ms) return std::vector<std::string>();
  const int64_t now = host_.clock().NowMs();
  std::shared_ptr<const std::vector<std::string>> names;
  {
    const std::lock_guard lock(mutex_);
    if (now - names_listed_ms_ < config_.sync_interval.ms) names = names_;
  }
  if (names == nullptr) {
    const sdk::StoreClient client(
        store, {.tenant = "", .cancel = call.raw()->cancel, .timeout_ms = kLoadTimeoutMs});
    StatusOr<std::vector<std::string>> listed = kvs::blocks::ListTenants(client);
    if (!listed.ok()) return Annotate(listed.status(), "listing the tenants of the bucket");
    names = std::make_shared<const std::vector<std::string>>(*std::move(listed));
    const std::lock_guard lock(mutex_);
    names_ = names;
    names_listed_ms_ = now;
  }
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (const std::string& name : *names) {
    if (!name.starts_with(prefix)) continue;
    const auto known = tenants_.find(name);
    const bool may_have =
        known == tenants_.end() || known->second.list == nullptr ||
        std::any_of(known->second.list->blocks.begin(), known->second.list->blocks.end(),
                    [&](const bucket::IndexBlock& block) {
                      return block.Within(span.min_ms, span.max_ms);
                    });
    if (may_have) out.push_back(name);
  }
  return out;
}

// Called by who set `loading`.
Status TenantBlocks::Load(const sdk::StoreClient& client, const std::string& tenant) {
  Tenant before;
  {
    const std::lock_guard lock(mutex_);
    const Tenant& known = tenants_[tenant];
    before.list = known.list;
    before.etag = known.etag;
    before.metas = known.metas;
  }
  metrics_.index_loads.Add();
  const int64_t begin_ns = host_.clock().MonotonicNs();
  std::shared_ptr<const BlockList> list;
  Metas metas = std::move(before.metas);
  std::string etag;
  const auto read = [&]() -> Status {
    KVS_ASSIGN_OR_RETURN(std::optional<Found> found, Look(client, tenant, before, &metas));
    if (!found.has_value()) {
      etag = before.etag;
      list = before.list;
      return OkStatus();
    }
    std::set<tsdb::Ulid> there;
    for (const bucket::IndexBlock& block : found->blocks) there.insert(block.id);
    std::erase_if(metas, [&there](const auto& meta) { return !there.contains(meta.first); });
    etag = found->etag;
    list = std::make_shared<const BlockList>(ChooseBlocks(*std::move(found), metas));
    return OkStatus();
  };
  const Status status = read();
  metrics_.index_load_seconds.Observe(static_cast<double>(host_.clock().MonotonicNs() - begin_ns) /
                                      1e9);
  if (!status.ok()) metrics_.index_load_failures.Add();
  {
    const std::lock_guard lock(mutex_);
    Tenant& known = tenants_[tenant];
    known.loading = false;
    known.tried_ms = host_.clock().NowMs();
    if (status.ok()) {
      known.list = list;
      known.etag = etag;
      known.metas = std::move(metas);
      known.synced_ms = known.tried_ms;
      metrics_.last_sync.Set(static_cast<double>(known.synced_ms) / 1000);
    }
    CountAll();
  }
  loaded_.notify_all();
  return Annotate(status, "looking for the blocks of tenant ", tenant);
}

StatusOr<std::optional<TenantBlocks::Found>> TenantBlocks::Look(const sdk::StoreClient& client,
                                                                const std::string& tenant,
                                                                const Tenant& known, Metas* metas) {
  if (config_.discovery != "list") {
    // A question for the size and the tag is cheaper than the index of a large tenant.
    const StatusOr<sdk::StoreClient::Info> info = client.Stat(bucket::BucketIndexKey(tenant));
    if (info.ok()) {
      const bool may_list = config_.discovery == "auto";
      const bool is_known = !known.etag.empty() && info->etag == known.etag;
      if (is_known && (!may_list || CheckAge(known.list->updated_at_s).ok())) {
        return std::optional<Found>();
      }
      KVS_ASSIGN_OR_RETURN(Found found, ReadIndex(client, tenant));
      // One that nobody keeps up any more does not hide what came after it.
      if (!may_list || CheckAge(found.updated_at_s).ok()) {
        KVS_RETURN_IF_ERROR(ReadMetasOfOverlaps(client, tenant, found, metas));
        found.etag = info->etag;
        return std::optional<Found>(std::move(found));
      }
    } else if (info.status().code() != StatusCode::kNotFound) {
      return info.status();
    } else if (config_.discovery == "index") {
      return std::optional<Found>(Found());  // A tenant that never had a block.
    }
  }
  KVS_ASSIGN_OR_RETURN(Found found, ListFolder(client, tenant, metas));
  return std::optional<Found>(std::move(found));
}

StatusOr<TenantBlocks::Found> TenantBlocks::ReadIndex(const sdk::StoreClient& client,
                                                      const std::string& tenant) {
  const std::string key = bucket::BucketIndexKey(tenant);
  KVS_ASSIGN_OR_RETURN(const std::string bytes, client.Get(key));
  StatusOr<bucket::BucketIndex> index =
      bucket::ReadBucketIndex({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  if (!index.ok()) return Annotate(index.status(), key);
  Found out;
  out.blocks = std::move(index->blocks);
  out.updated_at_s = index->updated_at_s;
  for (const bucket::IndexDeletionMark& mark : index->deletion_marks) {
    out.marked_at_s[mark.id] = mark.deletion_time_s;
  }
  return out;
}

Status TenantBlocks::ReadMeta(const sdk::StoreClient& client, const std::string& tenant,
                              const tsdb::Ulid& block, Metas* metas) {
  if (metas->contains(block)) return OkStatus();
  const std::string key = bucket::BlockFileKey(tenant, block, bucket::kMetaFile);
  KVS_ASSIGN_OR_RETURN(const auto json, client.GetIfThere(key));
  if (!json.has_value()) return OkStatus();  // Being uploaded, or being removed.
  StatusOr<tsdb::BlockMeta> meta = tsdb::ParseMeta(*json);
  if (!meta.ok()) {
    host_.log().Warn("a block is left out: its meta.json is damaged",
                     {{"key", key}, {"error", meta.status().message()}});
    return OkStatus();
  }
  metas->emplace(block, *std::move(meta));
  return OkStatus();
}

StatusOr<TenantBlocks::Found> TenantBlocks::ListFolder(const sdk::StoreClient& client,
                                                       const std::string& tenant, Metas* metas) {
  Found out;
  std::vector<tsdb::Ulid> found;
  const std::string prefix = bucket::TenantPrefix(tenant);
  KVS_RETURN_IF_ERROR(client.ForEach(prefix, "/", [&](const sdk::StoreClient::Entry& entry) {
    if (!entry.is_prefix) return OkStatus();
    const std::string_view name =
        std::string_view(entry.key).substr(prefix.size(), entry.key.size() - prefix.size() - 1);
    const StatusOr<tsdb::Ulid> block = tsdb::Ulid::Parse(name);
    if (block.ok()) found.push_back(*block);
    return OkStatus();
  }));
  std::vector<std::string> marks;
  KVS_RETURN_IF_ERROR(
      client.ForEach(bucket::MarkersPrefix(tenant), "/", [&](const sdk::StoreClient::Entry& entry) {
        const bucket::KeyInfo info = bucket::ClassifyKey(tenant, entry.key);
        if (info.kind == bucket::KeyKind::kDeletionMark) marks.push_back(entry.key);
        return OkStatus();
      }));
  for (const std::string& key : marks) {
    KVS_ASSIGN_OR_RETURN(const auto json, client.GetIfThere(key));
    if (!json.has_value()) continue;
    const StatusOr<bucket::DeletionMark> mark = bucket::ParseDeletionMark(*json);
    if (mark.ok()) out.marked_at_s[mark->id] = mark->deletion_time_s;
  }
  for (const tsdb::Ulid& block : found) {
    KVS_RETURN_IF_ERROR(ReadMeta(client, tenant, block, metas));
    const auto meta = metas->find(block);
    if (meta != metas->end()) out.blocks.push_back(bucket::IndexBlock::Of(meta->second, 0));
  }
  return out;
}

namespace {

bool Overlap(const bucket::IndexBlock& a, const bucket::IndexBlock& b) {
  return a.mint < b.maxt && b.mint < a.maxt;
}

// Those blocks of `found` whose meta.json is known.
std::vector<tsdb::BlockMeta> Known(const std::vector<bucket::IndexBlock>& found,
                                   const std::map<tsdb::Ulid, tsdb::BlockMeta>& metas) {
  std::vector<tsdb::BlockMeta> out;
  for (const bucket::IndexBlock& block : found) {
    const auto meta = metas.find(block.id);
    if (meta != metas.end()) out.push_back(meta->second);
  }
  return out;
}

void Leave(const std::vector<tsdb::Ulid>& sorted, std::vector<bucket::IndexBlock>* blocks) {
  std::erase_if(*blocks, [&sorted](const bucket::IndexBlock& block) {
    return std::binary_search(sorted.begin(), sorted.end(), block.id);
  });
}

}  // namespace

// The index does not say from which blocks a block was made. That matters only for blocks of
// different levels that overlap, and for aggregates that overlap what they are not the aggregates
// of, so for few, and for a short time.
Status TenantBlocks::ReadMetasOfOverlaps(const sdk::StoreClient& client, const std::string& tenant,
                                         const Found& found, Metas* metas) {
  const auto read = [&](const std::vector<bucket::IndexBlock>& blocks, auto matters) -> Status {
    for (const bucket::IndexBlock& block : blocks) {
      const bool any = std::any_of(blocks.begin(), blocks.end(), [&](const auto& other) {
        return Overlap(block, other) && matters(block, other);
      });
      if (any) KVS_RETURN_IF_ERROR(ReadMeta(client, tenant, block.id, metas));
    }
    return OkStatus();
  };
  KVS_RETURN_IF_ERROR(
      read(found.blocks, [](const bucket::IndexBlock& a, const bucket::IndexBlock& b) {
        return a.resolution_ms == b.resolution_ms && a.compaction_level != b.compaction_level;
      }));
  std::vector<bucket::IndexBlock> left = found.blocks;
  Leave(FindCovered(Known(left, *metas)), &left);
  std::map<uint64_t, std::set<int64_t>> resolutions;  // By content.
  for (const bucket::IndexBlock& block : left)
    resolutions[block.content].insert(block.resolution_ms);
  const auto is_alone = [&resolutions](const bucket::IndexBlock& block) {
    return block.content == 0 || resolutions.at(block.content).size() == 1;
  };
  return read(left, [&](const bucket::IndexBlock& a, const bucket::IndexBlock& b) {
    return a.resolution_ms != b.resolution_ms && is_alone(a) && is_alone(b);
  });
}

BlockList TenantBlocks::ChooseBlocks(Found found, const Metas& metas) const {
  const int64_t now_ms = host_.clock().NowMs();
  const auto is_deleted = [&](const bucket::IndexBlock& block) {
    const auto mark = found.marked_at_s.find(block.id);
    return mark != found.marked_at_s.end() &&
           now_ms - mark->second * 1000 > config_.ignore_deletion_mark_delay.ms;
  };
  std::erase_if(found.blocks, is_deleted);
  std::vector<bucket::IndexBlock> others = found.blocks;
  Leave(FindCovered(Known(found.blocks, metas)), &found.blocks);
  Leave(FindOutdated(Known(found.blocks, metas)), &found.blocks);
  for (bucket::IndexBlock& block : found.blocks) {
    const auto meta = metas.find(block.id);
    if (meta != metas.end()) block.content = bucket::ContentOf(meta->second);
  }
  std::sort(found.blocks.begin(), found.blocks.end(),
            [](const bucket::IndexBlock& a, const bucket::IndexBlock& b) {
              return a.mint != b.mint ? a.mint < b.mint : a.id < b.id;
            });
  std::set<tsdb::Ulid> chosen;
  for (const bucket::IndexBlock& block : found.blocks) chosen.insert(block.id);
  std::erase_if(others, [&chosen](const auto& block) { return chosen.contains(block.id); });
  return {std::move(found.blocks), std::move(others), found.updated_at_s};
}

Status TenantBlocks::CheckAge(int64_t updated_at_s) const {
  const int64_t limit_ms = config_.max_stale_period.ms;
  const int64_t age_ms = host_.clock().NowMs() - updated_at_s * 1000;
  if (limit_ms == 0 || updated_at_s == 0 || age_ms <= limit_ms) return OkStatus();
  return FailedPrecondition("the bucket index is ", age_ms / 1000,
                            "s old, and bucket_index.max_stale_period is ", limit_ms / 1000,
                            "s; does a compactor run?")
      .WithReason("err-mimir-bucket-index-too-old");
}

void TenantBlocks::Refresh(const sdk::StoreRef& store, const kvs_cancel_t* cancel, Headers* headers,
                           const Keeps& keeps) {
  const int64_t now = host_.clock().NowMs();
  std::vector<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(tenants_, [now](const auto& entry) {
      return !entry.second.loading && now - entry.second.used_ms > kForgetMs;
    });
    CountAll();
    for (auto& [tenant, known] : tenants_) {
      const int64_t wait = known.synced_ms == known.tried_ms ? config_.sync_interval.ms : kRetryMs;
      if (known.loading || known.list == nullptr || now - known.tried_ms < wait) continue;
      known.loading = true;
      due.push_back(tenant);
    }
  }
  for (const std::string& tenant : due) {
    const sdk::StoreClient client(
        store, {.tenant = tenant, .cancel = cancel, .timeout_ms = kLoadTimeoutMs});
    if (const Status status = Load(client, tenant); !status.ok()) {
      host_.log().Warn("the blocks that are known stay: new ones could not be looked for",
                       {{"tenant", tenant}, {"error", status.message()}});
      continue;
    }
    if (headers == nullptr) continue;
    const std::function<bool(const tsdb::Ulid&)> is_kept = keeps ? keeps(tenant) : nullptr;
    std::vector<tsdb::Ulid> wanted;
    {
      const std::lock_guard lock(mutex_);
      for (const bucket::IndexBlock& block : tenants_[tenant].list->blocks) {
        if (!is_kept || is_kept(block.id)) wanted.push_back(block.id);
      }
    }
    std::sort(wanted.begin(), wanted.end());
    headers->KeepOnly(tenant, wanted);
  }
}

void TenantBlocks::MakeDue() {
  const std::lock_guard lock(mutex_);
  for (auto& [tenant, known] : tenants_) known.synced_ms = known.tried_ms = 0;
}

// With mutex_ held.
void TenantBlocks::CountAll() {
  size_t tenants = 0, blocks = 0, indexes = 0;
  for (const auto& [tenant, known] : tenants_) {
    if (known.list == nullptr) continue;
    ++tenants;
    blocks += known.list->blocks.size();
    indexes += known.list->updated_at_s != 0;
  }
  metrics_.tenants_synced.Set(static_cast<double>(tenants));
  metrics_.blocks_loaded.Set(static_cast<double>(blocks));
  metrics_.indexes_loaded.Set(static_cast<double>(indexes));
}

}  // namespace kvs::source::blocks

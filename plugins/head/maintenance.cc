// SPDX-License-Identifier: Apache-2.0
// What the head does by itself, beside writes and reads: blocks are cut, and what they have leaves
// memory and the log.
#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <utility>

#include <sys/resource.h>

#include "blocks/block_folder.h"
#include "blocks/cut_mark.h"
#include "blocks/local_block.h"
#include "checkpoint/format.h"
#include "head.h"
#include "wal/segment_file.h"

namespace kvs::head {
namespace {

constexpr auto kMaintenancePeriod = std::chrono::minutes(1);
// The log is looked at more often: what stands behind the last checkpoint is what a start after a
// kill has to append, sample by sample.
constexpr auto kLogPeriod = std::chrono::seconds(1);
// A niceness for the thread that maintains: who writes and reads goes first.
constexpr int kNiceness = 10;

std::string BlocksFolder(const Config& config) {
  return config.data_dir + "/blocks";
}

}  // namespace

void Head::StopMaintenance() {
  {
    MutexLock lock(wake_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_ != nullptr) host_.executor().JoinThread(std::exchange(thread_, nullptr));
}

void Head::RequestFlush(std::string tenant) {
  {
    MutexLock lock(wake_mutex_);
    // Who asks again before it began has asked for the same.
    if (std::find(flushes_.begin(), flushes_.end(), tenant) == flushes_.end())
      flushes_.push_back(std::move(tenant));
  }
  wake_.notify_all();
}

void Head::RunMaintenance() {
  // Only of this thread; where it is not allowed, it has to do without.
  (void)::setpriority(PRIO_PROCESS, 0, kNiceness);
  auto maintained = std::chrono::steady_clock::now();
  for (;;) {
    std::vector<std::string> flushes;
    {
      MutexLock lock(wake_mutex_);
      wake_.wait_for(wake_mutex_, kLogPeriod,
                     [this]() KVS_REQUIRES(wake_mutex_) { return stopping_ || !flushes_.empty(); });
      if (stopping_) return;
      flushes.swap(flushes_);
    }
    for (const std::string& tenant : flushes) FlushAndShip(tenant);
    if (flushes.empty() && std::chrono::steady_clock::now() - maintained < kMaintenancePeriod) {
      MutexLock lock(maintenance_mutex_);
      if (CheckpointIsDue()) CheckpointLocked();
      continue;
    }
    Maintain();
    maintained = std::chrono::steady_clock::now();
  }
}

// Blocks of a tenant that cannot be read are left where they are, for a person to look at.
void Head::LoadBlocksOf(Tenant& tenant) {
  const std::string folder = StrCat(BlocksFolder(config_), "/", tenant.name);
  View view;
  if (const StatusOr<CutMark> mark = LoadCutMark(folder); mark.ok()) {
    view.memory_from = mark->memory_from;
    view.late_generation = mark->late_generation;
  } else {
    log_.Error("how far the blocks of a tenant reach is read from them alone",
               {{"user", tenant.name}, {"error", mark.status().message()}});
  }
  for (const std::string& name : ListFolder(folder)) {
    const std::string path = StrCat(folder, "/", name);
    if (name.ends_with(kUnfinished)) {
      if (const Status removed = RemoveTree(path); !removed.ok())
        log_.Warn("an unfinished block stays", {{"error", removed.message()}});
      continue;
    }
    if (!tsdb::Ulid::Parse(name).ok()) continue;
    const auto block = LocalBlock::Open(path);
    if (!block.ok()) {
      log_.Error("a block cannot be read and is left out",
                 {{"user", tenant.name}, {"error", block.status().message()}});
      continue;
    }
    if (!(*block)->is_late()) view.memory_from = std::max(view.memory_from, (*block)->meta().maxt);
    view.blocks.push_back(*block);
  }
  tenant.cut_t = view.memory_from;
  // What is in blocks was taken once, also for who asks what is too old.
  tenant.RaiseMaxT(SaturatingAdd(view.memory_from, -1));
  tenant.views.Publish(std::move(view));
}

Status Head::LoadBlocks() {
  KVS_RETURN_IF_ERROR(wal::MakeFolder(BlocksFolder(config_)));
  for (const std::string& name : ListFolder(BlocksFolder(config_)))
    LoadBlocksOf(tenants_.Get(name));
  return OkStatus();
}

Status Head::Flush(std::string_view name) {
  MutexLock lock(maintenance_mutex_);
  metrics_.forced_compactions.Set(1);
  Status first;
  for (Tenant* const tenant : tenants_.All()) {
    if (!name.empty() && tenant->name != name) continue;
    if (Status cut = cutter_.CutAll(*tenant); !cut.ok() && first.ok()) first = std::move(cut);
  }
  MaintainLocked();
  metrics_.forced_compactions.Set(0);
  return first;
}

void Head::Maintain() {
  MutexLock lock(maintenance_mutex_);
  MaintainLocked();
}

void Head::MaintainLocked() {
  const int64_t idle_since = clock_.NowMs() - config_.idle_timeout.ms;
  for (Tenant* const tenant : tenants_.All()) {
    const int64_t last_write = tenant->last_write_ms.load(std::memory_order_relaxed);
    const bool is_idle = last_write != 0 && last_write <= idle_since;
    const Status cut = is_idle ? cutter_.CutAll(*tenant) : cutter_.CutDue(*tenant);
    if (!cut.ok()) {
      log_.Error("a block could not be cut; its samples stay in memory and in the log",
                 {{"error", cut.message()}});
    }
    DropOldBlocks(*tenant);
    DropFromMemory(*tenant);
  }
  KeepToBudget();
  if (blocks) shipper_.Wake();
  if (on_stage_) on_stage_("memory: dropped");
  if (CheckpointIsDue()) WriteCheckpoint();
  PruneLog();
}

// Of what was written, all that a start has to append. Labels are there anew in each generation,
// and cost it little.
int64_t Head::LogBytesToAppend() const {
  const wal::LogStats stats = wal_.stats();
  return static_cast<int64_t>(stats.bytes - stats.label_bytes);
}

bool Head::CheckpointIsDue() const {
  return log_bytes_to_read_ + LogBytesToAppend() >=
         std::max<int64_t>(config_.checkpoint_after.bytes,
                           static_cast<int64_t>(checkpoint_bytes_ / 2));
}

void Head::Checkpoint() {
  MutexLock lock(maintenance_mutex_);
  CheckpointLocked();
}

void Head::CheckpointLocked() {
  WriteCheckpoint();
  PruneLog();
}

void Head::WriteCheckpoint() {
  const int64_t written = LogBytesToAppend();
  const std::string folder = config_.data_dir + "/checkpoint";
  const int64_t began_ns = clock_.MonotonicNs();
  const uint32_t generation = wal_.BeginGeneration();
  metrics_.checkpoints.Add();
  const StatusOr<uint64_t> size = checkpoint_writer_.Write(folder, generation);
  if (!size.ok()) {
    metrics_.checkpoints_failed.Add();
    log_.Error("a checkpoint could not be written; the log stays",
               {{"error", size.status().message()}});
    return;
  }
  log_.Info("wrote a checkpoint",
            {{"bytes", StrCat(*size)},
             {"seconds", StrCat(static_cast<double>(clock_.MonotonicNs() - began_ns) / 1e9)}});
  checkpoint_bytes_ = *size;
  log_bytes_to_read_ = -written;
  checkpoints_.push_back(generation);
  // The one before stays, with the log that goes on from it: should the last one be damaged.
  if (checkpoints_.size() > 2) checkpoints_.erase(checkpoints_.begin(), checkpoints_.end() - 2);
  if (on_stage_) on_stage_("checkpoint: written");
  for (const uint32_t there : ListCheckpoints(folder)) {
    if (std::find(checkpoints_.begin(), checkpoints_.end(), there) != checkpoints_.end()) continue;
    metrics_.checkpoint_deletions.Add();
    if (const Status removed = RemoveTree(CheckpointPath(folder, there)); !removed.ok()) {
      metrics_.checkpoint_deletions_failed.Add();
      log_.Warn("an old checkpoint stays", {{"error", removed.message()}});
    }
  }
  if (on_stage_) on_stage_("checkpoint: older ones removed");
}

void Head::PruneLog() {
  const int64_t began_ns = clock_.MonotonicNs();
  const wal::Log::Pruned pruned =
      wal_.Prune([this](uint32_t generation) KVS_REQUIRES(maintenance_mutex_) {
        if (checkpoints_.size() == 2 && generation < checkpoints_.front()) {
          generations_.Forget(generation);
          return true;
        }
        // Read by nobody but who goes back to the checkpoint before; what it has is known only to
        // the process that wrote it.
        if (!checkpoints_.empty() && generation < checkpoints_.back() &&
            !generations_.Knows(generation)) {
          return false;
        }
        return generations_.ForgetIfInBlocks(generation);
      });
  if (on_stage_) on_stage_("log: pruned");
  if (pruned.deleted + pruned.failed == 0) return;
  metrics_.wal_truncations.Add();
  if (pruned.failed != 0) metrics_.wal_truncations_failed.Add();
  metrics_.wal_truncate_seconds.Observe(static_cast<double>(clock_.MonotonicNs() - began_ns) / 1e9);
}

void Head::DropOldBlocks(Tenant& tenant) {
  const int64_t oldest = clock_.NowMs() - config_.block_retention.ms;
  DropBlocks(tenant, [&](const LocalBlock& block) {
    // What the store does not have is never dropped.
    const int64_t since =
        blocks ? block.shipped_ms() : static_cast<int64_t>(block.meta().ulid.time_ms());
    return since != 0 && since < oldest;
  });
}

void Head::DropBlocks(Tenant& tenant, const std::function<bool(const LocalBlock&)>& is_old) {
  View next = *tenant.views.current();
  std::vector<std::shared_ptr<const LocalBlock>> old;
  std::erase_if(next.blocks, [&](const std::shared_ptr<const LocalBlock>& block) {
    if (!is_old(*block)) return false;
    old.push_back(block);
    return true;
  });
  if (old.empty()) return;
  tenant.views.Publish(std::move(next));
  for (const auto& block : old) {
    // Readers go on with what they have mapped.
    if (const Status removed = RemoveBlock(block->folder()); !removed.ok())
      log_.Warn("an old block stays", {{"user", tenant.name}, {"error", removed.message()}});
  }
}

void Head::KeepToBudget() {
  const auto limit = static_cast<uint64_t>(config_.max_block_bytes.bytes);
  if (limit == 0) return;
  std::vector<Shipper::Waiting> all = AllBlocks();
  std::sort(all.begin(), all.end(), [](const Shipper::Waiting& a, const Shipper::Waiting& b) {
    return a.block->meta().ulid < b.block->meta().ulid;
  });
  uint64_t bytes = 0;
  for (const Shipper::Waiting& one : all) bytes += one.block->size_bytes();
  for (const Shipper::Waiting& one : all) {
    if (bytes <= limit) break;
    if (one.block->shipped_ms() == 0) continue;
    bytes -= one.block->size_bytes();
    DropBlocks(*tenants_.Find(one.tenant),
               [&](const LocalBlock& other) { return &other == one.block.get(); });
  }
  const bool over = bytes > limit;
  if (over && !over_budget_) {
    log_.Error(
        "blocks that are not shipped exceed max_block_bytes; none is deleted, make room or "
        "mend the store",
        {{"bytes", StrCat(bytes)}, {"max_block_bytes", StrCat(limit)}});
  }
  over_budget_ = over;
  health_.Set(HealthBoard::kBlocks,
              over ? HealthBoard::State::kDegraded : HealthBoard::State::kReady,
              "blocks that are not shipped exceed max_block_bytes");
}

std::vector<Shipper::Waiting> Head::AllBlocks() const {
  std::vector<Shipper::Waiting> all;
  for (const Tenant* const tenant : tenants_.All()) {
    const std::shared_ptr<const View> view = tenant->views.current();
    for (const auto& block : view->blocks) all.push_back({tenant->name, block});
  }
  return all;
}

std::vector<Shipper::Waiting> Head::UnshippedBlocks() const {
  std::vector<Shipper::Waiting> all = AllBlocks();
  std::erase_if(all, [](const Shipper::Waiting& w) { return w.block->shipped_ms() != 0; });
  return all;
}

void Head::DropFromMemory(Tenant& tenant) {
  const auto in_use = tenant.views.OldestInUse();
  const int64_t from = in_use->memory_from;
  if (from > tenant.dropped_t) metrics_.head_truncations.Add();
  tenant.dropped_t = std::max(tenant.dropped_t, from);
  std::vector<uint32_t> ended;
  for (uint32_t s = 0; s < SeriesPlace::kShards; ++s) {
    Shard& shard = tenant.shards[s];
    const ChunkHandle late_upto = in_use->late_upto[s];
    {
      MutexLock lock(shard.mutex());
      shard.DropBefore(from, late_upto);
    }
    for (uint32_t page = 0;; ++page) {
      MutexLock lock(shard.mutex());
      if (page >= shard.n_pages()) break;
      shard.FindEnded(page, s, from, late_upto, ended);
    }
  }
  if (ended.empty()) return;
  std::sort(ended.begin(), ended.end());

  // From here on no write and no selection can hold an id of these series.
  const std::unique_lock gate(tenant.gate);
  if (tenant.readers.load() != 0) return;  // The next time, then.
  std::erase_if(ended, [&](uint32_t id) {
    const SeriesPlace place(id);
    Shard& shard = tenant.shards[place.shard];
    MutexLock lock(shard.mutex());
    if (!shard.HasEnded(place, from, in_use->late_upto[place.shard])) return true;  // It came back.
    shard.Reset(place);
    return false;
  });
  if (ended.empty()) return;
  tenant.keys.Remove(ended);
  for (const uint32_t id : ended) tenant.exemplars.Remove(id, exemplar_budget_);
  tenant.n_series.fetch_sub(ended.size(), std::memory_order_relaxed);
  instance_.NoteSeries(-static_cast<int64_t>(ended.size()));
  tenant.removed.Add(static_cast<double>(ended.size()));

  auto ids = sdk::Record<kvs_ids_t>();
  ids.ids = ended.data();
  ids.n_ids = ended.size();
  const sdk::OwnedCall call(tenant.name);
  if (const Status status = sdk::Await(index.remove(), call, &ids, nullptr); !status.ok()) {
    metrics_.head_truncations_failed.Add();
    log_.Warn("the index keeps series that have ended",
              {{"user", tenant.name}, {"error", status.message()}});
  }
}

}  // namespace kvs::head

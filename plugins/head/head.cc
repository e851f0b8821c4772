// SPDX-License-Identifier: Apache-2.0
#include "head.h"

#include <algorithm>
#include <mutex>

#include "replay.h"
#include "wal/segment_file.h"

namespace kvs::head {
namespace {

constexpr int64_t kDropPeriodMs = 60'000;

wal::LogOptions OptionsOf(const Config& config, wal::SegmentFileMaker make_file) {
  wal::LogOptions options;
  options.folder = config.data_dir + "/wal";
  options.segment_bytes = static_cast<uint64_t>(config.wal_segment_size.bytes);
  options.durability = config.durability == "os"     ? wal::Durability::kOs
                       : config.durability == "none" ? wal::Durability::kNone
                                                     : wal::Durability::kBatch;
  options.make_file = std::move(make_file);
  return options;
}

}  // namespace

Head::Head(sdk::Host host, Config config) : Head(host, std::move(config), &wal::MakeSegmentFile) {}

Head::Head(sdk::Host host, Config config, wal::SegmentFileMaker make_file)
    : config_(std::move(config)),
      host_(host),
      log_(host.log()),
      clock_(host.clock()),
      health_(host.health()),
      metrics_(host.metrics()),
      collect_([this] { RefreshGauges(); }),
      drop_old_([this] { DropOld(); }),
      tenants_(metrics_),
      exemplar_budget_(config_.max_exemplars),
      wal_(OptionsOf(config_, std::move(make_file)), host) {
  host_.metrics().OnCollect(&collect_);
}

Head::~Head() {
  host_.timer().Cancel(drop_timer_);
}

sdk::Outcome Head::Start(const sdk::Call& /*call*/, sdk::Completer& completer) {
  health_.NotReady("replaying the write-ahead log: 0%");
  // std::function copies what it holds, a completion moves.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] { (*done)(Open()); });
  return sdk::Pending();
}

sdk::Outcome Head::Stop(const sdk::Call& /*call*/, sdk::Completer& completer) {
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    host_.timer().Cancel(drop_timer_);
    drop_timer_ = 0;
    wal_.Close();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

Status Head::Open() {
  const std::string folder = config_.data_dir + "/wal";
  KVS_RETURN_IF_ERROR(wal::MakeFolder(folder));
  const int64_t began = clock_.MonotonicNs();
  Replay replay(host_, index, tenants_, exemplar_budget_,
                [this](uint32_t generation, const Tenant& tenant, int64_t max_t) {
                  NoteGeneration(generation, tenant, max_t);
                });
  KVS_ASSIGN_OR_RETURN(const ReplayResult result, replay.Run(folder));
  const double seconds = static_cast<double>(clock_.MonotonicNs() - began) / 1e9;

  metrics_.replay_seconds.Set(seconds);
  metrics_.wal_corruptions.Add(static_cast<double>(result.damaged_places));
  metrics_.wal_bytes_lost.Add(static_cast<double>(result.lost_bytes));
  metrics_.wal_samples_lost.Add(static_cast<double>(result.lost_samples));
  if (result.lost_samples != 0) {
    log_.Error(
        "samples of the write-ahead log are lost: the labels of their series were in a damaged "
        "part",
        {{"samples", StrCat(result.lost_samples)}});
  }
  if (!result.segments.empty()) {
    log_.Info("replayed the write-ahead log", {{"segments", StrCat(result.segments.size())},
                                               {"samples", StrCat(result.samples)},
                                               {"seconds", StrCat(seconds)}});
  }
  for (const wal::SegmentName& segment : result.segments) wal_.AddOldSegment(segment);
  const uint32_t number = result.segments.empty() ? 1 : result.segments.back().number + 1;
  uint32_t generation = 1;
  for (const wal::SegmentName& segment : result.segments)
    generation = std::max(generation, segment.generation + 1);
  health_.Ready();  // Before the log opens, which may say that the disk is full.
  KVS_RETURN_IF_ERROR(wal_.Open(number, generation));
  DropOld();
  drop_timer_ = host_.timer().After(kDropPeriodMs, kDropPeriodMs, &drop_old_);
  return OkStatus();
}

AppendRules Head::RulesFor(const Tenant& tenant) const {
  const int64_t newest = tenant.max_t.load(std::memory_order_relaxed);
  const int64_t window = config_.out_of_order_time_window.ms;
  AppendRules rules = AppendRules::All();
  rules.has_window = window > 0;
  rules.min_t = SaturatingAdd(newest, -std::max(window, config_.max_sample_age.ms));
  rules.late_min_t = SaturatingAdd(newest, -window);
  return rules;
}

void Head::NoteGeneration(uint32_t generation, const Tenant& tenant, int64_t max_t) {
  MutexLock lock(generations_mutex_);
  const auto [at, is_new] = newest_in_[generation].emplace(&tenant, max_t);
  if (!is_new) at->second = std::max(at->second, max_t);
}

void Head::DropOld() {
  for (Tenant* const tenant : tenants_.All()) DropOld(*tenant);
  MutexLock lock(generations_mutex_);
  wal_.Prune([this](uint32_t generation) KVS_REQUIRES(generations_mutex_) {
    const auto found = newest_in_.find(generation);
    if (found == newest_in_.end()) return true;  // Nothing was appended in it.
    for (const auto& [tenant, max_t] : found->second) {
      if (max_t >= OldestKept(*tenant)) return false;
    }
    newest_in_.erase(found);
    return true;
  });
}

void Head::DropOld(Tenant& tenant) {
  const int64_t oldest = OldestKept(tenant);
  std::vector<uint32_t> ended;
  for (uint32_t s = 0; s < SeriesPlace::kShards; ++s) {
    Shard& shard = tenant.shards[s];
    MutexLock lock(shard.mutex());
    shard.DropBefore(oldest);
    shard.FindEnded(oldest, s, ended);
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
    if (shard.Find(place)->state.t >= oldest) return true;  // It came back.
    shard.Reset(place);
    return false;
  });
  if (ended.empty()) return;
  tenant.keys.Remove(ended);
  for (const uint32_t id : ended) tenant.exemplars.Remove(id, exemplar_budget_);
  tenant.n_series.fetch_sub(ended.size(), std::memory_order_relaxed);
  tenant.removed.Add(static_cast<double>(ended.size()));

  auto ids = sdk::Record<kvs_ids_t>();
  ids.ids = ended.data();
  ids.n_ids = ended.size();
  const sdk::OwnedCall call(tenant.name);
  if (const Status status = sdk::Await(index.remove(), call, &ids, nullptr); !status.ok()) {
    log_.Warn("the index keeps series that have ended",
              {{"user", tenant.name}, {"error", status.message()}});
  }
}

void Head::RefreshGauges() {
  uint64_t series = 0;
  uint64_t users = 0;
  size_t bytes = 0;
  for (const Tenant* const tenant : tenants_.All()) {
    const uint64_t n = tenant->n_series.load(std::memory_order_relaxed);
    series += n;
    users += n != 0 ? 1 : 0;
    bytes += sizeof(Tenant) + tenant->keys.bytes();
    for (const Shard& shard : tenant->shards) {
      MutexLock lock(shard.mutex());
      bytes += shard.bytes();
    }
  }
  metrics_.memory_series.Set(static_cast<double>(series));
  metrics_.memory_users.Set(static_cast<double>(users));
  metrics_.head_bytes.Set(static_cast<double>(bytes));
  metrics_.exemplars_stored.Set(
      static_cast<double>(exemplar_budget_.used.load(std::memory_order_relaxed)));
  const wal::LogStats stats = wal_.stats();
  metrics_.wal_bytes.Set(static_cast<double>(stats.bytes));
  metrics_.wal_syncs.Set(static_cast<double>(stats.syncs));
  metrics_.wal_write_failures.Set(static_cast<double>(stats.failures));
}

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "head.h"

#include <algorithm>
#include <map>

#include "blocks/files.h"
#include "blocks/local_block.h"
#include "replay.h"
#include "wal/segment_file.h"

namespace kvs::head {
namespace {

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

// A file that is there while a shutdown is prepared.
std::string ShutdownMark(const Config& config) {
  return config.data_dir + "/shutdown-requested";
}

}  // namespace

Head::Head(sdk::Host host, Config config) : Head(host, std::move(config), &wal::MakeSegmentFile) {}

Head::Head(sdk::Host host, Config config, wal::SegmentFileMaker make_file, StageHook on_stage)
    : config_(std::move(config)),
      host_(host),
      log_(host.log()),
      clock_(host.clock()),
      health_(host.health()),
      metrics_(host.metrics()),
      collect_([this] { RefreshGauges(); }),
      tenants_(metrics_),
      exemplar_budget_(config_.max_exemplars),
      wal_(OptionsOf(config_, std::move(make_file)), host, health_),
      on_stage_(std::move(on_stage)),
      shipper_(
          host, metrics_, config_.ship_concurrency, [this] { return UnshippedBlocks(); },
          on_stage_),
      admin_(*this, host),
      cutter_(host, index, wal_, metrics_, config_.data_dir + "/blocks", on_stage_),
      checkpoint_writer_(index, tenants_, on_stage_) {
  host_.metrics().OnCollect(&collect_);
}

Head::~Head() {
  instance_.Stop();
  StopMaintenance();
}

sdk::Outcome Head::Start(const sdk::Call& call, sdk::Completer& completer) {
  if (http) KVS_RETURN_IF_ERROR(admin_.Add(http, host_.component()));
  health_.Set(HealthBoard::kLifecycle, HealthBoard::State::kNotReady,
              "replaying the write-ahead log: 0%");
  // std::function copies what it holds, a completion moves.
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done, raw = call.raw()] { (*done)(Open(sdk::Call(raw))); });
  return sdk::Pending();
}

sdk::Outcome Head::Stop(const sdk::Call& /*call*/, sdk::Completer& completer) {
  if (http) http.RemoveAll(host_.component());
  instance_.Stop();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done] {
    if (is_shutdown_prepared()) FlushAndShip();
    StopMaintenance();
    shipper_.Stop();
    wal_.Close();
    (*done)(OkStatus());
  });
  return sdk::Pending();
}

Status Head::Open(const sdk::Call& call) {
  const std::string folder = config_.data_dir + "/wal";
  KVS_RETURN_IF_ERROR(wal::MakeFolder(folder));
  KVS_RETURN_IF_ERROR(LoadBlocks());
  // What a kill left of a checkpoint in the making.
  const std::string checkpoints = config_.data_dir + "/checkpoint";
  for (const std::string& name : ListFolder(checkpoints)) {
    if (name.ends_with(".tmp"))
      IgnoreError(RemoveTree(StrCat(checkpoints, "/", name)), "it is in nobody's way");
  }
  const int64_t began = clock_.MonotonicNs();
  Replay replay(host_, index, tenants_, exemplar_budget_, generations_);
  KVS_ASSIGN_OR_RETURN(const ReplayResult result, replay.Run(call, folder, checkpoints));
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
  metrics_.checkpoints_damaged.Add(static_cast<double>(result.damaged_checkpoints));
  metrics_.chunk_corruptions.Add(static_cast<double>(result.damaged_checkpoints));
  {
    MutexLock lock(maintenance_mutex_);
    checkpoints_ = result.checkpoints;
    log_bytes_to_read_ = static_cast<int64_t>(result.log_bytes - result.label_bytes);
  }
  for (const wal::SegmentName& segment : result.segments) wal_.AddOldSegment(segment);
  const uint32_t number = result.segments.empty() ? 1 : result.segments.back().number + 1;
  uint32_t generation = result.checkpoints.empty() ? 1 : result.checkpoints.back() + 1;
  for (const wal::SegmentName& segment : result.segments)
    generation = std::max(generation, segment.generation + 1);
  for (Tenant* const tenant : tenants_.All()) {
    generation = std::max(generation, tenant->views.current()->late_generation + 1);
    tenant->last_write_ms = clock_.NowMs();
    instance_.NoteSeries(static_cast<int64_t>(tenant->n_series.load(std::memory_order_relaxed)));
  }
  health_.Set(
      HealthBoard::kLifecycle,
      HealthBoard::State::kReady);  // Before the log opens, which may say that the disk is full.
  KVS_RETURN_IF_ERROR(wal_.Open(number, generation));
  shutdown_prepared_ = ReadFile(ShutdownMark(config_)).ok();
  if (blocks) shipper_.Start(blocks);
  instance_.Start();
  body_ = [this] { RunMaintenance(); };
  thread_ = host_.executor().StartThread("head-blocks", &body_);
  return OkStatus();
}

Status Head::PrepareShutdown(bool on) {
  const std::string mark = ShutdownMark(config_);
  KVS_RETURN_IF_ERROR(on ? ReplaceFile(mark, {}) : RemoveTree(mark));
  shutdown_prepared_ = on;
  log_.Info(on ? "stopping will flush and ship everything" : "stopping will not flush any more");
  return OkStatus();
}

Status Head::TryFlushAndShip(std::string_view tenant) {
  Status status = Flush(tenant);
  if (status.ok() && blocks) status = shipper_.ShipAll();
  if (!status.ok())
    log_.Error("not everything is flushed and shipped", {{"error", status.message()}});
  return status;
}

void Head::FlushAndShip(std::string_view tenant) {
  IgnoreError(TryFlushAndShip(tenant), "it is logged, and stays on disk");
}

void Head::ShutDown() {
  health_.Set(HealthBoard::kLifecycle, HealthBoard::State::kNotReady, "shut down on request");
  wal_.Close();
  FlushAndShip();
}

sdk::Outcome Head::HandOver(const sdk::Call& /*call*/, kvs_hand_over_t& out,
                            sdk::Completer& completer) {
  out.keeps = 1;
  if (!is_shutdown_prepared() || !blocks) return OkStatus();
  auto done = std::make_shared<sdk::Completion>(completer.Defer());
  host_.executor().PostWorker([this, done, &out] {
    const Status status = TryFlushAndShip();
    out.keeps = status.ok() ? 0 : 1;
    (*done)(status);
  });
  return sdk::Pending();
}

int64_t Head::WindowMs(const Tenant& tenant) const {
  return tenant.limits.window_ms(config_.out_of_order_time_window.ms);
}

AppendRules Head::RulesFor(const Tenant& tenant) const {
  const int64_t newest = tenant.max_t.load(std::memory_order_relaxed);
  const int64_t window = WindowMs(tenant);
  AppendRules rules{};
  rules.has_window = window > 0;
  rules.looks_back = true;
  rules.cut_t = tenant.cut_t.load(std::memory_order_relaxed);
  rules.min_t = SaturatingAdd(newest, -std::max(window, config_.max_sample_age.ms));
  rules.late_min_t = SaturatingAdd(newest, -window);
  return rules;
}

// Of what few tenants have: a child costs memory, and most tenants are idle.
void Head::TellTenants() {
  for (const sdk::Family* const family : {&metrics_.owned_series, &metrics_.local_limits,
                                          &metrics_.exemplar_series, &metrics_.oldest_exemplar}) {
    family->Remove({});
  }
  for (const Tenant* const tenant : tenants_.All()) {
    if (const int64_t max = tenant->limits.max_series(); max > 0) {
      metrics_.local_limits.With({"max_global_series_per_user", tenant->name})
          .Set(static_cast<double>(max));
      metrics_.owned_series.With({tenant->name})
          .Set(static_cast<double>(tenant->n_series.load(std::memory_order_relaxed)));
    }
    const ExemplarStore::Summary exemplars = tenant->exemplars.Summarize();
    if (exemplars.n_series == 0) continue;
    metrics_.exemplar_series.With({tenant->name}).Set(static_cast<double>(exemplars.n_series));
    metrics_.oldest_exemplar.With({tenant->name})
        .Set(static_cast<double>(exemplars.oldest_t) / 1e3);
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
  int64_t oldest_ms = 0;
  uint64_t block_bytes = 0;
  uint64_t unshipped_bytes = 0;
  const std::vector<Shipper::Waiting> all = AllBlocks();
  struct OfTenant {
    uint64_t bytes = 0, symbol_bytes = 0;
  };
  std::map<std::string_view, OfTenant> of_tenants;
  for (const auto& [tenant, block] : all) {
    block_bytes += block->size_bytes();
    OfTenant& of = of_tenants[tenant];
    of.bytes += block->size_bytes();
    const tsdb::ByteRange symbols = block->block()->header().layout().symbols;
    of.symbol_bytes += symbols.end - symbols.begin;
    if (!blocks || block->shipped_ms() != 0) continue;
    unshipped_bytes += block->size_bytes();
    const auto cut_ms = static_cast<int64_t>(block->meta().ulid.time_ms());
    oldest_ms = oldest_ms == 0 ? cut_ms : std::min(oldest_ms, cut_ms);
  }
  TellTenants();
  metrics_.storage_blocks_bytes.Remove({});
  metrics_.symbol_bytes.Remove({});
  for (const auto& [tenant, of] : of_tenants) {
    metrics_.storage_blocks_bytes.With({tenant}).Set(static_cast<double>(of.bytes));
    metrics_.symbol_bytes.With({tenant}).Set(static_cast<double>(of.symbol_bytes));
  }
  metrics_.blocks_loaded.Set(static_cast<double>(all.size()));
  metrics_.block_bytes.Set(static_cast<double>(block_bytes));
  metrics_.unshipped_bytes.Set(static_cast<double>(unshipped_bytes));
  metrics_.oldest_unshipped.Set(static_cast<double>(oldest_ms) / 1e3);
  metrics_.memory_series.Set(static_cast<double>(series));
  metrics_.memory_users.Set(static_cast<double>(users));
  const wal::Log::Waiting waiting = wal_.waiting();
  metrics_.inflight.Set(static_cast<double>(n_writing_.load() + waiting.calls));
  metrics_.inflight_bytes.Set(static_cast<double>(writing_bytes_.load() + waiting.bytes));
  metrics_.inflight_reads.Set(static_cast<double>(instance_.n_reads()));
  metrics_.ingestion_rate.Set(instance_.SamplesPerSecond(clock_.MonotonicNs()));
  metrics_.head_bytes.Set(static_cast<double>(bytes));
  metrics_.exemplars_stored.Set(
      static_cast<double>(exemplar_budget_.used.load(std::memory_order_relaxed)));
  const wal::LogStats stats = wal_.stats();
  metrics_.wal_bytes.Set(static_cast<double>(stats.bytes));
  metrics_.wal_syncs.Set(static_cast<double>(stats.syncs));
  metrics_.wal_write_failures.Set(static_cast<double>(stats.failures));
}

}  // namespace kvs::head

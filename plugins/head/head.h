// SPDX-License-Identifier: Apache-2.0
// Head: where samples are written to and read from first. Takes batches (series_sink), keeps them
// in memory and in a write-ahead log, and gives them out again as chunks (series_source). Labels
// live in the indexer that it requires.
//
// A write looks up series ids by key without a lock, sorts the rows by shard, and visits each shard
// once: samples are appended, and the records of the log staged, while the shard's lock is held, so
// the log has the order of memory. Then the call waits for the group of records to be synced.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kvs/base/mutex.h"
#include "kvs/blocks/block_reads.h"
#include "kvs/sdk/component.h"
#include "kvs/sdk/port/holder.h"
#include "kvs/sdk/port/http_routes.h"
#include "kvs/sdk/port/indexer.h"
#include "kvs/sdk/port/limiter.h"
#include "kvs/sdk/port/object_store.h"
#include "kvs/sdk/port/series_sink.h"
#include "kvs/sdk/port/series_source.h"

#include "admin.h"
#include "blocks/cutter.h"
#include "blocks/shipper.h"
#include "checkpoint/writer.h"
#include "config.h"
#include "exemplars.h"
#include "generations.h"
#include "health_board.h"
#include "instance_limits.h"
#include "metrics.h"
#include "spare_pool.h"
#include "tenant.h"
#include "wal/log.h"
#include "write/write_scratch.h"

namespace kvs::head {

class Head final : public sdk::Component,
                   public sdk::SeriesSink,
                   public sdk::SeriesSource,
                   public sdk::Holder {
 public:
  Head(sdk::Host host, Config config);
  /// With other files than the system's, for tests.
  Head(sdk::Host host, Config config, wal::SegmentFileMaker make_file, StageHook on_stage = {});
  ~Head() override;

  sdk::Outcome Start(const sdk::Call& call, sdk::Completer& completer) override;
  sdk::Outcome Stop(const sdk::Call& call, sdk::Completer& completer) override;

  sdk::Outcome Write(const sdk::Call& call, const kvs_write_view_t& in, kvs_write_result_t& out,
                     sdk::Completer& completer) override;

  /// Cuts and ships everything where a shutdown is prepared, and goes on answering.
  sdk::Outcome HandOver(const sdk::Call& call, kvs_hand_over_t& out,
                        sdk::Completer& completer) override;

  sdk::Outcome Select(const sdk::Call& call, const kvs_select_t& in, kvs_series_cursor_t& out,
                      sdk::Completer& completer) override;
  sdk::Outcome LabelNames(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                          sdk::Completer& completer) override;
  sdk::Outcome LabelValues(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                           sdk::Completer& completer) override;
  sdk::Outcome Metadata(const sdk::Call& call, const kvs_metadata_query_t& in,
                        kvs_metadata_list_t& out, sdk::Completer& completer) override;
  sdk::Outcome Tenants(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer) override;
  sdk::Outcome Exemplars(const sdk::Call& call, const kvs_label_query_t& in,
                         kvs_exemplar_list_t& out, sdk::Completer& completer) override;

  /// What Start() does on a worker: reads the log back and opens it for writing. Of a call that is
  /// given up meanwhile nothing is left but what was on the disk. [worker]
  Status Open(const sdk::Call& call = sdk::OwnedCall(""));
  /// Cuts the blocks that are due, drops from memory and from the log what blocks have, and blocks
  /// that are old. Runs every minute. [worker]
  void Maintain();
  /// Writes a checkpoint, and drops the log that nobody needs any more. Runs when the log has grown
  /// by enough. [worker]
  void Checkpoint();
  /// Cuts blocks of everything in memory of a tenant, or of all. [worker]
  Status Flush(std::string_view tenant = {});
  /// Writes that wait for the disk. [any]
  size_t n_waiting() const { return wal_.waiting().calls; }

  /// Flush(), and ships what there is; what goes wrong is logged. [worker]
  void FlushAndShip(std::string_view tenant = {});
  /// Likewise, and tells. [worker]
  Status TryFlushAndShip(std::string_view tenant = {});
  /// The same, soon, on the thread that maintains. [any]
  void RequestFlush(std::string tenant);
  /// Whether Stop() does that; remembered over restarts. [worker]
  Status PrepareShutdown(bool on);
  bool is_shutdown_prepared() const { return shutdown_prepared_; }
  /// Takes no more writes, flushes and ships. [worker]
  void ShutDown();

  sdk::IndexerRef index;   // Port "index".
  sdk::StoreRef blocks;    // Port "blocks"; may be empty.
  sdk::RoutesRef http;     // Port "http"; may be empty.
  sdk::LimiterRef limits;  // Port "limits"; may be empty.

 private:
  /// Writing of one batch; see sink.cc.
  friend class BatchWriter;

  /// How far behind its newest sample a late one of the tenant may be.
  int64_t WindowMs(const Tenant& tenant) const;
  AppendRules RulesFor(const Tenant& tenant) const;
  /// Where samples of a tenant may be, as one view has it.
  struct Sources {
    Tenant* tenant = nullptr;
    std::shared_ptr<const View> view;
    bool memory = false;
    std::vector<const LocalBlock*> blocks;  // Of the view.

    size_t size() const { return blocks.size() + (memory ? 1 : 0); }
    bool empty() const { return size() == 0; }
  };
  using StringsOfBlock = StatusOr<std::vector<std::string>> (*)(blocks::BlockReads& reads,
                                                                const sdk::Call& call,
                                                                const kvs_label_query_t& query);
  Sources Find(std::string_view tenant, int64_t min_t, int64_t max_t) const;
  sdk::Outcome Strings(const sdk::Call& call, const kvs_label_query_t& in, kvs_strings_t& out,
                       sdk::Completer& completer,
                       const sdk::Method<kvs_label_query_t, kvs_strings_t>& of_index,
                       StringsOfBlock of_block);
  static bool MemoryHasAny(const Tenant& tenant, const View& view, int64_t min_t, int64_t max_t);
  void RunMaintenance();
  void StopMaintenance();
  void MaintainLocked() KVS_REQUIRES(maintenance_mutex_);
  /// Finds the blocks that earlier runs cut, and how far they reach.
  Status LoadBlocks();
  void LoadBlocksOf(Tenant& tenant);
  void DropFromMemory(Tenant& tenant);
  void DropOldBlocks(Tenant& tenant) KVS_REQUIRES(maintenance_mutex_);
  void DropBlocks(Tenant& tenant, const std::function<bool(const LocalBlock& block)>& is_old);
  /// Blocks of all tenants against max_block_bytes.
  void KeepToBudget() KVS_REQUIRES(maintenance_mutex_);
  int64_t LogBytesToAppend() const;
  bool CheckpointIsDue() const KVS_REQUIRES(maintenance_mutex_);
  void CheckpointLocked() KVS_REQUIRES(maintenance_mutex_);
  void WriteCheckpoint() KVS_REQUIRES(maintenance_mutex_);
  void PruneLog() KVS_REQUIRES(maintenance_mutex_);
  std::vector<Shipper::Waiting> AllBlocks() const;
  std::vector<Shipper::Waiting> UnshippedBlocks() const;
  void RefreshGauges();
  void TellTenants();

  const Config config_;
  const bool takes_starts_ = config_.st_storage();
  const bool takes_histogram_starts_ = config_.histogram_st();
  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Clock clock_;
  HealthBoard health_;
  const Metrics metrics_;
  InstanceLimits instance_{config_, host_};
  std::atomic<uint64_t> n_writing_{0}, writing_bytes_{0};
  std::function<void()> collect_;

  TenantMap tenants_;
  ExemplarBudget exemplar_budget_;
  SparePool<WriteScratch> scratch_;
  wal::Log wal_;
  const StageHook on_stage_;
  Generations generations_;

  // Held while blocks are cut; nothing that answers anybody waits for it.
  Shipper shipper_;
  std::atomic<bool> shutdown_prepared_{false};
  Admin admin_;

  Mutex maintenance_mutex_;
  Cutter cutter_ KVS_GUARDED_BY(maintenance_mutex_);
  CheckpointWriter checkpoint_writer_ KVS_GUARDED_BY(maintenance_mutex_);
  // Generations of the checkpoints that are there, ascending: the last and the one before.
  std::vector<uint32_t> checkpoints_ KVS_GUARDED_BY(maintenance_mutex_);
  uint64_t checkpoint_bytes_ KVS_GUARDED_BY(maintenance_mutex_) = 0;  // Of the last one.
  // Bytes of the log that a start would append, less those that it wrote since it was opened.
  int64_t log_bytes_to_read_ KVS_GUARDED_BY(maintenance_mutex_) = 0;
  bool over_budget_ KVS_GUARDED_BY(maintenance_mutex_) = false;

  // The thread that maintains.
  Mutex wake_mutex_;
  CondVar wake_;
  bool stopping_ KVS_GUARDED_BY(wake_mutex_) = false;
  std::vector<std::string> flushes_ KVS_GUARDED_BY(wake_mutex_);  // Tenants; empty: all.
  std::function<void()> body_;
  kvs_thread_t* thread_ = nullptr;
};

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
// Replay: reads the write-ahead log back into memory at the start. The log is read generation by
// generation and piece by piece: labels are resolved to the ids of this process, then the samples
// of each shard are appended, shards side by side, each in the order of the log. While one piece is
// appended, the next one is read, checked and resolved.
//
// Damage is never fatal and never silent: what cannot be read is cut off at the end of the log and
// skipped in the middle, with a log line and counters, and everything else is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kvs/base/status.h"
#include "kvs/model/series_key.h"
#include "kvs/sdk/call.h"
#include "kvs/sdk/host.h"
#include "kvs/sdk/port/indexer.h"

#include "exemplars.h"
#include "generations.h"
#include "logged_ids.h"
#include "metrics.h"
#include "sample_rows.h"
#include "spare_pool.h"
#include "tenant.h"
#include "wal/scan.h"
#include "wal/segment_file.h"

namespace kvs::head {

/// What a replay found.
struct ReplayResult {
  std::vector<wal::SegmentName> segments;  ///< Ascending.
  /// Generations of the checkpoints that may be gone back to, ascending; the last one was read.
  std::vector<uint32_t> checkpoints;
  uint64_t damaged_checkpoints = 0;
  uint64_t log_bytes = 0;    ///< That were read of the log.
  uint64_t label_bytes = 0;  ///< Of those: labels.
  uint64_t samples = 0;
  uint64_t in_blocks = 0;   ///< Samples that were passed over, because a block has them.
  uint64_t lost_bytes = 0;  ///< That belong to no record, or to one that makes no sense.
  uint64_t lost_samples =
      0;  ///< Whose series is not known, because the record with its labels was damaged.
  uint64_t damaged_places = 0;
};

class Replay {
 public:
  /// So much of a file is read at a time: several scrapes of a million series, so that each is
  /// touched once for several samples, and little beside the memory of a million series.
  static constexpr size_t kPieceBytes = 48 << 20;

  Replay(const sdk::Host& host, const sdk::IndexerRef& index, TenantMap& tenants,
         ExemplarBudget& exemplars, Generations& generations);

  /// Reads the newest checkpoint that is whole, and the log in `folder` from there on. An error
  /// only when the folder cannot be read, the index refuses, or the call is given up. [worker]
  StatusOr<ReplayResult> Run(const sdk::Call& call, const std::string& folder,
                             const std::string& checkpoints = {});

 private:
  struct PendingSeries {
    uint32_t logged_id;
    std::span<const uint8_t> labels;
    model::Key128 key;  ///< Of the labels.
  };
  /// Which series a logged id was the last time. Within one process a series keeps its id through
  /// all generations, so the labels that each begins with were mostly resolved before, and the
  /// index need not be asked again.
  struct KnownSeries {
    model::Key128 labels;
    uint32_t id = LoggedIds::kNone;
  };
  /// What a piece of the log has of a tenant.
  struct Routed {
    std::vector<PendingSeries> pending;
    std::vector<std::pair<uint32_t, uint32_t>>
        ids;  ///< What became of them: logged ids, and those of now.
    std::vector<wal::Record> of_shard[SeriesPlace::kShards];
    std::vector<wal::Record> rest;  ///< Exemplars and metadata.
  };
  /// A tenant as a generation of the log knows it.
  struct Source {
    Tenant* tenant = nullptr;
    Routed next;          ///< Of the piece that is being read.
    LoggedIds announced;  ///< Ids whose labels were met, in this piece or one before.
    Routed now;           ///< Of the piece that is being appended.
    LoggedIds
        ids;  ///< From the log's ids to those of now. Does not change while a piece is appended.
    // What the view of the tenant says, which does not change meanwhile.
    int64_t memory_from = std::numeric_limits<int64_t>::min();
    uint32_t late_generation = 0;
    // By the shards' threads.
    std::atomic<int64_t> max_t{std::numeric_limits<int64_t>::min()};
    std::atomic<bool> has_late{false};

    void RaiseMaxT(int64_t t);
  };

  Status ReadGeneration(std::span<const wal::SegmentName> segments);
  Status ReadSegment(const wal::SegmentName& name);
  /// How far a file has been read.
  struct Feed {
    const wal::MappedFile& file;
    wal::Scanner& scanner;
    size_t piece_begin = 0;  ///< Where the piece that is being read begins in the file.
    size_t record = 0;       ///< Of the scanner's records, to be routed next,
    size_t offset = 0;       ///< and where in it to go on; 0: at its beginning.
    bool more = true;        ///< The scanner is not at the end.
    bool ended = false;      ///< There is no further piece.
  };
  Status ReadRecords(const wal::MappedFile& file, wal::Scanner& scanner);
  // Reads, routes and resolves a piece. Touches nothing that appending reads.
  Status PrepareNext(Feed& feed);
  // Makes the piece that was prepared the one to be appended.
  void TakeNext();
  StatusOr<uint32_t> ReadCheckpoint(const std::string& folder);
  bool RestoreSeries(Source& source, std::span<const uint8_t> payload);
  // False: the piece has to end inside of the record, at *offset.
  StatusOr<bool> Route(const wal::Record& record, size_t* offset);
  void NoteTenant(Source& source, wal::PayloadReader& in);
  bool RouteSeries(Source& source, const wal::Record& record, wal::PayloadReader& in,
                   size_t* offset);
  void CountLost(Source& source);
  Status Resolve(Source& source);
  Status AskIndex(Source& source, std::span<const PendingSeries> some,
                  std::vector<KnownSeries>& known);
  void AppendShard(Source& source, std::span<const wal::Record> records);
  void AppendSamples(Source& source, std::span<const wal::Record> records);
  bool AppendHistograms(Source& source, std::span<const uint8_t> payload, bool late);
  bool AppendLateSamples(Source& source, std::span<const uint8_t> payload, bool with_starts);
  void NoteAppended(Source& source, bool was_sampled);
  AppendRules Rules() const;
  Status ForgetUnsampled();
  bool RestoreRest(Source& source, const wal::Record& record);
  void Settle(const wal::SegmentName& name, const wal::ScanResult& scan, uint64_t file_size);
  void NoteDamage(std::string_view what, const std::string& path, uint64_t offset, uint64_t size);
  void NoteBadRecord(const wal::Record& record);
  void ReportProgress();

  const sdk::Host host_;
  const sdk::Log log_;
  const sdk::Health health_;
  const sdk::IndexerRef& index_;
  TenantMap& tenants_;
  ExemplarBudget& exemplar_budget_;
  Generations& generations_;

  const kvs_call_t* call_ = nullptr;  // Of Run().
  std::string folder_;
  uint64_t total_bytes_ = 0;
  uint64_t done_bytes_ = 0;
  uint32_t generation_ = 0;                                        // The one being read,
  std::atomic<uint32_t> version_{wal::kVersion};                   // and of which version it is.
  std::unordered_map<uint32_t, std::unique_ptr<Source>> sources_;  // By the number in the log.
  const model::KeyHasher hasher_;                                  // Of all labels.
  std::unordered_map<const Tenant*, std::vector<KnownSeries>> known_;  // By logged id.

  SparePool<SampleRows> sample_rows_;

  ReplayResult result_;
  // Counted by the shards' threads.
  std::atomic<uint64_t> samples_{0};
  std::atomic<uint64_t> lost_samples_{0};
  std::atomic<uint64_t> in_blocks_{0};
  std::atomic<uint64_t> bad_records_{0};
  std::atomic<uint64_t> bad_bytes_{0};
};

}  // namespace kvs::head

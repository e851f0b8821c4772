// SPDX-License-Identifier: Apache-2.0
#include "blocks/cutter.h"

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "kvs/sdk/call.h"
#include "kvs/tsdb/block_writer.h"

#include "blocks/block_folder.h"
#include "blocks/cut_mark.h"
#include "blocks/local_block.h"
#include "blocks/recoder.h"
#include "chunk_copies.h"
#include "cursor.h"
#include "wal/segment_file.h"

namespace kvs::head {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
// How far the due times of tenants lie apart.
constexpr uint64_t kStaggerMs = 10 * 60 * 1000;

int64_t BlockOf(int64_t t) {
  return NextBlock(t) - kBlockMs;
}

int64_t Stagger(const Tenant& tenant) {
  return static_cast<int64_t>(std::hash<std::string_view>()(tenant.name) % kStaggerMs);
}

}  // namespace

// Where the chunks of a series come from: those in order, or the late ones.
class Cutter::Source {
 public:
  Source(Tenant& tenant, const LateUpto* after, const LateUpto* upto)
      : tenant_(tenant), after_(after), upto_(upto) {}

  /// The chunks with samples in [begin, end), borrowed until the next call.
  Status Read(uint32_t id, int64_t begin, int64_t end, std::vector<tsdb::ChunkData>& out) {
    const SeriesPlace place(id);
    copies_.Clear();
    {
      const Shard& shard = tenant_.shards[place.shard];
      MutexLock lock(shard.mutex());
      if (upto_ != nullptr) {
        shard.ReadLate(place, (*after_)[place.shard], (*upto_)[place.shard], copies_);
      } else {
        shard.Read(place, {begin, end - 1, ReadRange::kNoLate}, copies_, pending_);
        shard.FinishReading(copies_, pending_);
      }
    }
    out.clear();
    recoded_.clear();
    bool whole = upto_ == nullptr;
    for (const ChunkCopies::Chunk& chunk : copies_.chunks())
      whole = whole && chunk.min_t >= begin && chunk.max_t < end;
    if (whole) {
      for (const ChunkCopies::Chunk& chunk : copies_.chunks())
        out.push_back({chunk.min_t, chunk.max_t, chunk.encoding, copies_.BytesOf(chunk)});
      return OkStatus();
    }
    for (const ChunkCopies::Chunk& chunk : copies_.chunks()) {
      if (chunk.max_t < begin || chunk.min_t >= end) continue;
      KVS_RETURN_IF_ERROR(recoder_.Add(chunk.encoding, copies_.BytesOf(chunk), begin, end - 1));
    }
    recoded_ = recoder_.Finish();
    for (const Recoder::Chunk& chunk : recoded_)
      out.push_back({chunk.min_t, chunk.max_t, chunk.encoding, chunk.bytes});
    return OkStatus();
  }

 private:
  Tenant& tenant_;
  const LateUpto* const after_;
  const LateUpto* const upto_;
  ChunkCopies copies_;
  PendingReads pending_;
  Recoder recoder_;
  std::vector<Recoder::Chunk> recoded_;
};

Cutter::Cutter(const sdk::Host& host, const sdk::IndexerRef& index, const wal::Log& wal,
               const Metrics& metrics, std::string folder, const StageHook& on_stage)
    : host_(host),
      log_(host.log()),
      clock_(host.clock()),
      index_(index),
      wal_(wal),
      metrics_(metrics),
      folder_(std::move(folder)),
      on_stage_(on_stage),
      random_(std::random_device{}()) {}

Status Cutter::CutDue(Tenant& tenant) {
  bool cut_any = false;
  for (bool more = true; more;) {
    KVS_ASSIGN_OR_RETURN(more, CutNext(tenant, false));
    cut_any = cut_any || more;
  }
  return cut_any ? CutLate(tenant) : OkStatus();
}

Status Cutter::CutAll(Tenant& tenant) {
  for (bool more = true; more;) {
    KVS_ASSIGN_OR_RETURN(more, CutNext(tenant, true));
  }
  return CutLate(tenant);
}

// The oldest range in memory. False: there is nothing to cut.
StatusOr<bool> Cutter::CutNext(Tenant& tenant, bool everything) {
  const int64_t newest = tenant.max_t.load(std::memory_order_relaxed);
  const auto view = tenant.views.current();
  const int64_t due_by = everything ? SaturatingAdd(newest, 1)
                                    : SaturatingAdd(newest, -(kBlockMs / 2 + Stagger(tenant)));
  // Nearly always nothing is due, and that is known without looking.
  const int64_t soonest = everything || view->memory_from == std::numeric_limits<int64_t>::min()
                              ? SaturatingAdd(view->memory_from, 1)
                              : NextBlock(view->memory_from);
  if (due_by < soonest) return false;

  std::vector<uint32_t> ids;
  const auto find = [&](int64_t min_t, int64_t max_t) {
    int64_t oldest = kNone;
    ids.clear();
    for (uint32_t s = 0; s < SeriesPlace::kShards; ++s) {
      const Shard& shard = tenant.shards[s];
      for (uint32_t page = 0;; ++page) {
        MutexLock lock(shard.mutex());
        if (page >= shard.n_pages()) break;
        shard.FindInOrder(page, s, min_t, max_t, ids, oldest);
      }
    }
    return oldest;
  };
  // Ids stay with their series from here on.
  const ReaderHold hold(tenant);
  const int64_t oldest = find(view->memory_from, std::numeric_limits<int64_t>::min());
  if (oldest == kNone) return false;
  const int64_t begin = std::max(BlockOf(oldest), view->memory_from);
  int64_t end = NextBlock(oldest);
  if (everything) end = std::min(end, SaturatingAdd(newest, 1));
  if (end > due_by) return false;

  // Whoever writes from now on finds the range closed; whoever wrote before is waited for.
  tenant.cut_t.store(end, std::memory_order_relaxed);
  { const std::unique_lock gate(tenant.gate); }
  find(begin, end - 1);
  Reach("cut: range closed");
  Source source(tenant, nullptr, nullptr);
  KVS_ASSIGN_OR_RETURN(auto block, WriteBlock(tenant, begin, end, ids, source, false));
  Reach("cut: block written");
  KVS_RETURN_IF_ERROR(SaveCutMark(FolderOf(tenant), {end, view->late_generation}));
  Reach("cut: mark saved");

  View next = *tenant.views.current();
  next.memory_from = end;
  if (block != nullptr) next.blocks.push_back(std::move(block));
  tenant.views.Publish(std::move(next));
  return true;
}

Status Cutter::CutLate(Tenant& tenant) {
  if (!tenant.has_late.exchange(false)) return OkStatus();
  Status cut = TryCutLate(tenant);
  if (!cut.ok()) tenant.has_late = true;
  return cut;
}

Status Cutter::TryCutLate(Tenant& tenant) {
  KVS_RETURN_IF_ERROR(wal::MakeFolder(FolderOf(tenant)));
  const ReaderHold hold(tenant);
  const auto view = tenant.views.current();
  // A sample of an earlier generation was staged, and thus in memory, before this.
  const uint32_t generation = wal_.generation();
  LateUpto upto{};
  std::vector<uint32_t> ids;
  int64_t min_t = kNone;
  int64_t max_t = std::numeric_limits<int64_t>::min();
  for (uint32_t s = 0; s < SeriesPlace::kShards; ++s) {
    Shard& shard = tenant.shards[s];
    for (uint32_t page = 0;; ++page) {
      MutexLock lock(shard.mutex());
      if (page >= shard.n_pages()) break;
      shard.CloseLate(page);
    }
    {
      MutexLock lock(shard.mutex());
      upto[s] = shard.newest_chunk();
    }
    for (uint32_t page = 0;; ++page) {
      MutexLock lock(shard.mutex());
      if (page >= shard.n_pages()) break;
      shard.FindLate(page, s, view->late_upto[s], upto[s], ids, min_t, max_t);
    }
  }
  View next = *view;
  if (!ids.empty()) {
    Source source(tenant, &view->late_upto, &upto);
    for (int64_t begin = BlockOf(min_t); begin <= max_t; begin += kBlockMs) {
      KVS_ASSIGN_OR_RETURN(auto block,
                           WriteBlock(tenant, begin, begin + kBlockMs, ids, source, true));
      if (block != nullptr) next.blocks.push_back(std::move(block));
      Reach("late: block written");
    }
  }
  next.late_upto = upto;
  next.late_generation = generation;
  KVS_RETURN_IF_ERROR(SaveCutMark(FolderOf(tenant), {next.memory_from, generation}));
  Reach("late: mark saved");
  tenant.views.Publish(std::move(next));
  return OkStatus();
}

// Null: none of the series has a sample in [begin, end).
StatusOr<std::shared_ptr<const LocalBlock>> Cutter::WriteBlock(Tenant& tenant, int64_t begin,
                                                               int64_t end,
                                                               std::span<const uint32_t> ids,
                                                               Source& source, bool late) {
  KVS_RETURN_IF_ERROR(wal::MakeFolder(FolderOf(tenant)));
  if (ids.empty()) return std::shared_ptr<const LocalBlock>();
  const int64_t began_ns = clock_.MonotonicNs();
  metrics_.compactions.Add();
  const auto write = [&]() -> StatusOr<std::shared_ptr<const LocalBlock>> {
    const sdk::OwnedCall call(tenant.name);
    KVS_ASSIGN_OR_RETURN(const SeriesRows rows, SeriesRows::Collect(call, index_, ids));
    const tsdb::Ulid ulid = MakeUlid();
    KVS_ASSIGN_OR_RETURN(const auto folder, BlockFolder::Create(FolderOf(tenant), ulid));
    tsdb::BlockWriter writer(folder->index(), *folder);
    for (const std::string_view text : rows.symbols()) KVS_RETURN_IF_ERROR(writer.AddSymbol(text));
    std::vector<tsdb::SymbolPair> labels;
    std::vector<tsdb::ChunkData> chunks;
    for (size_t i = 0; i < rows.size(); ++i) {
      KVS_RETURN_IF_ERROR(source.Read(rows.id(i), begin, end, chunks));
      if (chunks.empty()) continue;
      rows.Labels(i, labels);
      KVS_RETURN_IF_ERROR(writer.AddSeries(labels, chunks));
    }
    Reach("block: series written");
    KVS_ASSIGN_OR_RETURN(const tsdb::BlockContents contents, writer.Finish());
    if (contents.stats.series == 0) return std::shared_ptr<const LocalBlock>();
    tsdb::BlockMeta meta;
    meta.ulid = ulid;
    contents.FillMeta(&meta);
    meta.mint = begin;
    meta.maxt = end;
    meta.compaction.sources = {ulid};
    if (late) meta.compaction.hints = {std::string(tsdb::kHintFromOutOfOrder)};
    KVS_RETURN_IF_ERROR(folder->Commit(meta));
    KVS_ASSIGN_OR_RETURN(auto block, LocalBlock::Open(folder->path()));
    return std::shared_ptr<const LocalBlock>(std::move(block));
  };
  auto block = write();
  const double seconds = static_cast<double>(clock_.MonotonicNs() - began_ns) / 1e9;
  metrics_.compaction_seconds.Observe(seconds);
  if (!block.ok()) {
    metrics_.compactions_failed.Add();
    return Annotate(block.status(), "cutting a block of tenant ", tenant.name);
  }
  if (*block != nullptr) {
    const tsdb::BlockMeta& meta = (*block)->meta();
    log_.Info("cut a block", {{"user", tenant.name},
                              {"block", meta.ulid.ToString()},
                              {"from_ms", StrCat(begin)},
                              {"to_ms", StrCat(end)},
                              {"out_of_order", late ? "true" : "false"},
                              {"series", StrCat(meta.stats.series)},
                              {"samples", StrCat(meta.stats.samples)},
                              {"bytes", StrCat((*block)->size_bytes())},
                              {"seconds", StrCat(seconds)}});
  }
  return block;
}

tsdb::Ulid Cutter::MakeUlid() {
  std::array<uint8_t, 10> bits;
  for (uint8_t& byte : bits) byte = static_cast<uint8_t>(random_());
  return tsdb::Ulid::Make(static_cast<uint64_t>(clock_.NowMs()), bits);
}

}  // namespace kvs::head

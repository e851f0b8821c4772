// SPDX-License-Identifier: Apache-2.0
// The part of a replay that reads a checkpoint.
#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "checkpoint/format.h"
#include "replay.h"
#include "shard_lock.h"

namespace kvs::head {
namespace {

// Null: none. Checksums of a large file wait for memory, so several threads look at once.
const wal::Record* FirstDamaged(const sdk::Executor& executor,
                                std::span<const wal::Record> records) {
  constexpr size_t kAtOnce = 256;
  const size_t n_parts = (records.size() + kAtOnce - 1) / kAtOnce;
  std::vector<const wal::Record*> damaged(n_parts, nullptr);
  executor.Parallel(n_parts, 0, [&](uint64_t i) {
    const auto part = records.subspan(i * kAtOnce, std::min(kAtOnce, records.size() - i * kAtOnce));
    const auto bad = std::ranges::find_if_not(part, wal::ChecksumHolds);
    if (bad != part.end()) damaged[i] = &*bad;
  });
  const auto first = std::ranges::find_if(damaged, [](const auto* bad) { return bad != nullptr; });
  return first == damaged.end() ? nullptr : *first;
}

// Whether every byte of a checkpoint is what was written. A part of one is worth nothing while
// there is an older one: what it lacks is in no log any more.
Status CheckCheckpoint(const sdk::Executor& executor, const wal::MappedFile& file,
                       const std::string& path, uint32_t generation) {
  wal::Scanner scanner(file.bytes(), wal::Scanner::Checksums::kTrust);
  std::optional<wal::Kind> last;
  bool begins_well = false;
  for (bool more = true; more;) {
    file.Need(scanner.position(), Replay::kPieceBytes);
    more = scanner.Go(Replay::kPieceBytes);
    const std::span<const wal::Record> records(scanner.result().records);
    if (const wal::Record* const bad = FirstDamaged(executor, records); bad != nullptr) {
      return DataLoss(path, " is damaged at offset ",
                      bad->payload.data() - file.bytes().data() - sizeof(wal::RecordHeader));
    }
    for (const wal::Record& record : records) {
      if (!last.has_value()) {
        wal::PayloadReader in(record.payload);
        begins_well = record.kind == wal::Kind::kCheckpoint &&
                      in.Fixed<uint32_t>() == kCheckpointVersion &&
                      in.Fixed<uint32_t>() == generation;
      }
      last = record.kind;
    }
    scanner.result().records.clear();
    file.DoneWith(scanner.position());
  }
  const wal::ScanResult& scan = scanner.result();
  if (!scan.damage.empty()) return DataLoss(path, " is damaged at offset ", scan.damage[0].offset);
  if (!begins_well) return DataLoss(path, " does not begin as a checkpoint of this version");
  if (last != wal::Kind::kCheckpointEnd || scan.tail != 0)
    return DataLoss(path, " is cut off at offset ", scan.end);
  return OkStatus();
}

}  // namespace

// Returns the generation from which the log is to be read on top; 0: all of it.
StatusOr<uint32_t> Replay::ReadCheckpoint(const std::string& folder) {
  if (folder.empty()) return 0u;
  std::vector<uint32_t> all = ListCheckpoints(folder);
  for (const bool whole : {true, false}) {
    std::vector<uint32_t> left = all;
    for (; !left.empty(); left.pop_back()) {
      const uint32_t generation = left.back();
      const std::string path = CheckpointPath(folder, generation);
      const StatusOr<wal::MappedFile> file = wal::MappedFile::Open(path);
      const Status status = !file.ok() ? file.status()
                            : whole    ? CheckCheckpoint(host_.executor(), *file, path, generation)
                                       : OkStatus();
      if (!status.ok()) {
        ++result_.damaged_checkpoints;
        log_.Error("a checkpoint is damaged; the one before it is read, and more of the log",
                   {{"error", status.message()}});
        continue;
      }
      if (!whole) {
        log_.Error("no checkpoint is whole: what can be read of the newest one is read",
                   {{"file", path}});
      }
      generation_ = generation;
      version_ = wal::kVersion;
      wal::Scanner scanner(
          file->bytes(), whole ? wal::Scanner::Checksums::kTrust : wal::Scanner::Checksums::kCheck);
      KVS_RETURN_IF_ERROR(ReadRecords(*file, scanner));
      sources_.clear();
      if (!whole) return 0u;
      result_.checkpoints = std::move(left);
      return generation;
    }
  }
  return 0u;
}

bool Replay::RestoreSeries(Source& source, std::span<const uint8_t> payload) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  bool all_make_sense = true;
  ShardLock lock(*source.tenant);
  while (in.left() > 0) {
    const uint32_t id = source.ids.Find(in.Varint());
    const int64_t last_t = wal::UnZigZag(in.Varint());
    const auto last_hash = in.Fixed<uint64_t>();
    const uint64_t n_chunks = in.Varint();
    if (!in.ok()) return false;
    const SeriesPlace place(id == LoggedIds::kNone ? 0 : id);
    Shard& shard = lock.Lock(place.shard);
    Series* const series = id == LoggedIds::kNone ? nullptr : &shard.Ensure(place);
    const bool is_known = series != nullptr && series->sampled();
    bool has_any = false;
    bool has_open = false;
    for (uint64_t i = 0; i < n_chunks; ++i) {
      RestoredChunk chunk = TakeChunk(in);
      if (!in.ok()) return false;
      if (series == nullptr) {
        lost_samples_.fetch_add(chunk.n_samples, std::memory_order_relaxed);
        continue;
      }
      if (is_known) continue;
      if (chunk.late ? generation_ < source.late_generation : chunk.max_t < source.memory_from) {
        in_blocks_.fetch_add(chunk.n_samples, std::memory_order_relaxed);
        continue;
      }
      chunk.last_hash = last_hash;
      if (!shard.Restore(place, *series, chunk).ok()) {
        all_make_sense = false;
        continue;
      }
      has_any = true;
      has_open = has_open || (chunk.open && !chunk.late);
      if (chunk.late) source.has_late = true;
      samples_.fetch_add(chunk.n_samples, std::memory_order_relaxed);
    }
    if (!has_any) continue;
    if (!has_open) series->state.t = last_t;
    source.tenant->n_series.fetch_add(1, std::memory_order_relaxed);
  }
  return all_make_sense;
}

}  // namespace kvs::head

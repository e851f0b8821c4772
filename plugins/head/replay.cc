// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include <algorithm>
#include <random>

#include <sys/stat.h>

#include "kvs/model/label_cursor.h"
#include "kvs/model/series_key.h"
#include "kvs/sdk/owned.h"

namespace kvs::head {
namespace {

// What stands in Source::announced.
constexpr uint32_t kAnnounced = 0;        // The labels of the id were met,
constexpr uint32_t kAnnouncedBefore = 1;  // and are about to be met again, for another series.

uint64_t FileSize(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

}  // namespace

Replay::Replay(const sdk::Host& host, const sdk::IndexerRef& index, TenantMap& tenants,
               ExemplarBudget& exemplars, Generations& generations)
    : host_(host),
      log_(host.log()),
      health_(host.health()),
      index_(index),
      tenants_(tenants),
      exemplar_budget_(exemplars),
      generations_(generations),
      hasher_(std::random_device{}()) {}

StatusOr<ReplayResult> Replay::Run(const sdk::Call& call, const std::string& folder,
                                   const std::string& checkpoints) {
  call_ = call.raw();
  folder_ = folder;
  KVS_ASSIGN_OR_RETURN(result_.segments, wal::ListSegments(folder));
  const std::vector<wal::SegmentName>& segments = result_.segments;
  KVS_ASSIGN_OR_RETURN(const uint32_t from, ReadCheckpoint(checkpoints));
  result_.label_bytes = 0;  // Those of the checkpoint.
  for (const wal::SegmentName& name : segments) {
    if (name.generation >= from) total_bytes_ += FileSize(SegmentPath(folder, name));
  }
  result_.log_bytes = total_bytes_;
  for (size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].number != segments[i - 1].number + 1) {
      NoteDamage("segments of the write-ahead log are missing", SegmentPath(folder, segments[i]), 0,
                 0);
    }
  }
  for (size_t begin = 0; begin < segments.size();) {
    size_t end = begin;
    while (end < segments.size() && segments[end].generation == segments[begin].generation) ++end;
    if (segments[begin].generation >= from)
      KVS_RETURN_IF_ERROR(ReadGeneration(std::span(segments).subspan(begin, end - begin)));
    begin = end;
  }
  known_.clear();
  KVS_RETURN_IF_ERROR(ForgetUnsampled());
  result_.samples = samples_;
  result_.in_blocks = in_blocks_;
  result_.lost_samples = lost_samples_;
  result_.lost_bytes += bad_bytes_;
  result_.damaged_places += bad_records_;
  return std::move(result_);
}

Status Replay::ReadGeneration(std::span<const wal::SegmentName> segments) {
  generation_ = segments[0].generation;
  for (const wal::SegmentName& name : segments) KVS_RETURN_IF_ERROR(ReadSegment(name));
  for (const auto& [number, source] : sources_) {
    const LoggedSamples logged{source->max_t, source->has_late};
    if (source->tenant != nullptr &&
        (logged.has_late || logged.max_t != std::numeric_limits<int64_t>::min())) {
      generations_.Note(generation_, *source->tenant, logged);
    }
  }
  sources_.clear();
  return OkStatus();
}

Status Replay::ReadSegment(const wal::SegmentName& name) {
  KVS_ASSIGN_OR_RETURN(const wal::MappedFile file,
                       wal::MappedFile::Open(SegmentPath(folder_, name)));
  wal::Scanner scanner(file.bytes());
  KVS_RETURN_IF_ERROR(ReadRecords(file, scanner));
  Settle(name, scanner.result(), file.bytes().size());
  return OkStatus();
}

// No more than two pieces are ever in memory: the one that is appended, and the one that is read.
Status Replay::ReadRecords(const wal::MappedFile& file, wal::Scanner& scanner) {
  struct Part {
    Source* source;
    uint32_t shard;
  };
  Feed feed{file, scanner};
  std::vector<Part> parts;  // To be appended.
  while (!feed.ended || !parts.empty()) {
    KVS_RETURN_IF_ERROR(sdk::Call(call_).CheckAlive());
    Status prepared;
    host_.executor().Parallel(parts.size() + 1, 0, [&](uint64_t i) {
      if (i == 0) {
        prepared = PrepareNext(feed);
        return;
      }
      const Part& part = parts[i - 1];
      std::vector<wal::Record>& records = part.source->now.of_shard[part.shard];
      AppendShard(*part.source, records);
      records.clear();
    });
    KVS_RETURN_IF_ERROR(prepared);
    TakeNext();
    file.DoneWith(feed.ended ? scanner.position() : feed.piece_begin);
    parts.clear();
    for (const auto& [number, source] : sources_) {
      for (uint32_t shard = 0; shard < SeriesPlace::kShards; ++shard) {
        if (!source->now.of_shard[shard].empty()) parts.push_back({source.get(), shard});
      }
    }
  }
  return OkStatus();
}

Status Replay::PrepareNext(Feed& feed) {
  std::vector<wal::Record>& records = feed.scanner.result().records;
  if (feed.record == records.size()) {
    records.clear();
    feed.record = 0;
    feed.ended = !feed.more;
    if (feed.ended) return OkStatus();
    feed.piece_begin = feed.scanner.position();
    feed.file.Need(feed.piece_begin, kPieceBytes);
    feed.more = feed.scanner.Go(kPieceBytes);
    done_bytes_ += feed.scanner.position() - feed.piece_begin;
    ReportProgress();
  }
  for (; feed.record < records.size(); ++feed.record) {
    KVS_ASSIGN_OR_RETURN(const bool whole, Route(records[feed.record], &feed.offset));
    if (!whole) break;
  }
  for (const auto& [number, source] : sources_) {
    if (source->tenant != nullptr) KVS_RETURN_IF_ERROR(Resolve(*source));
  }
  return OkStatus();
}

// Nobody appends meanwhile.
void Replay::TakeNext() {
  for (const auto& [number, source] : sources_) {
    if (source->tenant == nullptr) {
      CountLost(*source);
      continue;
    }
    for (const wal::Record& record : source->now.rest) {
      if (!RestoreRest(*source, record)) NoteBadRecord(record);
    }
    source->now.rest.clear();
    if (source->has_late) source->tenant->has_late = true;
    for (const auto& [logged, id] : source->next.ids) source->ids.Set(logged, id);
    source->next.ids.clear();
    std::swap(source->now, source->next);
  }
}

// Reports what the scan of a segment met, and cuts off what stands behind its last record.
void Replay::Settle(const wal::SegmentName& name, const wal::ScanResult& scan, uint64_t file_size) {
  const std::string path = SegmentPath(folder_, name);
  for (const wal::Damage& damage : scan.damage) {
    NoteDamage("a damaged part of the write-ahead log is skipped", path, damage.offset,
               damage.size);
  }
  if (scan.tail != 0)
    NoteDamage("the torn end of the write-ahead log is cut off", path, scan.end, scan.tail);
  if (file_size == scan.end) return;
  if (const Status cut = wal::CutFile(path, scan.end); !cut.ok())
    log_.Warn("cutting failed", {{"error", cut.message()}});
}

void Replay::NoteDamage(std::string_view what, const std::string& path, uint64_t offset,
                        uint64_t size) {
  ++result_.damaged_places;
  result_.lost_bytes += size;
  log_.Warn(what, {{"file", path}, {"offset", StrCat(offset)}, {"bytes", StrCat(size)}});
}

void Replay::NoteBadRecord(const wal::Record& record) {
  bad_records_.fetch_add(1, std::memory_order_relaxed);
  bad_bytes_.fetch_add(record.payload.size(), std::memory_order_relaxed);
  log_.Warn(
      "a record of the write-ahead log makes no sense and is skipped",
      {{"kind", StrCat(static_cast<int>(record.kind))}, {"bytes", StrCat(record.payload.size())}});
}

void Replay::ReportProgress() {
  const uint64_t percent = total_bytes_ == 0 ? 100 : 100 * done_bytes_ / total_bytes_;
  health_.NotReady(StrCat("replaying the write-ahead log: ", percent, "%"));
}

StatusOr<bool> Replay::Route(const wal::Record& record, size_t* offset) {
  wal::PayloadReader in(record.payload);
  if (record.kind == wal::Kind::kSegment) {
    version_ = in.Fixed<uint32_t>();
    if (version_ >= wal::kOldestVersion && version_ <= wal::kVersion) return true;
    return Unimplemented("the write-ahead log has a version that is not known");
  }
  if (record.kind == wal::Kind::kCheckpoint || record.kind == wal::Kind::kCheckpointEnd)
    return true;
  std::unique_ptr<Source>& source = sources_[in.Fixed<uint32_t>()];
  if (source == nullptr) source = std::make_unique<Source>();
  switch (record.kind) {
    case wal::Kind::kSeries:
      NoteTenant(*source, in);
      return RouteSeries(*source, record, in, offset);
    case wal::Kind::kTenantState:
      NoteTenant(*source, in);
      if (const auto max_t = in.Fixed<int64_t>(); in.ok()) source->tenant->RaiseMaxT(max_t);
      return true;
    case wal::Kind::kSamples:
    case wal::Kind::kHistograms:
    case wal::Kind::kSeriesState:
    case wal::Kind::kLateSamples:
    case wal::Kind::kLateHistograms:
    case wal::Kind::kStartedSamples:
    case wal::Kind::kLateStartedSamples:
      source->next.of_shard[in.Fixed<uint32_t>() % SeriesPlace::kShards].push_back(record);
      return true;
    case wal::Kind::kMetadata:
      NoteTenant(*source, in);
      source->next.rest.push_back(record);
      return true;
    case wal::Kind::kExemplars:
      source->next.rest.push_back(record);
      return true;
    default:
      NoteBadRecord(record);
      return true;
  }
}

void Replay::NoteTenant(Source& source, wal::PayloadReader& in) {
  const std::string_view name = in.Text();
  if (source.tenant != nullptr || !in.ok()) return;
  source.tenant = &tenants_.Get(name);
  const auto view = source.tenant->views.current();
  source.memory_from = view->memory_from;
  source.late_generation = view->late_generation;
}

bool Replay::RouteSeries(Source& source, const wal::Record& record, wal::PayloadReader& in,
                         size_t* offset) {
  const size_t size = record.payload.size();
  if (*offset == 0) result_.label_bytes += size;
  if (*offset != 0) in.Bytes(*offset - (size - in.left()));
  *offset = 0;
  while (in.left() > 0) {
    const size_t begin = size - in.left();
    const uint64_t id = in.Varint();
    const std::span<const uint8_t> labels = in.Bytes(in.Varint());
    if (!in.ok() || id >= LoggedIds::kMax || !model::AreLabelRecords(labels)) {
      NoteBadRecord(record);
      break;
    }
    // The id was given to another series in the meantime: what was said of the first comes first.
    if (source.announced.Find(id) == kAnnounced) {
      source.announced.Set(id, kAnnouncedBefore);
      *offset = begin;
      return false;
    }
    source.announced.Set(id, kAnnounced);
    source.next.pending.push_back({static_cast<uint32_t>(id), labels, hasher_.Hash(labels)});
  }
  return true;
}

// No record says which tenant this is, so none has the labels of any series either.
void Replay::CountLost(Source& source) {
  for (std::vector<wal::Record>& records : source.next.of_shard) {
    for (const wal::Record& record : records) {
      wal::PayloadReader in(record.payload);
      const bool has_many =
          record.kind == wal::Kind::kSamples || record.kind == wal::Kind::kStartedSamples;
      lost_samples_ += has_many ? in.Fixed<wal::SamplesHeader>().n : 1;
    }
    records.clear();
  }
  for (const wal::Record& record : source.next.rest) NoteBadRecord(record);
  source.next.rest.clear();
}

// Series of which blocks have everything were given to the index all the same.
Status Replay::ForgetUnsampled() {
  if (in_blocks_ == 0) return OkStatus();
  for (Tenant* const tenant : tenants_.All()) {
    const sdk::OwnedCall call(tenant->name);
    const kvs_matchers_t everything{};
    sdk::Owned<kvs_ids_t> found;
    KVS_RETURN_IF_ERROR(sdk::Await(index_.select(), call, &everything, found.out()));
    std::vector<uint32_t> unsampled;
    for (uint64_t i = 0; i < found->n_ids; ++i) {
      const SeriesPlace place(found->ids[i]);
      const Shard& shard = tenant->shards[place.shard];
      MutexLock lock(shard.mutex());
      const Series* const series = shard.Find(place);
      if (series == nullptr || !series->sampled()) unsampled.push_back(found->ids[i]);
    }
    if (unsampled.empty()) continue;
    auto ids = sdk::Record<kvs_ids_t>();
    ids.ids = unsampled.data();
    ids.n_ids = unsampled.size();
    KVS_RETURN_IF_ERROR(sdk::Await(index_.remove(), call, &ids, nullptr));
  }
  return OkStatus();
}

}  // namespace kvs::head

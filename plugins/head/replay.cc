// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include <algorithm>
#include <random>

#include <sys/stat.h>

#include "kvs/model/label_cursor.h"
#include "kvs/model/series_key.h"
#include "kvs/sdk/owned.h"

#include "histogram.h"
#include "shard_lock.h"

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

void Replay::AppendShard(Source& source, std::span<const wal::Record> records) {
  const auto has_samples = [](const wal::Record& record) {
    return record.kind == wal::Kind::kSamples || record.kind == wal::Kind::kStartedSamples;
  };
  while (!records.empty()) {
    // Nothing of another kind stands between these, so that only the order within a series counts.
    const auto other = std::find_if_not(records.begin(), records.end(), has_samples);
    if (const auto n = static_cast<size_t>(other - records.begin()); n != 0) {
      AppendSamples(source, records.first(n));
      records = records.subspan(n);
      continue;
    }
    const wal::Record& record = records.front();
    records = records.subspan(1);
    bool ok = true;
    switch (record.kind) {
      case wal::Kind::kLateSamples:
      case wal::Kind::kLateStartedSamples:
        ok = AppendLateSamples(source, record.payload,
                               record.kind == wal::Kind::kLateStartedSamples);
        break;
      case wal::Kind::kSeriesState:
        ok = RestoreSeries(source, record.payload);
        break;
      default:
        ok = AppendHistograms(source, record.payload, record.kind == wal::Kind::kLateHistograms);
    }
    if (!ok) NoteBadRecord(record);
  }
}

void Replay::Source::RaiseMaxT(int64_t t) {
  int64_t seen = max_t.load(std::memory_order_relaxed);
  while (seen < t && !max_t.compare_exchange_weak(seen, t, std::memory_order_relaxed)) {
  }
}

// Logs of version 1 do not say which samples are late.
AppendRules Replay::Rules() const {
  AppendRules rules = AppendRules::InOrder();
  rules.has_window = version_ == wal::kOldestVersion;
  return rules;
}

std::unique_ptr<SampleRows> Replay::BorrowRows() {
  MutexLock lock(idle_rows_mutex_);
  if (idle_rows_.empty()) return std::make_unique<SampleRows>();
  std::unique_ptr<SampleRows> rows = std::move(idle_rows_.back());
  idle_rows_.pop_back();
  return rows;
}

void Replay::GiveBack(std::unique_ptr<SampleRows> rows) {
  MutexLock lock(idle_rows_mutex_);
  idle_rows_.push_back(std::move(rows));
}

void Replay::AppendSamples(Source& source, std::span<const wal::Record> records) {
  std::unique_ptr<SampleRows> samples = BorrowRows();
  samples->Take(records, source.ids, [this](const wal::Record& bad) { NoteBadRecord(bad); });
  const std::span<const SampleRows::Row> rows = samples->rows();
  const std::span<const int64_t> starts = samples->starts();
  const AppendRules rules = Rules();
  ShardLock lock(*source.tenant);
  uint64_t created = 0;
  uint64_t in_blocks = 0;
  int64_t max_t = std::numeric_limits<int64_t>::min();
  constexpr size_t kAhead = 8;
  const auto id_at = [&](size_t i) { return i < rows.size() ? rows[i].id : LoggedIds::kNone; };
  const auto is_of = [](uint32_t id, uint32_t shard) {
    return id != LoggedIds::kNone && SeriesPlace(id).shard == shard;
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    const SampleRows::Row& row = rows[i];
    max_t = std::max(max_t, row.t);
    if (row.t < source.memory_from) {
      ++in_blocks;
      continue;
    }
    const SeriesPlace place(row.id);
    Shard& shard = lock.Lock(place.shard);
    // Series first, then what these say.
    if (const uint32_t far = id_at(i + 2 * kAhead); is_of(far, place.shard))
      shard.Prefetch(SeriesPlace(far));
    if (const uint32_t near = id_at(i + kAhead); is_of(near, place.shard)) {
      if (const Series* const next = shard.Find(SeriesPlace(near))) shard.PrefetchTail(*next);
    }
    Series& series = shard.Ensure(place);
    const bool was_sampled = series.sampled();
    if (!starts.empty() && starts[i] != 0) {
      shard.AppendStarted(place, series, row.t, row.v, starts[i], rules);
    } else {
      shard.Append(place, series, row.t, row.v, rules);
    }
    created += was_sampled ? 0 : 1;
  }
  samples_.fetch_add(rows.size() - in_blocks, std::memory_order_relaxed);
  in_blocks_.fetch_add(in_blocks, std::memory_order_relaxed);
  lost_samples_.fetch_add(samples->n_lost(), std::memory_order_relaxed);
  source.tenant->n_series.fetch_add(created, std::memory_order_relaxed);
  source.tenant->RaiseMaxT(max_t);
  source.RaiseMaxT(max_t);
  GiveBack(std::move(samples));
}

void Replay::NoteAppended(Source& source, bool was_sampled) {
  samples_.fetch_add(1, std::memory_order_relaxed);
  if (!was_sampled) source.tenant->n_series.fetch_add(1, std::memory_order_relaxed);
}

bool Replay::AppendLateSamples(Source& source, std::span<const uint8_t> payload, bool with_starts) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  const bool is_in_blocks = generation_ < source.late_generation;
  ShardLock lock(*source.tenant);
  while (in.left() > 0) {
    const uint64_t logged_id = in.Varint();
    const int64_t t = wal::UnZigZag(in.Varint());
    const auto v = in.Fixed<double>();
    const int64_t start = with_starts ? wal::UnZigZag(in.Varint()) : 0;
    if (!in.ok()) return false;
    const uint32_t id = source.ids.Find(logged_id);
    if (id == LoggedIds::kNone) {
      lost_samples_.fetch_add(1, std::memory_order_relaxed);
    } else if (is_in_blocks) {
      in_blocks_.fetch_add(1, std::memory_order_relaxed);
    } else {
      const SeriesPlace place(id);
      Shard& shard = lock.Lock(place.shard);
      Series& series = shard.Ensure(place);
      const bool was_sampled = series.sampled();
      shard.AppendLate(place, series, t, v, start);
      NoteAppended(source, was_sampled);
      source.has_late = true;
    }
  }
  return true;
}

bool Replay::AppendHistograms(Source& source, std::span<const uint8_t> payload, bool late) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  const AppendRules rules = Rules();
  ShardLock lock(*source.tenant);
  while (in.left() > 0) {
    const uint64_t logged_id = in.Varint();
    const int64_t t = wal::UnZigZag(in.Varint());
    const std::span<const uint8_t> flat = in.Bytes(in.Varint());
    if (!in.ok()) return false;
    const uint32_t id = source.ids.Find(logged_id);
    if (id == LoggedIds::kNone) {
      lost_samples_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const StatusOr<EncodedHistogram> histogram = DecodeHistogram(flat);
    if (!histogram.ok()) return false;
    if (!late) {
      source.tenant->RaiseMaxT(t);
      source.RaiseMaxT(t);
    }
    if (late ? generation_ < source.late_generation : t < source.memory_from) {
      in_blocks_.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const SeriesPlace place(id);
    Shard& shard = lock.Lock(place.shard);
    Series& series = shard.Ensure(place);
    const bool was_sampled = series.sampled();
    if (late) {
      shard.AppendLate(place, series, t, *histogram);
      source.has_late = true;
    } else {
      shard.AppendHistogram(place, series, t, *histogram, rules);
    }
    NoteAppended(source, was_sampled);
  }
  return true;
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

bool Replay::RestoreRest(Source& source, const wal::Record& record) {
  wal::PayloadReader in(record.payload);
  in.Fixed<uint32_t>();  // The tenant.
  if (record.kind == wal::Kind::kMetadata) in.Text();
  while (in.left() > 0) {
    if (record.kind == wal::Kind::kMetadata) {
      const auto type = static_cast<uint32_t>(in.Varint());
      const std::string_view metric = in.Text();
      const std::string_view help = in.Text();
      const std::string_view unit = in.Text();
      if (!in.ok()) return false;
      source.tenant->metadata.Restore(type, metric, help, unit);
    } else if (record.kind == wal::Kind::kExemplars) {
      const uint64_t logged_id = in.Varint();
      const int64_t t = wal::UnZigZag(in.Varint());
      const auto v = in.Fixed<double>();
      const std::string_view labels = in.Text();
      if (!in.ok()) return false;
      const uint32_t id = source.ids.Find(logged_id);
      if (id == LoggedIds::kNone) continue;
      source.tenant->exemplars.Add({id, t, v, std::string(labels)}, exemplar_budget_.max,
                                   exemplar_budget_);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace kvs::head

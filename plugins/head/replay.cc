// SPDX-License-Identifier: Apache-2.0
#include "replay.h"

#include <algorithm>
#include <optional>
#include <random>

#include <sys/stat.h>

#include "kvs/model/label_cursor.h"
#include "kvs/model/series_key.h"

#include "histogram.h"

namespace kvs::head {
namespace {

// Series that are resolved with one call of the index.
constexpr size_t kResolveAtOnce = 4096;

uint64_t FileSize(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

// A batch of series without samples, for resolving. Counted, because an index may keep it.
class SeriesBatch {
 public:
  static kvs_ref_t Ref() {
    auto ref = sdk::Record<kvs_ref_t>();
    ref.retain = [](kvs_ref_t* self) noexcept {
      reinterpret_cast<SeriesBatch*>(self)->holders_.fetch_add(1);
    };
    ref.release = [](kvs_ref_t* self) noexcept {
      auto* const batch = reinterpret_cast<SeriesBatch*>(self);
      if (batch->holders_.fetch_sub(1) == 1) delete batch;
    };
    return ref;
  }

  kvs_ref_t* ref() { return &ref_; }

  /// `records` are the labels of the series; their bytes are copied.
  template <typename Range>
  kvs_write_batch_t* Fill(const Range& records, const model::KeyHasher& hasher) {
    size_t size = 0;
    for (const auto& record : records) size += record.labels.size();
    bytes_.reserve(size);
    for (const auto& record : records) {
      const size_t begin = bytes_.size();
      bytes_.insert(bytes_.end(), record.labels.begin(), record.labels.end());
      labels_.push_back({bytes_.data() + begin, record.labels.size()});
      const model::Key128 key = hasher.Hash(record.labels);
      keys_.push_back({key.lo, key.hi});
    }
    no_samples_.assign(labels_.size() + 1, 0);
    batch_ = sdk::Record<kvs_write_batch_t>();
    batch_.label_layout = KVS_LABELS_PROTOBUF;
    batch_.ref = &ref_;
    batch_.n_series = static_cast<uint32_t>(labels_.size());
    batch_.series_key = keys_.data();
    batch_.label_bytes = labels_.data();
    batch_.sample_begin = no_samples_.data();
    return &batch_;
  }

 private:
  kvs_ref_t ref_ = Ref();  // First: found from the C side.
  std::atomic<int> holders_{1};
  kvs_write_batch_t batch_{};
  std::vector<uint8_t> bytes_;
  std::vector<kvs_bytes_t> labels_;
  std::vector<kvs_key128_t> keys_;
  std::vector<uint32_t> no_samples_;
};

// Holds the lock of one shard at a time, and changes it as rarely as the order of rows allows.
class ShardLock {
 public:
  explicit ShardLock(Tenant& tenant) : tenant_(tenant) {}
  ~ShardLock() { Unlock(); }
  ShardLock(const ShardLock&) = delete;
  ShardLock& operator=(const ShardLock&) = delete;

  Shard& Lock(uint32_t shard) KVS_THREAD_ANNOTATION(no_thread_safety_analysis) {
    if (held_ != shard) {
      Unlock();
      tenant_.shards[shard].mutex().Lock();
      held_ = shard;
    }
    return tenant_.shards[shard];
  }

 private:
  static constexpr uint32_t kNone = SeriesPlace::kShards;
  void Unlock() KVS_THREAD_ANNOTATION(no_thread_safety_analysis) {
    if (held_ != kNone) tenant_.shards[held_].mutex().Unlock();
    held_ = kNone;
  }
  Tenant& tenant_;
  uint32_t held_ = kNone;
};

}  // namespace

Replay::Replay(const sdk::Host& host, const sdk::IndexerRef& index, TenantMap& tenants,
               ExemplarBudget& exemplars, Newest newest)
    : host_(host),
      log_(host.log()),
      health_(host.health()),
      index_(index),
      tenants_(tenants),
      exemplar_budget_(exemplars),
      newest_(std::move(newest)) {}

StatusOr<ReplayResult> Replay::Run(const std::string& folder) {
  folder_ = folder;
  KVS_ASSIGN_OR_RETURN(result_.segments, wal::ListSegments(folder));
  const std::vector<wal::SegmentName>& segments = result_.segments;
  for (const wal::SegmentName& name : segments) total_bytes_ += FileSize(SegmentPath(folder, name));
  for (size_t i = 1; i < segments.size(); ++i) {
    if (segments[i].number != segments[i - 1].number + 1) {
      NoteDamage("segments of the write-ahead log are missing", SegmentPath(folder, segments[i]), 0,
                 0);
    }
  }
  for (size_t begin = 0; begin < segments.size();) {
    size_t end = begin;
    while (end < segments.size() && segments[end].generation == segments[begin].generation) ++end;
    KVS_RETURN_IF_ERROR(ReadGeneration(std::span(segments).subspan(begin, end - begin)));
    begin = end;
  }
  result_.samples = samples_;
  result_.lost_samples = lost_samples_;
  result_.lost_bytes += bad_bytes_;
  result_.damaged_places += bad_records_;
  return std::move(result_);
}

Status Replay::ReadGeneration(std::span<const wal::SegmentName> segments) {
  struct Loaded {
    std::optional<wal::MappedFile> file;
    wal::ScanResult scan;
    Status status;
  };
  std::vector<Loaded> loaded(segments.size());
  host_.executor().Parallel(segments.size(), 0, [&](uint64_t i) {
    StatusOr<wal::MappedFile> file = wal::MappedFile::Open(SegmentPath(folder_, segments[i]));
    if (!file.ok()) {
      loaded[i].status = file.status();
      return;
    }
    loaded[i].file.emplace(*std::move(file));
    loaded[i].scan = wal::Scan(loaded[i].file->bytes());
  });
  for (size_t i = 0; i < segments.size(); ++i) {
    KVS_RETURN_IF_ERROR(loaded[i].status);
    for (const wal::Record& record : loaded[i].scan.records) KVS_RETURN_IF_ERROR(Route(record));
  }
  KVS_RETURN_IF_ERROR(Flush());
  for (const auto& [number, source] : sources_) {
    if (source->max_t != std::numeric_limits<int64_t>::min())
      newest_(segments[0].generation, *source->tenant, source->max_t);
  }
  sources_.clear();
  for (size_t i = 0; i < segments.size(); ++i) {
    const uint64_t size = loaded[i].file->bytes().size();
    loaded[i].file.reset();
    Settle(segments[i], loaded[i].scan, size);
    done_bytes_ += size;
  }
  ReportProgress();
  return OkStatus();
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

Status Replay::Route(const wal::Record& record) {
  wal::PayloadReader in(record.payload);
  if (record.kind == wal::Kind::kSegment) {
    if (in.Fixed<uint32_t>() == wal::kVersion) return OkStatus();
    return Unimplemented("the write-ahead log has a version that is not known");
  }
  std::unique_ptr<Source>& source = sources_[in.Fixed<uint32_t>()];
  if (source == nullptr) source = std::make_unique<Source>();
  switch (record.kind) {
    case wal::Kind::kSeries:
      NoteTenant(*source, in);
      return RouteSeries(*source, record, in);
    case wal::Kind::kSamples:
    case wal::Kind::kHistograms:
      source->of_shard[in.Fixed<uint32_t>() % SeriesPlace::kShards].push_back(record);
      return OkStatus();
    case wal::Kind::kMetadata:
      NoteTenant(*source, in);
      source->rest.push_back(record);
      return OkStatus();
    case wal::Kind::kExemplars:
      source->rest.push_back(record);
      return OkStatus();
    default:
      NoteBadRecord(record);
      return OkStatus();
  }
}

void Replay::NoteTenant(Source& source, wal::PayloadReader& in) {
  const std::string_view name = in.Text();
  if (source.tenant == nullptr && in.ok()) source.tenant = &tenants_.Get(name);
}

Status Replay::RouteSeries(Source& source, const wal::Record& record, wal::PayloadReader& in) {
  while (in.left() > 0) {
    const uint64_t id = in.Varint();
    const std::span<const uint8_t> labels = in.Bytes(in.Varint());
    if (!in.ok() || id >= LoggedIds::kMax || !model::AreLabelRecords(labels)) {
      NoteBadRecord(record);
      break;
    }
    constexpr uint32_t kPending = LoggedIds::kNone - 1;
    // The id was given to another series in the meantime: what was said of the first comes first.
    if (source.ids.Find(id) != LoggedIds::kNone) KVS_RETURN_IF_ERROR(Flush());
    source.ids.Set(id, kPending);
    source.pending.push_back({static_cast<uint32_t>(id), labels});
  }
  return OkStatus();
}

Status Replay::Flush() {
  struct Part {
    Source* source;
    uint32_t shard;
  };
  std::vector<Part> parts;
  for (const auto& [number, source] : sources_) {
    if (source->tenant == nullptr) {
      CountLost(*source);
      continue;
    }
    KVS_RETURN_IF_ERROR(Resolve(*source));
    for (uint32_t shard = 0; shard < SeriesPlace::kShards; ++shard) {
      if (!source->of_shard[shard].empty()) parts.push_back({source.get(), shard});
    }
  }
  host_.executor().Parallel(parts.size(), 0, [&](uint64_t i) {
    std::vector<wal::Record>& records = parts[i].source->of_shard[parts[i].shard];
    AppendShard(*parts[i].source, records);
    records.clear();
  });
  for (const auto& [number, source] : sources_) {
    for (const wal::Record& record : source->rest) {
      if (source->tenant == nullptr || !RestoreRest(*source, record)) NoteBadRecord(record);
    }
    source->rest.clear();
  }
  return OkStatus();
}

// No record says which tenant this is, so none has the labels of any series either.
void Replay::CountLost(Source& source) {
  for (std::vector<wal::Record>& records : source.of_shard) {
    for (const wal::Record& record : records) {
      wal::PayloadReader in(record.payload);
      lost_samples_ += record.kind == wal::Kind::kSamples ? in.Fixed<wal::SamplesHeader>().n : 1;
    }
    records.clear();
  }
}

Status Replay::Resolve(Source& source) {
  // In the order of the old ids, so that an index that counts gives neighbours neighbouring ids
  // again.
  std::sort(
      source.pending.begin(), source.pending.end(),
      [](const PendingSeries& a, const PendingSeries& b) { return a.logged_id < b.logged_id; });
  const model::KeyHasher hasher(std::random_device{}());
  const sdk::OwnedCall call(source.tenant->name);
  std::vector<uint32_t> ids(kResolveAtOnce);
  std::vector<uint8_t> created(kResolveAtOnce);
  for (size_t begin = 0; begin < source.pending.size(); begin += kResolveAtOnce) {
    const size_t n = std::min(kResolveAtOnce, source.pending.size() - begin);
    const std::span<const PendingSeries> some(source.pending.data() + begin, n);
    auto* const batch = new SeriesBatch;
    auto view = sdk::Record<kvs_write_view_t>();
    view.batch = batch->Fill(some, hasher);
    auto resolved = sdk::Record<kvs_resolved_t>();
    resolved.ids = ids.data();
    resolved.created = created.data();
    const Status status = sdk::Await(index_.resolve(), call, &view, &resolved);
    batch->ref()->release(batch->ref());
    KVS_RETURN_IF_ERROR(Annotate(status, "resolving series of the write-ahead log"));
    for (size_t i = 0; i < n; ++i) source.ids.Set(some[i].logged_id, ids[i]);
  }
  source.pending.clear();
  return OkStatus();
}

void Replay::AppendShard(Source& source, std::span<const wal::Record> records) {
  for (const wal::Record& record : records) {
    const bool ok = record.kind == wal::Kind::kSamples ? AppendSamples(source, record.payload)
                                                       : AppendHistograms(source, record.payload);
    if (!ok) NoteBadRecord(record);
  }
}

bool Replay::AppendSamples(Source& source, std::span<const uint8_t> payload) {
  wal::PayloadReader in(payload);
  const auto header = in.Fixed<wal::SamplesHeader>();
  wal::PayloadReader id_column(in.Bytes(header.id_bytes));
  wal::PayloadReader time_column(in.Bytes(header.time_bytes));
  const std::span<const uint8_t> values = in.Bytes(uint64_t{header.n} * sizeof(double));
  if (!in.ok()) return false;

  // Rows are decoded before any is appended, so that memory can be fetched ahead.
  struct Row {
    uint32_t id;
    int64_t t;
  };
  std::vector<Row> rows(header.n);
  uint64_t id = 0;
  uint64_t t = 0;
  for (Row& row : rows) {
    id += static_cast<uint64_t>(wal::UnZigZag(id_column.Varint()));
    t += static_cast<uint64_t>(wal::UnZigZag(time_column.Varint()));
    row = {source.ids.Find(id), static_cast<int64_t>(t)};
  }
  if (!id_column.ok() || !time_column.ok()) return false;

  const AppendRules rules = AppendRules::All();
  ShardLock lock(*source.tenant);
  uint64_t lost = 0;
  uint64_t created = 0;
  int64_t max_t = std::numeric_limits<int64_t>::min();
  constexpr size_t kAhead = 8;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].id == LoggedIds::kNone) {
      ++lost;
      continue;
    }
    const SeriesPlace place(rows[i].id);
    Shard& shard = lock.Lock(place.shard);
    if (i + kAhead < rows.size() && rows[i + kAhead].id != LoggedIds::kNone) {
      const SeriesPlace ahead(rows[i + kAhead].id);
      const Series* const next = ahead.shard == place.shard ? shard.Find(ahead) : nullptr;
      if (next != nullptr) shard.PrefetchTail(*next);
    }
    Series& series = shard.Ensure(place);
    const bool was_sampled = series.sampled();
    double v;
    std::memcpy(&v, values.data() + i * sizeof(double), sizeof(v));
    shard.Append(place, series, rows[i].t, v, rules);
    created += was_sampled ? 0 : 1;
    max_t = std::max(max_t, rows[i].t);
  }
  samples_.fetch_add(rows.size() - lost, std::memory_order_relaxed);
  lost_samples_.fetch_add(lost, std::memory_order_relaxed);
  source.tenant->n_series.fetch_add(created, std::memory_order_relaxed);
  source.tenant->RaiseMaxT(max_t);
  int64_t seen = source.max_t.load(std::memory_order_relaxed);
  while (seen < max_t &&
         !source.max_t.compare_exchange_weak(seen, max_t, std::memory_order_relaxed)) {
  }
  return true;
}

bool Replay::AppendHistograms(Source& source, std::span<const uint8_t> payload) {
  wal::PayloadReader in(payload);
  in.Fixed<uint32_t>();  // The tenant.
  in.Fixed<uint32_t>();  // The shard.
  const AppendRules rules = AppendRules::All();
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
    const SeriesPlace place(id);
    Shard& shard = lock.Lock(place.shard);
    Series& series = shard.Ensure(place);
    if (!series.sampled()) source.tenant->n_series.fetch_add(1, std::memory_order_relaxed);
    shard.AppendHistogram(place, series, t, *histogram, rules);
    samples_.fetch_add(1, std::memory_order_relaxed);
    source.tenant->RaiseMaxT(t);
    int64_t seen = source.max_t.load(std::memory_order_relaxed);
    while (seen < t && !source.max_t.compare_exchange_weak(seen, t, std::memory_order_relaxed)) {
    }
  }
  return true;
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
      source.tenant->exemplars.Add({id, t, v, std::string(labels)}, exemplar_budget_);
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace kvs::head

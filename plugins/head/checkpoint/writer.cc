// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/writer.h"

#include <algorithm>
#include <limits>

#include "kvs/sdk/call.h"
#include "kvs/sdk/owned.h"

#include "batch_labels.h"
#include "checkpoint/format.h"
#include "cursor.h"
#include "wal/segment_file.h"

namespace kvs::head {

StatusOr<uint64_t> CheckpointWriter::Write(const std::string& folder, uint32_t generation) {
  KVS_RETURN_IF_ERROR(wal::MakeFolder(folder));
  const std::string path = CheckpointPath(folder, generation);
  const std::string fresh = path + ".tmp";
  KVS_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(fresh));
  file_ = file.get();
  n_series_ = 0;
  record_.Clear();
  record_.Begin(wal::Kind::kCheckpoint);
  record_.PutFixed(kCheckpointVersion);
  record_.PutFixed(generation);
  record_.End();
  KVS_RETURN_IF_ERROR(Flush());
  for (Tenant* const tenant : tenants_.All()) {
    KVS_RETURN_IF_ERROR(WriteTenant(*tenant));
    if (on_stage_) on_stage_("checkpoint: tenant written");
  }
  record_.Begin(wal::Kind::kCheckpointEnd);
  record_.PutFixed(n_series_);
  record_.End();
  KVS_RETURN_IF_ERROR(Flush());
  KVS_RETURN_IF_ERROR(file->Finish());
  if (on_stage_) on_stage_("checkpoint: synced");
  KVS_RETURN_IF_ERROR(RenameFile(fresh, path));
  return file->size_bytes();
}

Status CheckpointWriter::WriteTenant(Tenant& tenant) {
  // Ids stay with their series.
  const ReaderHold hold(tenant);
  const auto view = tenant.views.current();
  record_.Begin(wal::Kind::kTenantState);
  record_.PutFixed(tenant.number);
  record_.PutText(tenant.name);
  record_.PutFixed(tenant.max_t.load());
  record_.End();
  uint32_t n_pages = 0;
  for (const Shard& shard : tenant.shards) {
    MutexLock lock(shard.mutex());
    n_pages = std::max(n_pages, shard.n_pages());
  }
  // In the order of ids, so that an index that counts gives each series its id again, and with it
  // its shard: then shards are read back side by side, and each takes its own lock alone. Series
  // that begin later are in the log.
  for (uint32_t page = 0; page < n_pages; ++page) {
    for (uint32_t shard = 0; shard < SeriesPlace::kShards; ++shard)
      KVS_RETURN_IF_ERROR(WritePage(tenant, *view, shard, page));
  }
  record_.Begin(wal::Kind::kMetadata);
  record_.PutFixed(tenant.number);
  record_.PutText(tenant.name);
  tenant.metadata.PutAll(record_);
  record_.End();
  record_.Begin(wal::Kind::kExemplars);
  record_.PutFixed(tenant.number);
  for (const Exemplar& exemplar : tenant.exemplars.All()) {
    record_.PutVarint(exemplar.id);
    record_.PutVarint(wal::ZigZag(exemplar.t));
    record_.PutFixed(exemplar.v);
    record_.PutText(exemplar.labels);
  }
  record_.End();
  return Flush();
}

Status CheckpointWriter::WritePage(Tenant& tenant, const View& view, uint32_t shard_number,
                                   uint32_t page) {
  const Shard& shard = tenant.shards[shard_number];
  ids_.clear();
  states_.Clear();
  states_.Begin(wal::Kind::kSeriesState);
  states_.PutFixed(tenant.number);
  states_.PutFixed(shard_number);
  {
    MutexLock lock(shard.mutex());
    const uint32_t first = (page * SeriesPlace::kShards + shard_number) * SeriesPage::kSeries;
    for (uint32_t id = first; id < first + SeriesPage::kSeries; ++id) {
      const SeriesPlace place(id);
      const Series* const series = shard.Find(place);
      if (series == nullptr || !series->sampled()) continue;
      copies_.Clear();
      shard.Read(place,
                 {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                  view.late_upto[shard_number], view.memory_from},
                 copies_, pending_);
      shard.FinishReading(copies_, pending_);
      if (copies_.chunks().empty()) continue;
      ids_.push_back(id);
      states_.PutVarint(id);
      states_.PutVarint(wal::ZigZag(series->state.t));
      states_.PutFixed(shard.LastHistogramHash(place));
      states_.PutVarint(copies_.chunks().size());
      for (const ChunkCopies::Chunk& chunk : copies_.chunks()) {
        RestoredChunk out;
        out.min_t = chunk.min_t;
        out.max_t = chunk.max_t;
        out.n_samples = chunk.n_samples;
        out.encoding = chunk.encoding;
        out.late = chunk.late;
        out.open = chunk.open;
        out.bytes = copies_.BytesOf(chunk);
        PutChunk(out, states_);
      }
    }
  }
  if (ids_.empty()) return OkStatus();
  states_.End();
  n_series_ += ids_.size();
  KVS_RETURN_IF_ERROR(PutLabels(tenant));
  KVS_RETURN_IF_ERROR(Flush());
  return file_->Append(states_.bytes());
}

// The labels of the page's series, in front of their states.
Status CheckpointWriter::PutLabels(const Tenant& tenant) {
  auto query = sdk::Record<kvs_labels_query_t>();
  query.ids = ids_.data();
  query.n_ids = ids_.size();
  sdk::Owned<kvs_label_columns_t> columns;
  const sdk::OwnedCall call(tenant.name);
  KVS_RETURN_IF_ERROR(sdk::Await(index_.labels(), call, &query, columns.out()));
  record_.Begin(wal::Kind::kSeries);
  record_.PutFixed(tenant.number);
  record_.PutText(tenant.name);
  std::vector<kvs_pair_t> pairs;
  for (uint32_t row = 0; row < columns->n_series; ++row) {
    pairs.clear();
    for (uint32_t i = columns->begin[row]; i < columns->begin[row + 1]; i += 2)
      pairs.push_back({columns->symbols[columns->refs[i]], columns->symbols[columns->refs[i + 1]]});
    labels_.clear();
    AppendLabelRecords(pairs, labels_);
    record_.PutVarint(ids_[row]);
    record_.PutText(labels_);
  }
  record_.End();
  return OkStatus();
}

Status CheckpointWriter::Flush() {
  const Status status = file_->Append(record_.bytes());
  record_.Clear();
  return status;
}

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "cursor.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "kvs/model/labels.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

#include "selected_batch.h"

namespace kvs::head {
namespace {

constexpr size_t kSeriesPerBatch = 1024;
// How many series are looked at in one go: those of one shard under its lock, and what they copy
// waits for memory together.
constexpr size_t kSeriesPerVisit = 128;
constexpr size_t kChunkBytesPerBatch = 1 << 20;
// How far ahead of the series being read memory is fetched.
constexpr size_t kSeriesAhead = 8;
// Labels are looked up for so many series at a time where only something about them is wanted.
constexpr size_t kLabelsAtATime = 8192;

model::LabelView LabelAt(const kvs_label_columns_t& columns, uint32_t ref) {
  return {sdk::View(columns.symbols[columns.refs[ref]]),
          sdk::View(columns.symbols[columns.refs[ref + 1]])};
}

}  // namespace

Cursor::Cursor(const kvs_select_t& select, Tenant& tenant, const sdk::IndexerRef& index,
               std::shared_ptr<const View> view)
    : hold_(tenant),
      view_(std::move(view)),
      tenant_(tenant),
      index_(index),
      flags_(select.flags),
      min_t_(select.min_ms),
      max_t_(select.max_ms),
      newest_only_(select.step_ms == 0 && sdk::View(select.func) == "last_over_time"),
      left_(select.limit == 0 ? std::numeric_limits<uint64_t>::max() : select.limit) {
  if ((flags_ & KVS_SELECT_HAS_LABELS) == 0) return;
  for (uint64_t i = 0; i < select.n_labels; ++i)
    label_names_.push_back(sdk::Text(select.labels[i]));
  for (const std::string& name : label_names_) projection_.push_back(sdk::Str(name));
}

StatusOr<std::unique_ptr<Cursor>> Cursor::Open(const sdk::Call& call, const kvs_select_t& select,
                                               Tenant& tenant, const sdk::IndexerRef& index,
                                               std::shared_ptr<const View> view) {
  std::unique_ptr<Cursor> cursor(new Cursor(select, tenant, index, std::move(view)));
  sdk::Owned<kvs_ids_t> ids;
  KVS_RETURN_IF_ERROR(sdk::Await(index.select(), call, &select.matchers, ids.out()));
  cursor->ids_.assign(ids->ids, ids->ids + ids->n_ids);
  ids.Reset();
  if (select.shard_count > 1)
    KVS_RETURN_IF_ERROR(cursor->KeepShard(call, select.shard_index, select.shard_count));
  return cursor;
}

Status Cursor::Arrange(const sdk::Call& call) {
  if (std::exchange(arranged_, true)) return OkStatus();
  if ((flags_ & KVS_SELECT_SORTED) == 0) {
    GroupByShard();
    return OkStatus();
  }
  KeepNonEmpty();
  return SortByLabels(call);
}

void Cursor::GroupByShard() {
  // Within what makes a batch, and in the order of the ids within a shard.
  uint32_t sorted[kSeriesPerBatch];
  for (size_t begin = 0; begin < ids_.size(); begin += kSeriesPerBatch) {
    const std::span<uint32_t> ids =
        std::span(ids_).subspan(begin, std::min(kSeriesPerBatch, ids_.size() - begin));
    uint32_t next[SeriesPlace::kShards + 1] = {};
    for (const uint32_t id : ids) ++next[SeriesPlace(id).shard + 1];
    for (uint32_t shard = 0; shard < SeriesPlace::kShards; ++shard) next[shard + 1] += next[shard];
    for (const uint32_t id : ids) sorted[next[SeriesPlace(id).shard]++] = id;
    std::copy_n(sorted, ids.size(), ids.begin());
  }
}

StatusOr<sdk::Owned<kvs_label_columns_t>> Cursor::LabelsOf(const sdk::Call& call,
                                                           const std::vector<uint32_t>& ids,
                                                           bool projected) const {
  auto query = sdk::Record<kvs_labels_query_t>();
  query.ids = ids.data();
  query.n_ids = ids.size();
  if (projected && (flags_ & KVS_SELECT_HAS_LABELS) != 0) {
    query.has_names = 1;
    query.names = projection_.data();
    query.n_names = projection_.size();
  }
  sdk::Owned<kvs_label_columns_t> columns;
  KVS_RETURN_IF_ERROR(sdk::Await(index_.labels(), call, &query, columns.out()));
  return columns;
}

Status Cursor::KeepShard(const sdk::Call& call, uint32_t shard_index, uint32_t shard_count) {
  std::vector<uint32_t> kept;
  for (size_t begin = 0; begin < ids_.size(); begin += kLabelsAtATime) {
    const size_t end = std::min(begin + kLabelsAtATime, ids_.size());
    const std::vector<uint32_t> some(ids_.begin() + static_cast<std::ptrdiff_t>(begin),
                                     ids_.begin() + static_cast<std::ptrdiff_t>(end));
    KVS_ASSIGN_OR_RETURN(const sdk::Owned<kvs_label_columns_t> columns,
                         LabelsOf(call, some, false));
    for (uint32_t i = 0; i < some.size(); ++i) {
      model::SeriesHasher hasher;
      for (uint32_t ref = columns->begin[i]; ref < columns->begin[i + 1]; ref += 2) {
        const model::LabelView label = LabelAt(*columns, ref);
        hasher.Add(label.name, label.value);
      }
      if (hasher.Finish() % shard_count == shard_index) kept.push_back(some[i]);
    }
  }
  ids_ = std::move(kept);
  return OkStatus();
}

Status Cursor::SortByLabels(const sdk::Call& call) {
  KVS_ASSIGN_OR_RETURN(const sdk::Owned<kvs_label_columns_t> columns, LabelsOf(call, ids_, false));
  std::vector<uint32_t> order = sdk::LabelOrder(*columns);
  for (uint32_t& at : order) at = ids_[at];
  ids_ = std::move(order);
  return OkStatus();
}

void Cursor::KeepNonEmpty() {
  std::erase_if(ids_, [this](uint32_t id) {
    const SeriesPlace place(id);
    const Shard& shard = tenant_.shards[place.shard];
    MutexLock lock(shard.mutex());
    return !shard.HasChunks(place, RangeIn(place.shard));
  });
}

bool Cursor::HasRoom(const SelectedBatch& batch) const {
  return at_ < ids_.size() && batch.n_added() < std::min<uint64_t>(kSeriesPerBatch, left_) &&
         batch.chunk_bytes() < kChunkBytesPerBatch;
}

bool Cursor::Add(const Shard& shard, uint32_t id, SelectedBatch& batch) const {
  const SeriesPlace place(id);
  if ((flags_ & KVS_SELECT_NO_CHUNKS) == 0)
    return batch.Add(shard, place, RangeIn(place.shard), newest_only_);
  if (!shard.HasChunks(place, RangeIn(place.shard))) return false;
  batch.AddWithoutChunks();
  return true;
}

void Cursor::Visit(SelectedBatch& batch) {
  const uint32_t number = SeriesPlace(ids_[at_]).shard;
  const Shard& shard = tenant_.shards[number];
  const size_t end = std::min(ids_.size(), at_ + kSeriesPerVisit);
  MutexLock lock(shard.mutex());
  for (; at_ < end && HasRoom(batch); ++at_) {
    if (SeriesPlace(ids_[at_]).shard != number) break;
    if (at_ + kSeriesAhead < ids_.size() && SeriesPlace(ids_[at_ + kSeriesAhead]).shard == number)
      shard.Prefetch(SeriesPlace(ids_[at_ + kSeriesAhead]));
    constexpr size_t kNear = kSeriesAhead / 2;
    if (at_ + kNear < ids_.size() && SeriesPlace(ids_[at_ + kNear]).shard == number)
      shard.PrefetchRead(SeriesPlace(ids_[at_ + kNear]), RangeIn(number), newest_only_);
    if (Add(shard, ids_[at_], batch)) batch_ids_.push_back(ids_[at_]);
  }
  batch.FinishShard(shard);
}

void Cursor::VisitInOrder(SelectedBatch& batch) {
  const size_t n = std::min({ids_.size() - at_, kSeriesPerVisit, kSeriesPerBatch - batch.n_added(),
                             static_cast<size_t>(left_ - batch.n_added())});
  const std::span<const uint32_t> ids = std::span(ids_).subspan(at_, n);
  at_ += n;
  std::vector<uint32_t> by_shard(n);
  std::iota(by_shard.begin(), by_shard.end(), 0u);
  std::stable_sort(by_shard.begin(), by_shard.end(), [&](uint32_t a, uint32_t b) {
    return SeriesPlace(ids[a]).shard < SeriesPlace(ids[b]).shard;
  });
  const size_t before = batch.n_added();
  std::vector<uint32_t> added;
  for (size_t i = 0; i < n;) {
    const uint32_t number = SeriesPlace(ids[by_shard[i]]).shard;
    const Shard& shard = tenant_.shards[number];
    MutexLock lock(shard.mutex());
    for (; i < n && SeriesPlace(ids[by_shard[i]]).shard == number; ++i) {
      if (i + kSeriesAhead < n && SeriesPlace(ids[by_shard[i + kSeriesAhead]]).shard == number)
        shard.Prefetch(SeriesPlace(ids[by_shard[i + kSeriesAhead]]));
      if (Add(shard, ids[by_shard[i]], batch)) added.push_back(by_shard[i]);
    }
    batch.FinishShard(shard);
  }
  batch.Arrange(before, added);
  std::sort(added.begin(), added.end());
  for (const uint32_t i : added) batch_ids_.push_back(ids[i]);
}

sdk::Outcome Cursor::Next(const sdk::Call& call, kvs_series_batch_t*& out,
                          sdk::Completer& /*completer*/) {
  KVS_RETURN_IF_ERROR(call.CheckAlive());
  KVS_RETURN_IF_ERROR(Arrange(call));
  const bool with_chunks = (flags_ & KVS_SELECT_NO_CHUNKS) == 0;
  auto batch = std::make_unique<SelectedBatch>();
  batch_ids_.clear();
  while (HasRoom(*batch)) {
    if ((flags_ & KVS_SELECT_SORTED) != 0) {
      VisitInOrder(*batch);
    } else {
      Visit(*batch);
    }
  }
  left_ -= batch->n_added();
  if (batch_ids_.empty()) return sdk::End();
  StatusOr<sdk::Owned<kvs_label_columns_t>> columns = LabelsOf(call, batch_ids_, true);
  if (!columns.ok()) return columns.status();
  out = SelectedBatch::Finish(std::move(batch), *std::move(columns), with_chunks);
  return OkStatus();
}

}  // namespace kvs::head

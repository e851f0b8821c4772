// SPDX-License-Identifier: Apache-2.0
#include "cursor.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "kvs/model/labels.h"
#include "kvs/sdk/str.h"

#include "selected_batch.h"

namespace kvs::head {
namespace {

constexpr size_t kSeriesPerBatch = 1024;
// How many series a shard's lock is held for.
constexpr size_t kSeriesPerVisit = 128;
constexpr size_t kChunkBytesPerBatch = 1 << 20;
// How far ahead of the series being read memory is fetched.
constexpr size_t kAhead = 8;
// Labels are looked up for so many series at a time where only something about them is wanted.
constexpr size_t kLabelsAtATime = 8192;

model::LabelView LabelAt(const kvs_label_columns_t& columns, uint32_t ref) {
  return {sdk::View(columns.symbols[columns.refs[ref]]),
          sdk::View(columns.symbols[columns.refs[ref + 1]])};
}

bool LabelsLess(const kvs_label_columns_t& columns, uint32_t a, uint32_t b) {
  uint32_t i = columns.begin[a];
  uint32_t j = columns.begin[b];
  const uint32_t i_end = columns.begin[a + 1];
  const uint32_t j_end = columns.begin[b + 1];
  for (; i < i_end && j < j_end; i += 2, j += 2) {
    const model::LabelView left = LabelAt(columns, i);
    const model::LabelView right = LabelAt(columns, j);
    if (left != right) return left < right;
  }
  return i_end - columns.begin[a] < j_end - columns.begin[b];
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
  if ((select.flags & KVS_SELECT_SORTED) != 0) {
    cursor->KeepNonEmpty();
    KVS_RETURN_IF_ERROR(cursor->SortByLabels(call));
  } else {
    cursor->GroupByShard();
  }
  return cursor;
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
  std::vector<uint32_t> order(ids_.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return LabelsLess(*columns, a, b); });
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

sdk::Outcome Cursor::Next(const sdk::Call& call, kvs_series_batch_t*& out,
                          sdk::Completer& /*completer*/) {
  KVS_RETURN_IF_ERROR(call.CheckAlive());
  const bool with_chunks = (flags_ & KVS_SELECT_NO_CHUNKS) == 0;
  auto batch = std::make_unique<SelectedBatch>();
  batch_ids_.clear();
  const auto has_room = [&] {
    return at_ < ids_.size() && left_ > 0 && batch_ids_.size() < kSeriesPerBatch &&
           batch->chunk_bytes() < kChunkBytesPerBatch;
  };
  while (has_room()) {
    // One visit for as many neighbours as are in one shard: what is copied together waits for
    // memory together.
    const uint32_t number = SeriesPlace(ids_[at_]).shard;
    const Shard& shard = tenant_.shards[number];
    const size_t end = std::min(ids_.size(), at_ + kSeriesPerVisit);
    MutexLock lock(shard.mutex());
    for (; at_ < end && has_room(); ++at_) {
      const SeriesPlace place(ids_[at_]);
      if (place.shard != number) break;
      if (at_ + kAhead < ids_.size() && SeriesPlace(ids_[at_ + kAhead]).shard == number) {
        shard.Prefetch(SeriesPlace(ids_[at_ + kAhead]));
      }
      if (with_chunks) {
        if (!batch->Add(shard, place, RangeIn(number), newest_only_)) continue;
      } else {
        if (!shard.HasChunks(place, RangeIn(number))) continue;
        batch->AddWithoutChunks();
      }
      batch_ids_.push_back(ids_[at_]);
      --left_;
    }
    batch->FinishShard(shard);
  }
  if (batch_ids_.empty()) return sdk::End();
  StatusOr<sdk::Owned<kvs_label_columns_t>> columns = LabelsOf(call, batch_ids_, true);
  if (!columns.ok()) return columns.status();
  out = SelectedBatch::Finish(std::move(batch), *std::move(columns), with_chunks);
  return OkStatus();
}

}  // namespace kvs::head

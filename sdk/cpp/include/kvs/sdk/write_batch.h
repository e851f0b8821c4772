// SPDX-License-Identifier: Apache-2.0
// Write batches between the toolkit and the ABI: showing a model::WriteBatch as a kvs_write_batch_t
// without copying, reading the labels of one that came over the ABI, and pools of batches that
// sinks may keep longer than the call.
//
//   auto batch = pool.Get();                       // One reference, ours.
//   KVS_RETURN_IF_ERROR(wire::DecodeWriteRequestV1(body, seed, &batch->batch));
//   view.batch = batch->Publish();                 // Immutable from here on.
//
// Link kvs::model beside kvs::sdk.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "kvs/abi/write_batch.h"
#include "kvs/model/write_batch.h"
#include "kvs/sdk/str.h"

namespace kvs::sdk {

/// The C side of a finished batch; borrows its columns. Not to be moved once Show() has run.
class WriteBatchColumns {
 public:
  WriteBatchColumns() = default;
  WriteBatchColumns(const WriteBatchColumns&) = delete;
  WriteBatchColumns& operator=(const WriteBatchColumns&) = delete;

  /// `ref` is what sinks retain to keep `batch`.
  const kvs_write_batch_t* Show(const model::WriteBatch& batch, kvs_ref_t* ref);
  const kvs_write_batch_t* raw() const { return &raw_; }

 private:
  kvs_write_batch_t raw_ = Record<kvs_write_batch_t>();
  kvs_histogram_columns_t histograms_ = Record<kvs_histogram_columns_t>();
  kvs_exemplar_columns_t exemplars_ = Record<kvs_exemplar_columns_t>();
};

/// Where the labels of a batch stand, for model::LabelCursor. Borrowed from the batch.
inline model::LabelSource LabelSourceOf(const kvs_write_batch_t& batch) {
  return {static_cast<model::LabelLayout>(batch.label_layout),
          reinterpret_cast<const model::BytesRef*>(batch.label_bytes),
          batch.label_begin,
          batch.label_refs,
          reinterpret_cast<const model::StrRef*>(batch.symbols),
          batch.n_symbols};
}

/// The key of series `i`, for model and its tables.
inline model::Key128 KeyOf(const kvs_write_batch_t& batch, uint32_t i) {
  return {batch.series_key[i].lo, batch.series_key[i].hi};
}

/// Narrows a view to these rows, which it borrows. No rows select nothing: only NULL means all.
inline void LendRows(std::span<const uint32_t> rows, kvs_write_view_t& view) {
  static constexpr uint32_t kNone = 0;
  view.rows = rows.empty() ? &kNone : rows.data();
  view.n_rows = static_cast<uint32_t>(rows.size());
}

/// A batch of metadata alone, for metadata go with all series of a batch or with none of them. It
/// borrows `metadata` and is kept by what keeps `batch`, whose metadata they are.
inline kvs_write_batch_t MetadataAlone(const kvs_write_batch_t& batch,
                                       std::span<const kvs_metadata_t> metadata) {
  auto alone = Record<kvs_write_batch_t>();
  alone.label_layout = KVS_LABELS_PROTOBUF;  // Which no column of no series belongs to.
  alone.ref = batch.ref;
  alone.sample_begin = batch.sample_begin;
  alone.metadata = metadata.data();
  alone.n_metadata = metadata.size();
  return alone;
}

/// One of the histograms. Borrowed from the columns.
inline model::HistogramView HistogramAt(const kvs_histogram_columns_t& columns, uint32_t i) {
  const auto part = [i](const auto* column, const uint32_t* begin) {
    return std::span(column + begin[i], column + begin[i + 1]);
  };
  model::HistogramView out;
  out.timestamp_ms = columns.timestamp_ms[i];
  if (columns.start_timestamp_ms != nullptr) out.start_timestamp_ms = columns.start_timestamp_ms[i];
  out.is_float = columns.is_float != nullptr && columns.is_float[i] != 0;
  if (columns.reset_hint != nullptr) out.reset_hint = columns.reset_hint[i];
  out.schema = columns.schema[i];
  out.zero_threshold = columns.zero_threshold[i];
  out.zero_count = columns.zero_count[i];
  out.count = columns.count[i];
  out.sum = columns.sum[i];
  out.positive_span_offset = part(columns.span_offset, columns.positive_span_begin);
  out.positive_span_length = part(columns.span_length, columns.positive_span_begin);
  out.negative_span_offset = part(columns.span_offset, columns.negative_span_begin);
  out.negative_span_length = part(columns.span_length, columns.negative_span_begin);
  out.positive_bucket = part(columns.bucket, columns.positive_bucket_begin);
  out.negative_bucket = part(columns.bucket, columns.negative_bucket_begin);
  if (columns.custom_begin != nullptr)
    out.custom_bound = part(columns.custom_bound, columns.custom_begin);
  return out;
}

template <typename Buffer>
class WriteBatchPool;
namespace internal {
template <typename Buffer>
struct BatchShelf;
}

/// A batch and the bytes it borrows from, counted. The last release gives it back to its pool,
/// which tells a body that has a LetGo(). [any]
template <typename Buffer>
class PooledBatch {
 public:
  PooledBatch(const PooledBatch&) = delete;
  PooledBatch& operator=(const PooledBatch&) = delete;

  model::WriteBatch batch;
  Buffer body;

  /// Once the batch is finished: shows it. Borrowed as long as a reference is held.
  const kvs_write_batch_t* Publish() { return columns_.Show(batch, &ref_.base); }
  const kvs_write_batch_t* raw() const { return columns_.raw(); }

 private:
  friend class WriteBatchPool<Buffer>;
  struct Ref {
    kvs_ref_t base;  // First, so that the callbacks find their way back.
    PooledBatch* owner;
  };
  struct Unref {
    void operator()(PooledBatch* batch) const { batch->ref_.base.release(&batch->ref_.base); }
  };

  PooledBatch() {
    ref_.owner = this;
    ref_.base.struct_size = sizeof(kvs_ref_t);
    ref_.base.retain = [](kvs_ref_t* self) noexcept {
      reinterpret_cast<Ref*>(self)->owner->count_.fetch_add(1, std::memory_order_relaxed);
    };
    ref_.base.release = [](kvs_ref_t* self) noexcept {
      PooledBatch* const owner = reinterpret_cast<Ref*>(self)->owner;
      if (owner->count_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        WriteBatchPool<Buffer>::GiveBack(owner);
    };
  }

  Ref ref_{};
  std::atomic<uint32_t> count_{0};
  WriteBatchColumns columns_;
  std::shared_ptr<internal::BatchShelf<Buffer>> shelf_;  // Set while in use.
};

namespace internal {
/// What a pool shares with its batches, which may outlive it.
template <typename Buffer>
struct BatchShelf {
  std::mutex mutex;
  std::vector<std::unique_ptr<PooledBatch<Buffer>>> idle;
  size_t max_idle = 0;
  size_t max_bytes = 0;
};
}  // namespace internal

/// Batches that keep their memory from request to request. Batches may outlive the pool. [any]
template <typename Buffer>
class WriteBatchPool {
 public:
  using Ptr = std::unique_ptr<PooledBatch<Buffer>, typename PooledBatch<Buffer>::Unref>;

  /// Keeps at most `max_idle` batches of at most `max_bytes` each (bodies and columns).
  WriteBatchPool(size_t max_idle, size_t max_bytes) : shelf_(std::make_shared<Shelf>()) {
    shelf_->max_idle = max_idle;
    shelf_->max_bytes = max_bytes;
  }

  /// A batch with one reference, which the pointer gives up. Its contents are those of before:
  /// decoding clears them.
  Ptr Get() {
    std::unique_ptr<PooledBatch<Buffer>> batch;
    {
      const std::lock_guard lock(shelf_->mutex);
      if (!shelf_->idle.empty()) {
        batch = std::move(shelf_->idle.back());
        shelf_->idle.pop_back();
      }
    }
    if (batch == nullptr) batch.reset(new PooledBatch<Buffer>());
    batch->count_.store(1, std::memory_order_relaxed);
    batch->shelf_ = shelf_;
    return Ptr(batch.release());
  }

  size_t idle() const {
    const std::lock_guard lock(shelf_->mutex);
    return shelf_->idle.size();
  }

 private:
  friend class PooledBatch<Buffer>;
  using Shelf = internal::BatchShelf<Buffer>;

  static void GiveBack(PooledBatch<Buffer>* raw) {
    std::unique_ptr<PooledBatch<Buffer>> batch(raw);
    const std::shared_ptr<Shelf> shelf = std::move(batch->shelf_);
    if constexpr (requires { batch->body.LetGo(); }) batch->body.LetGo();
    if (batch->batch.CapacityBytes() + batch->body.capacity() > shelf->max_bytes) return;
    const std::lock_guard lock(shelf->mutex);
    if (shelf->idle.size() < shelf->max_idle) shelf->idle.push_back(std::move(batch));
  }

  std::shared_ptr<Shelf> shelf_;
};

inline const kvs_write_batch_t* WriteBatchColumns::Show(const model::WriteBatch& batch,
                                                        kvs_ref_t* ref) {
  const auto column = [](const auto& values) { return values.empty() ? nullptr : values.data(); };
  raw_ = Record<kvs_write_batch_t>();
  raw_.label_layout = static_cast<uint32_t>(batch.layout());
  raw_.ref = ref;
  raw_.n_series = batch.n_series();
  raw_.n_samples = batch.n_samples();
  raw_.series_key = reinterpret_cast<const kvs_key128_t*>(column(batch.series_key));
  raw_.label_bytes = reinterpret_cast<const kvs_bytes_t*>(column(batch.label_bytes));
  raw_.label_begin = column(batch.label_begin);
  raw_.label_refs = column(batch.label_refs);
  raw_.symbols = reinterpret_cast<const kvs_str_t*>(column(batch.symbols));
  raw_.n_symbols = batch.symbols.size();
  raw_.sample_begin = column(batch.sample_begin);
  raw_.timestamp_ms = column(batch.timestamp_ms);
  raw_.value = column(batch.value);
  raw_.start_timestamp_ms = column(batch.start_timestamp_ms);
  raw_.metadata = reinterpret_cast<const kvs_metadata_t*>(column(batch.metadata));
  raw_.n_metadata = batch.metadata.size();
  if (const model::HistogramColumns& from = batch.histograms; from.size() > 0) {
    kvs_histogram_columns_t& to = histograms_;
    to = Record<kvs_histogram_columns_t>();
    to.n_histograms = from.size();
    to.begin = column(from.begin);
    to.timestamp_ms = column(from.timestamp_ms);
    to.start_timestamp_ms = column(from.start_timestamp_ms);
    to.is_float = column(from.is_float);
    to.reset_hint = column(from.reset_hint);
    to.schema = column(from.schema);
    to.zero_threshold = column(from.zero_threshold);
    to.zero_count = column(from.zero_count);
    to.count = column(from.count);
    to.sum = column(from.sum);
    to.positive_span_begin = column(from.positive_span_begin);
    to.negative_span_begin = column(from.negative_span_begin);
    to.span_offset = column(from.span_offset);
    to.span_length = column(from.span_length);
    to.positive_bucket_begin = column(from.positive_bucket_begin);
    to.negative_bucket_begin = column(from.negative_bucket_begin);
    to.bucket = column(from.bucket);
    to.custom_begin = column(from.custom_begin);
    to.custom_bound = column(from.custom_bound);
    raw_.histograms = &to;
  }
  if (const model::ExemplarColumns& from = batch.exemplars; from.size() > 0) {
    kvs_exemplar_columns_t& to = exemplars_;
    to = Record<kvs_exemplar_columns_t>();
    to.n_exemplars = from.size();
    to.begin = column(from.begin);
    to.timestamp_ms = column(from.timestamp_ms);
    to.value = column(from.value);
    to.label_begin = column(from.label_begin);
    to.label = reinterpret_cast<const kvs_pair_t*>(column(from.label));
    raw_.exemplars = &to;
  }
  return &raw_;
}

}  // namespace kvs::sdk

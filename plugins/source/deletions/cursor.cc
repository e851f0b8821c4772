// SPDX-License-Identifier: Apache-2.0
#include "cursor.h"

#include <algorithm>
#include <deque>

#include "kvs/blocks/cut_chunk.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

namespace kvs::source::deletions {
namespace {

using tsdb::Tombstone;

// A batch over the labels and chunks of another one, which it keeps.
struct CutBatch {
  kvs_series_batch_t batch = sdk::Record<kvs_series_batch_t>();
  sdk::BatchPtr source;
  std::vector<uint32_t> label_begin{0}, refs, chunk_begin{0};
  std::vector<kvs_chunk_t> chunks;
  std::deque<blocks::OwnedChunk> owned;

  void Add(const blocks::OwnedChunk& chunk) {
    const blocks::OwnedChunk& kept = owned.emplace_back(chunk);
    chunks.push_back({kept.min_ms, kept.max_ms, kept.bytes.data(),
                      static_cast<uint32_t>(kept.bytes.size()), 0,
                      static_cast<uint8_t>(kept.encoding), 0});
  }
  void FinishSeries(uint32_t row) {
    const kvs_label_columns_t& from = source->labels;
    refs.insert(refs.end(), from.refs + from.begin[row], from.refs + from.begin[row + 1]);
    label_begin.push_back(static_cast<uint32_t>(refs.size()));
    sdk::SortChunks(chunks.data() + chunk_begin.back(), chunks.data() + chunks.size());
    chunk_begin.push_back(static_cast<uint32_t>(chunks.size()));
  }
  static sdk::BatchPtr HandOut(std::unique_ptr<CutBatch> self) {
    kvs_series_batch_t& out = self->batch;
    out.n_series = static_cast<uint32_t>(self->label_begin.size() - 1);
    out.labels = sdk::Record<kvs_label_columns_t>();
    out.labels.n_series = out.n_series;
    out.labels.symbols = self->source->labels.symbols;
    out.labels.n_symbols = self->source->labels.n_symbols;
    out.labels.begin = self->label_begin.data();
    out.labels.refs = self->refs.data();
    if (self->source->chunk_begin != nullptr) {
      out.chunk_begin = self->chunk_begin.data();
      out.chunks = self->chunks.data();
    }
    out.producer = self.get();
    out.release = [](kvs_series_batch_t* batch) noexcept {
      delete static_cast<CutBatch*>(batch->producer);
    };
    return sdk::BatchPtr(&self.release()->batch);
  }
};

}  // namespace

sdk::Outcome DeletionCursor::Next(const sdk::Call& call, kvs_series_batch_t*& out,
                                  sdk::Completer&) {
  if (left_ == 0) return sdk::End();
  KVS_ASSIGN_OR_RETURN(sdk::BatchPtr batch, selection_.Next(call));
  if (batch == nullptr) return sdk::End();
  if (batch->chunk_begin == nullptr) {
    batch = LeaveOutGone(std::move(batch));
  } else {
    KVS_ASSIGN_OR_RETURN(batch, Cut(std::move(batch)));
  }
  // What is beyond the limit is cut off at the end of the batch.
  batch->n_series = static_cast<uint32_t>(std::min<uint64_t>(batch->n_series, left_));
  batch->labels.n_series = batch->n_series;
  left_ -= batch->n_series;
  out = batch.release();
  return OkStatus();
}

sdk::BatchPtr DeletionCursor::LeaveOutGone(sdk::BatchPtr batch) const {
  uint32_t first = 0;
  while (first < batch->n_series && !gone_.Contains(batch->labels, first)) ++first;
  if (first == batch->n_series) return batch;
  auto out = std::make_unique<CutBatch>();
  out->source = std::move(batch);
  for (uint32_t row = 0; row < out->source->n_series; ++row) {
    if (row < first || !gone_.Contains(out->source->labels, row)) out->FinishSeries(row);
  }
  return CutBatch::HandOut(std::move(out));
}

StatusOr<sdk::BatchPtr> DeletionCursor::Cut(sdk::BatchPtr batch) {
  std::vector<std::vector<Tombstone>> deleted(batch->n_series);
  bool any = false;
  for (uint32_t row = 0; row < batch->n_series; ++row) {
    deleted[row] = ranges_.Of(batch->labels, row);
    any = any || !deleted[row].empty();
  }
  if (!any) return batch;
  auto out = std::make_unique<CutBatch>();
  out->source = std::move(batch);
  const kvs_series_batch_t& from = *out->source;
  std::vector<blocks::OwnedChunk> left;
  for (uint32_t row = 0; row < from.n_series; ++row) {
    for (uint32_t c = from.chunk_begin[row]; c < from.chunk_begin[row + 1]; ++c) {
      const kvs_chunk_t& chunk = from.chunks[c];
      if (Covers(deleted[row], chunk.min_ms, chunk.max_ms)) continue;
      if (!Touches(deleted[row], chunk.min_ms, chunk.max_ms)) {
        out->chunks.push_back(chunk);
        continue;
      }
      left.clear();
      KVS_RETURN_IF_ERROR(blocks::CutChunk(static_cast<chunk::Encoding>(chunk.encoding),
                                           {chunk.data, chunk.size}, deleted[row], &left));
      for (const blocks::OwnedChunk& piece : left) out->Add(piece);
    }
    // A series of which nothing is left is none.
    const bool had_chunks = from.chunk_begin[row] != from.chunk_begin[row + 1];
    if (!had_chunks || out->chunks.size() > out->chunk_begin.back()) out->FinishSeries(row);
  }
  return CutBatch::HandOut(std::move(out));
}

}  // namespace kvs::source::deletions

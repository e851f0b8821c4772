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

bool Covers(const std::vector<Tombstone>& deleted, int64_t mint, int64_t maxt) {
  return std::any_of(deleted.begin(), deleted.end(), [=](const Tombstone& d) {
    return d.range.mint <= mint && maxt <= d.range.maxt;
  });
}

bool Touches(const std::vector<Tombstone>& deleted, int64_t mint, int64_t maxt) {
  return std::any_of(deleted.begin(), deleted.end(), [=](const Tombstone& d) {
    return d.range.mint <= maxt && mint <= d.range.maxt;
  });
}

}  // namespace

sdk::Outcome DeletionCursor::Next(const sdk::Call& call, kvs_series_batch_t*& out,
                                  sdk::Completer&) {
  KVS_ASSIGN_OR_RETURN(sdk::BatchPtr batch, selection_.Next(call));
  if (batch == nullptr) return sdk::End();
  KVS_ASSIGN_OR_RETURN(sdk::BatchPtr cut, Cut(std::move(batch)));
  out = cut.release();
  return OkStatus();
}

std::vector<Tombstone> DeletionCursor::DeletedOf(const kvs_series_batch_t& batch, uint32_t row) {
  const kvs_label_columns_t& columns = batch.labels;
  labels_.clear();
  for (uint32_t i = columns.begin[row]; i + 1 < columns.begin[row + 1]; i += 2) {
    labels_.push_back({sdk::View(columns.symbols[columns.refs[i]]),
                       sdk::View(columns.symbols[columns.refs[i + 1]])});
  }
  std::vector<Tombstone> out;
  for (const bucket::SeriesRule& rule : rules_) {
    if (rule.Matches(labels_)) out.push_back({0, rule.range});
  }
  if (out.size() < 2) return out;
  const tsdb::Tombstones merged(std::move(out));
  return {merged.all().begin(), merged.all().end()};
}

StatusOr<sdk::BatchPtr> DeletionCursor::Cut(sdk::BatchPtr batch) {
  std::vector<std::vector<Tombstone>> deleted(batch->n_series);
  bool any = false;
  for (uint32_t row = 0; row < batch->n_series; ++row) {
    deleted[row] = DeletedOf(*batch, row);
    any = any || !deleted[row].empty();
  }
  if (!any) return batch;
  auto out = std::make_unique<CutBatch>();
  out->source = std::move(batch);
  const kvs_series_batch_t& from = *out->source;
  std::vector<blocks::OwnedChunk> left;
  for (uint32_t row = 0; row < from.n_series; ++row) {
    if (from.chunk_begin == nullptr) {
      if (!Covers(deleted[row], min_ms_, max_ms_)) out->FinishSeries(row);
      continue;
    }
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

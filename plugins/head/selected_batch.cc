// SPDX-License-Identifier: Apache-2.0
#include "selected_batch.h"

#include <algorithm>
#include <numeric>

namespace kvs::head {

SelectedBatch::SelectedBatch() : kvs_series_batch_t(sdk::Record<kvs_series_batch_t>()) {}

bool SelectedBatch::Add(const Shard& shard, const SeriesPlace& place, const ReadRange& range,
                        bool newest) {
  if (newest && shard.ReadNewest(place, range, *this)) {
    chunk_counts_.push_back(1);
    return true;
  }
  const size_t before = all_chunks_.size();
  late_ = false;
  shard.Read(place, range, *this, pending_);
  const size_t n = all_chunks_.size() - before;
  if (n == 0) return false;
  if (late_) {
    // Late samples overlap those in order, so all chunks of the series are to be merged.
    const auto begin = all_chunks_.begin() + static_cast<std::ptrdiff_t>(before);
    std::stable_sort(begin, all_chunks_.end(), [](const kvs_chunk_t& a, const kvs_chunk_t& b) {
      return a.min_ms < b.min_ms;
    });
    for (auto chunk = begin; chunk != all_chunks_.end(); ++chunk)
      chunk->flags |= KVS_CHUNK_OVERLAPS;
  }
  chunk_counts_.push_back(static_cast<uint32_t>(n));
  return true;
}

void SelectedBatch::Arrange(size_t first, std::span<const uint32_t> places) {
  const std::vector<uint32_t> counts(chunk_counts_.begin() + static_cast<std::ptrdiff_t>(first),
                                     chunk_counts_.end());
  std::vector<uint32_t> order(counts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return places[a] < places[b]; });
  const size_t n_chunks = std::accumulate(counts.begin(), counts.end(), size_t{0});
  const std::vector<kvs_chunk_t> chunks(all_chunks_.end() - static_cast<std::ptrdiff_t>(n_chunks),
                                        all_chunks_.end());
  std::vector<uint32_t> begins(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), begins.begin(), 0u);
  all_chunks_.resize(all_chunks_.size() - n_chunks);
  for (size_t i = 0; i < order.size(); ++i) {
    chunk_counts_[first + i] = counts[order[i]];
    const auto begin = chunks.begin() + static_cast<std::ptrdiff_t>(begins[order[i]]);
    all_chunks_.insert(all_chunks_.end(), begin, begin + counts[order[i]]);
  }
}

void SelectedBatch::Closed(const ClosedChunk& chunk, const ChunkLog& log, ChunkHandle handle,
                           bool late) {
  late_ = late_ || late;
  chunk_bytes_ += chunk.size;
  all_chunks_.push_back(
      {chunk.min_t, chunk.max_t, chunk.data(), chunk.size, chunk.n_samples, chunk.encoding, 0});

  if (logs_.empty() || logs_.back().log != &log) {
    const auto known = std::find_if(logs_.begin(), logs_.end(),
                                    [&](const LogPins& pins) { return pins.log == &log; });
    if (known == logs_.end()) {
      logs_.push_back({&log, 0, {}});
    } else {
      std::swap(*known, logs_.back());
    }
  }
  // Blocks are numbered for ever, so the number holds also when blocks were dropped since the last
  // series.
  LogPins& pins = logs_.back();
  const uint64_t block = handle >> 32;
  if (pins.pinned.empty()) pins.first_block = block - log.BlockOf(handle);
  const size_t at = block - pins.first_block;
  if (at >= pins.pinned.size()) pins.pinned.resize(at + 1);
  if (pins.pinned[at]) return;
  pins.pinned[at] = true;
  pins_.push_back(log.PinOf(handle));
}

uint8_t* SelectedBatch::Open(int64_t min_t, int64_t max_t, uint32_t size, unsigned n_samples,
                             uint8_t encoding, bool late) {
  late_ = late_ || late;
  chunk_bytes_ += size;
  uint8_t* const data = Allocate(size);
  all_chunks_.push_back({min_t, max_t, data, size, static_cast<uint16_t>(n_samples), encoding, 0});
  return data;
}

uint8_t* SelectedBatch::OpenTail(int64_t max_t, uint32_t size, uint8_t encoding, size_t* ticket) {
  *ticket = all_chunks_.size();
  return Open(max_t, max_t, size, 0, encoding, false);
}

void SelectedBatch::PutTail(size_t ticket, const CutTail& tail) {
  kvs_chunk_t& chunk = all_chunks_[ticket];
  chunk_bytes_ -= chunk.size - tail.size;
  chunk.min_ms = tail.min_t;
  chunk.data = tail.data;
  chunk.size = tail.size;
  chunk.n_samples = tail.n_samples;
}

uint8_t* SelectedBatch::Allocate(uint32_t size) {
  if (size > slab_left_) {
    constexpr uint32_t kMaxSlab = 64 << 10;
    slab_left_ = std::max(size, next_slab_);
    next_slab_ = std::min(4 * next_slab_, kMaxSlab);
    slabs_.emplace_back(new uint8_t[slab_left_]);
    slab_at_ = slabs_.back().get();
  }
  slab_left_ -= size;
  return std::exchange(slab_at_, slab_at_ + size);
}

kvs_series_batch_t* SelectedBatch::Finish(std::unique_ptr<SelectedBatch> batch,
                                          sdk::Owned<kvs_label_columns_t> columns,
                                          bool with_chunks) {
  batch->n_series = static_cast<uint32_t>(batch->n_added());
  batch->columns_ = std::move(columns);
  batch->labels = *batch->columns_;
  batch->labels.release = nullptr;
  batch->labels.producer = nullptr;
  if (with_chunks) {
    batch->chunk_begins_.reserve(batch->n_added() + 1);
    uint32_t begin = 0;
    for (const uint32_t n : batch->chunk_counts_) {
      batch->chunk_begins_.push_back(begin);
      begin += n;
    }
    batch->chunk_begins_.push_back(begin);
    batch->chunk_begin = batch->chunk_begins_.data();
    batch->chunks = batch->all_chunks_.data();
  }
  batch->producer = batch.get();
  batch->kvs_series_batch_t::release = [](kvs_series_batch_t* self) noexcept {
    delete static_cast<SelectedBatch*>(self->producer);
  };
  return batch.release();
}

}  // namespace kvs::head

// SPDX-License-Identifier: Apache-2.0
#include "series_batch.h"

#include "kvs/chunk/histogram_codec.h"
#include "kvs/sdk/merge_cursor.h"
#include "kvs/sdk/str.h"

namespace kvs::blocks {
namespace {

uint16_t CountOf(chunk::Encoding encoding, std::span<const uint8_t> bytes) {
  if (!chunk::CanDecode(encoding)) return 0;
  if (!chunk::IsHistogramEncoding(encoding)) {
    return static_cast<uint16_t>(chunk::SampleCount(bytes));
  }
  const auto starts = chunk::CarriesStarts(encoding) ? chunk::Starts::kYes : chunk::Starts::kNo;
  return static_cast<uint16_t>(chunk::HistogramSampleCount(bytes, starts));
}

uint8_t FlagsOf(chunk::Encoding encoding, int64_t resolution_ms) {
  if (encoding != chunk::Encoding::kAggregates) return 0;
  if (resolution_ms == 5 * 60'000) return KVS_CHUNK_WINDOW_5M;
  return resolution_ms == 60 * 60'000 ? KVS_CHUNK_WINDOW_1H : 0;
}

}  // namespace

SeriesBatch::SeriesBatch(std::shared_ptr<const void> symbols_pin)
    : kvs_series_batch_t(sdk::Record<kvs_series_batch_t>()), symbols_pin_(std::move(symbols_pin)) {}

uint32_t SeriesBatch::SymbolOf(uint32_t number, std::string_view text) {
  const auto [found, is_new] =
      symbol_of_.try_emplace(number, static_cast<uint32_t>(symbols_.size()));
  if (is_new) symbols_.push_back(sdk::Str(text));
  return found->second;
}

void SeriesBatch::AddChunk(int64_t min_ms, int64_t max_ms, chunk::Encoding encoding,
                           std::span<const uint8_t> bytes, int64_t resolution_ms) {
  chunk_bytes_ += bytes.size();
  chunks_.push_back({min_ms, max_ms, bytes.data(), static_cast<uint32_t>(bytes.size()),
                     CountOf(encoding, bytes), static_cast<uint8_t>(encoding),
                     FlagsOf(encoding, resolution_ms)});
}

void SeriesBatch::AddChunk(OwnedChunk chunk, int64_t resolution_ms) {
  const OwnedChunk& kept = owned_.emplace_back(std::move(chunk));
  AddChunk(kept.min_ms, kept.max_ms, kept.encoding, kept.bytes, resolution_ms);
}

bool SeriesBatch::FinishSeries(bool with_chunks) {
  const uint32_t first = chunk_begin_.back();
  if (with_chunks && chunks_.size() == first) {
    refs_.resize(label_begin_.back());
    return false;
  }
  sdk::SortChunks(chunks_.data() + first, chunks_.data() + chunks_.size());
  label_begin_.push_back(static_cast<uint32_t>(refs_.size()));
  chunk_begin_.push_back(static_cast<uint32_t>(chunks_.size()));
  return true;
}

kvs_series_batch_t* SeriesBatch::Finish(std::unique_ptr<SeriesBatch> batch, bool with_chunks,
                                        std::shared_ptr<const void> chunks_pin) {
  batch->chunks_pin_ = std::move(chunks_pin);
  batch->symbol_of_ = {};
  batch->n_series = static_cast<uint32_t>(batch->label_begin_.size() - 1);
  batch->labels = sdk::Record<kvs_label_columns_t>();
  batch->labels.n_series = batch->n_series;
  batch->labels.symbols = batch->symbols_.data();
  batch->labels.n_symbols = batch->symbols_.size();
  batch->labels.begin = batch->label_begin_.data();
  batch->labels.refs = batch->refs_.data();
  if (with_chunks) {
    batch->chunk_begin = batch->chunk_begin_.data();
    batch->chunks = batch->chunks_.data();
  }
  batch->producer = batch.get();
  batch->kvs_series_batch_t::release = [](kvs_series_batch_t* self) noexcept {
    delete static_cast<SeriesBatch*>(self->producer);
  };
  return batch.release();
}

}  // namespace kvs::blocks

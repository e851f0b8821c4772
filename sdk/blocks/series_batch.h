// SPDX-License-Identifier: Apache-2.0
// SeriesBatch: a batch of series as a cursor hands it out, in the making.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <absl/container/flat_hash_map.h>

#include "kvs/blocks/cut_chunk.h"
#include "kvs/sdk/port/series_source.h"

namespace kvs::blocks {

class SeriesBatch final : public kvs_series_batch_t {
 public:
  /// `symbols_pin` keeps the texts of labels alive.
  explicit SeriesBatch(std::shared_ptr<const void> symbols_pin);

  size_t n_added() const { return label_begin_.size() - 1; }
  size_t chunk_bytes() const { return chunk_bytes_; }

  void AddLabel(uint32_t name_number, std::string_view name, uint32_t value_number,
                std::string_view value) {
    refs_.push_back(SymbolOf(name_number, name));
    refs_.push_back(SymbolOf(value_number, value));
  }
  /// A chunk whose bytes are borrowed from what the batch pins. `resolution_ms`: of aggregates.
  void AddChunk(int64_t min_ms, int64_t max_ms, chunk::Encoding encoding,
                std::span<const uint8_t> bytes, int64_t resolution_ms);
  void AddChunk(OwnedChunk chunk, int64_t resolution_ms);
  /// The series of the labels and chunks added since the last one is complete. Chunks are put in
  /// order, and those that overlap are marked. False when it has no chunks; then it is forgotten.
  bool FinishSeries(bool with_chunks);

  /// From now on it belongs to whoever gets it. `chunks_pin` keeps borrowed bytes alive.
  static kvs_series_batch_t* Finish(std::unique_ptr<SeriesBatch> batch, bool with_chunks,
                                    std::shared_ptr<const void> chunks_pin);

 private:
  uint32_t SymbolOf(uint32_t number, std::string_view text);

  std::shared_ptr<const void> symbols_pin_, chunks_pin_;
  absl::flat_hash_map<uint32_t, uint32_t> symbol_of_;  // By number in the block.
  std::vector<kvs_str_t> symbols_;
  std::vector<uint32_t> label_begin_{0}, refs_, chunk_begin_{0};
  std::vector<kvs_chunk_t> chunks_;
  std::deque<OwnedChunk> owned_;
  size_t chunk_bytes_ = 0;
};

}  // namespace kvs::blocks

// SPDX-License-Identifier: Apache-2.0
// Merges selections that are sorted by labels into one. Series that several sources have become one series with the chunks
// of all; chunks stay encoded, and are marked where they may overlap.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kvs/sdk/port/series_source.h"

namespace kvs::sdk {

/// Compares label sets as Prometheus sorts them: label by label, name before value; a set sorts after its prefixes.
int CompareLabels(const kvs_label_columns_t& a, uint32_t row_a, const kvs_label_columns_t& b, uint32_t row_b);

/// Puts the chunks of one series in order of time, and marks those that overlap another.
void SortChunks(kvs_chunk_t* begin, kvs_chunk_t* end);

/// Leaves one of chunks that are equal byte for byte, in any order; returns the new end. Nothing is decoded.
kvs_chunk_t* DropEqualChunks(kvs_chunk_t* begin, kvs_chunk_t* end);

/// As HandOutCursor(), with warnings about what is left out of the answer; none is fine.
void HandOutWarned(kvs_series_cursor_t& out, std::unique_ptr<SeriesCursor> cursor, std::vector<std::string> warnings);

class MergeCursor final : public SeriesCursor {
 public:
  /// Each selection gives its series sorted. `limit` 0: all.
  MergeCursor(std::vector<OpenSelection> inputs, uint64_t limit) : limit_(limit) {
    for (auto& input : inputs) inputs_.push_back({std::move(input), nullptr, 0, false});
  }
  Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer& completer) override;
  void AddLateWarnings(std::vector<std::string>* warnings) override;

 private:
  /// A batch in use. Shared by the output batches that point into it.
  using SharedBatch = std::shared_ptr<kvs_series_batch_t>;
  struct Input {
    OpenSelection selection;
    SharedBatch batch;
    uint32_t row;
    bool ended;
  };
  Status Fill(const Call& call, Input& input);

  std::vector<Input> inputs_;
  const uint64_t limit_;
  uint64_t given_ = 0;
};

}  // namespace kvs::sdk

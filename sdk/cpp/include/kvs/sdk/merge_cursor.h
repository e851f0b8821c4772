// SPDX-License-Identifier: Apache-2.0
// Merges selections that are sorted by labels into one. Series that several sources have become one series with the chunks
// of all; chunks stay encoded, and are marked where they may overlap.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kvs/sdk/port/series_source.h"

namespace kvs::sdk {

/// Compares label sets as Prometheus sorts them: label by label, name before value; a set sorts after its prefixes.
int CompareLabels(const kvs_label_columns_t& a, uint32_t row_a, const kvs_label_columns_t& b, uint32_t row_b);

/// The rows of `columns` in the order of CompareLabels(). Texts are compared once a symbol, not once a pair of rows.
std::vector<uint32_t> LabelOrder(const kvs_label_columns_t& columns);

/// Puts the chunks of one series in order of time, and marks those that overlap another.
void SortChunks(kvs_chunk_t* begin, kvs_chunk_t* end);

/// Leaves one of chunks that are equal byte for byte, in any order; returns the new end. Nothing is decoded.
kvs_chunk_t* DropEqualChunks(kvs_chunk_t* begin, kvs_chunk_t* end);

/// As HandOutCursor(), with warnings about what is left out of the answer; none is fine.
void HandOutWarned(kvs_series_cursor_t& out, std::unique_ptr<SeriesCursor> cursor, std::vector<std::string> warnings);

/// Rows are compared as numbers: each text of an input is looked up once an output batch. A chunk that several inputs have, byte for
/// byte, as a block on a disk and in a bucket has it, is given once.
class MergeCursor final : public SeriesCursor {
 public:
  /// Each selection gives its series sorted and with all labels. `asked`: the selection that this answers, of which the limit counts,
  /// and the labels that anybody will look at: the others are left out when they have served to find the series. `kept`: what the
  /// inputs are read through, such as their calls and connections; it is let go of behind them.
  MergeCursor(std::vector<OpenSelection> inputs, const kvs_select_t& asked, std::shared_ptr<const void> kept = nullptr);
  Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer& completer) override;
  void AddLateWarnings(std::vector<std::string>* warnings) override;

 private:
  class Kept;
  /// A batch in use. Shared by the output batches that point into it.
  using SharedBatch = std::shared_ptr<kvs_series_batch_t>;
  struct Input {
    OpenSelection selection;
    SharedBatch batch;
    uint32_t row = 0;
    bool ended = false;
    bool is_held = false;  ///< By the output batch.
    /// The number in the output batch of each of the input batch's symbols, kNone at first: an array where the table is about as large
    /// as the batch, as a source may share a large one among many batches.
    std::vector<uint32_t> numbers;
    std::unordered_map<uint32_t, uint32_t> sparse_numbers;
    std::vector<uint32_t> labels;  ///< Of the row, by number.
  };
  static constexpr uint32_t kNone = ~uint32_t{0};

  Status Fill(const Call& call, Input& input);
  static void Forget(Input& input);
  static void Translate(Input& input, Kept& kept);
  static uint32_t NumberOf(Input& input, uint32_t symbol, Kept& kept);
  /// As CompareLabels(), of the rows of two inputs.
  static int Compare(const Input& a, const Input& b, const Kept& kept);

  const std::shared_ptr<const void> kept_;  // First, so that it goes last.
  std::vector<Input> inputs_;
  const uint64_t limit_;
  std::optional<std::vector<std::string>> wanted_;  ///< Names of labels; none: all.
  uint64_t given_ = 0;
};

/// Hands out the merge of what was selected at each of `asked`, `out`, with the warnings of all. The merge keeps them: they are what
/// the selections are read through.
template <typename Asked>
void HandOutMerged(kvs_series_cursor_t& out, std::vector<std::unique_ptr<Asked>> asked, const kvs_select_t& in) {
  std::vector<OpenSelection> inputs;
  std::vector<std::string> warnings;
  for (const std::unique_ptr<Asked>& one : asked) {
    one->out.AddWarnings(&warnings);
    inputs.push_back(std::move(one->out));
  }
  auto kept = std::make_shared<std::vector<std::unique_ptr<Asked>>>(std::move(asked));
  HandOutWarned(out, std::make_unique<MergeCursor>(std::move(inputs), in, std::move(kept)), std::move(warnings));
}

}  // namespace kvs::sdk

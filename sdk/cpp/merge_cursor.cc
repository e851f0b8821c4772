// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/merge_cursor.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "kvs/sdk/owned.h"

namespace kvs::sdk {
namespace {

constexpr uint32_t kSeriesPerBatch = 1024;

// An output batch: labels over a symbol table of its own, chunks that point into the inputs, and the inputs themselves.
struct Kept {
  kvs_series_batch_t batch = Record<kvs_series_batch_t>();
  std::vector<std::shared_ptr<kvs_series_batch_t>> inputs;
  std::unordered_map<std::string_view, uint32_t> symbol_of;
  std::vector<kvs_str_t> symbols;
  std::vector<uint32_t> label_begin{0}, refs, chunk_begin{0};
  std::vector<kvs_chunk_t> chunks;

  uint32_t SymbolOf(kvs_str_t text) {
    const auto [found, is_new] = symbol_of.try_emplace(View(text), static_cast<uint32_t>(symbols.size()));
    if (is_new) symbols.push_back(text);
    return found->second;
  }
  void Finish(bool has_chunks) {
    symbol_of.clear();
    batch.n_series = static_cast<uint32_t>(label_begin.size() - 1);
    batch.labels = Record<kvs_label_columns_t>();
    batch.labels.n_series = batch.n_series;
    batch.labels.symbols = symbols.data();
    batch.labels.n_symbols = symbols.size();
    batch.labels.begin = label_begin.data();
    batch.labels.refs = refs.data();
    batch.chunk_begin = has_chunks ? chunk_begin.data() : nullptr;
    batch.chunks = chunks.data();
    batch.producer = this;
    batch.release = [](kvs_series_batch_t* self) noexcept { delete static_cast<Kept*>(self->producer); };
  }
};

}  // namespace

void SortChunks(kvs_chunk_t* begin, kvs_chunk_t* end) {
  const auto before = [](const kvs_chunk_t& a, const kvs_chunk_t& b) { return a.min_ms < b.min_ms; };
  if (!std::is_sorted(begin, end, before)) std::stable_sort(begin, end, before);  // Sorting takes memory, looking none.
  int64_t max_ms = INT64_MIN;
  kvs_chunk_t* reaches = nullptr;  // The chunk that ends last so far.
  for (kvs_chunk_t* c = begin; c != end; ++c) {
    if (reaches != nullptr && c->min_ms <= max_ms) {
      c->flags |= KVS_CHUNK_OVERLAPS;
      reaches->flags |= KVS_CHUNK_OVERLAPS;
    }
    if (reaches == nullptr || c->max_ms > max_ms) {
      max_ms = c->max_ms;
      reaches = c;
    }
  }
}

kvs_chunk_t* DropEqualChunks(kvs_chunk_t* begin, kvs_chunk_t* end) {
  const auto key = [](const kvs_chunk_t& c) { return std::tuple(c.min_ms, c.max_ms, c.size, c.encoding); };
  const auto before = [&key](const kvs_chunk_t& a, const kvs_chunk_t& b) {
    if (key(a) != key(b)) return key(a) < key(b);
    return a.data != b.data && std::memcmp(a.data, b.data, a.size) < 0;
  };
  const auto equal = [&key](const kvs_chunk_t& a, const kvs_chunk_t& b) {
    return key(a) == key(b) && (a.data == b.data || std::memcmp(a.data, b.data, a.size) == 0);
  };
  std::sort(begin, end, before);
  return std::unique(begin, end, equal);
}

int CompareLabels(const kvs_label_columns_t& a, uint32_t row_a, const kvs_label_columns_t& b, uint32_t row_b) {
  uint32_t i = a.begin[row_a], j = b.begin[row_b];
  for (; i < a.begin[row_a + 1] && j < b.begin[row_b + 1]; ++i, ++j) {
    const int order = View(a.symbols[a.refs[i]]).compare(View(b.symbols[b.refs[j]]));
    if (order != 0) return order;
  }
  const uint32_t left_a = a.begin[row_a + 1] - i, left_b = b.begin[row_b + 1] - j;
  return left_a == left_b ? 0 : (left_a < left_b ? -1 : 1);
}

void HandOutWarned(kvs_series_cursor_t& out, std::unique_ptr<SeriesCursor> cursor, std::vector<std::string> warnings) {
  // Keeps the texts for as long as whoever reads them holds the cursor.
  class Warned final : public SeriesCursor {
   public:
    Warned(std::unique_ptr<SeriesCursor> cursor, std::vector<std::string> warnings)
        : cursor_(std::move(cursor)), texts_(std::move(warnings)) {
      for (const std::string& text : texts_) views_.push_back(Str(text));
    }
    Outcome Next(const Call& call, kvs_series_batch_t*& out, Completer& completer) override { return cursor_->Next(call, out, completer); }
    void AddLateWarnings(std::vector<std::string>* warnings) override { cursor_->AddLateWarnings(warnings); }
    const std::vector<kvs_str_t>& views() const { return views_; }

   private:
    const std::unique_ptr<SeriesCursor> cursor_;
    const std::vector<std::string> texts_;
    std::vector<kvs_str_t> views_;
  };
  if (warnings.empty()) return HandOutCursor(out, std::move(cursor));
  auto warned = std::make_unique<Warned>(std::move(cursor), std::move(warnings));
  out.warnings = warned->views().data();
  out.n_warnings = static_cast<uint32_t>(warned->views().size());
  HandOutCursor(out, std::move(warned));
}

void MergeCursor::AddLateWarnings(std::vector<std::string>* warnings) {
  for (const Input& input : inputs_) input.selection.AddLateWarnings(warnings);
}

Status MergeCursor::Fill(const Call& call, Input& input) {
  while (!input.ended && (input.batch == nullptr || input.row >= input.batch->n_series)) {
    KVS_ASSIGN_OR_RETURN(BatchPtr next, input.selection.Next(call));
    input.ended = next == nullptr;
    input.batch = next == nullptr ? nullptr : SharedBatch(next.release(), ReleaseBatch());
    input.row = 0;
  }
  return OkStatus();
}

Outcome MergeCursor::Next(const Call& call, kvs_series_batch_t*& out, Completer&) {
  auto kept = std::make_unique<Kept>();
  bool has_chunks = false;
  std::vector<Input*> equal;
  while (kept->label_begin.size() <= kSeriesPerBatch && (limit_ == 0 || given_ < limit_)) {
    equal.clear();
    for (Input& input : inputs_) {
      KVS_RETURN_IF_ERROR(Fill(call, input));
      if (input.ended) continue;
      if (!equal.empty()) {
        const int order = CompareLabels(input.batch->labels, input.row, equal[0]->batch->labels, equal[0]->row);
        if (order > 0) continue;
        if (order < 0) equal.clear();
      }
      equal.push_back(&input);
    }
    if (equal.empty()) break;
    const kvs_label_columns_t& labels = equal[0]->batch->labels;
    for (uint32_t i = labels.begin[equal[0]->row]; i < labels.begin[equal[0]->row + 1]; ++i) {
      kept->refs.push_back(kept->SymbolOf(labels.symbols[labels.refs[i]]));
    }
    kept->label_begin.push_back(static_cast<uint32_t>(kept->refs.size()));
    const size_t first_chunk = kept->chunks.size();
    for (Input* input : equal) {
      const kvs_series_batch_t& batch = *input->batch;
      if (batch.chunk_begin != nullptr) {
        has_chunks = true;
        kept->chunks.insert(kept->chunks.end(), batch.chunks + batch.chunk_begin[input->row],
                            batch.chunks + batch.chunk_begin[input->row + 1]);
      }
      if (kept->inputs.empty() || std::find(kept->inputs.begin(), kept->inputs.end(), input->batch) == kept->inputs.end()) {
        kept->inputs.push_back(input->batch);
      }
      ++input->row;
    }
    if (equal.size() > 1) {
      // Copies of a series on several instances mostly have the same chunks, byte for byte.
      kept->chunks.erase(DropEqualChunks(kept->chunks.data() + first_chunk, kept->chunks.data() + kept->chunks.size()) - kept->chunks.data() +
                             kept->chunks.begin(),
                         kept->chunks.end());
      SortChunks(kept->chunks.data() + first_chunk, kept->chunks.data() + kept->chunks.size());
    }
    kept->chunk_begin.push_back(static_cast<uint32_t>(kept->chunks.size()));
    ++given_;
  }
  if (kept->label_begin.size() == 1) return End();
  kept->Finish(has_chunks);
  out = &kept.release()->batch;
  return OkStatus();
}

}  // namespace kvs::sdk

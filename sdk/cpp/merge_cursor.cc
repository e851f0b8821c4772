// SPDX-License-Identifier: Apache-2.0
#include "kvs/sdk/merge_cursor.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <tuple>

#include "kvs/sdk/owned.h"

namespace kvs::sdk {
namespace {

constexpr uint32_t kSeriesPerBatch = 1024;

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

namespace {

// Rows in the order of their labels, whose texts have ranks. Several ranks make one number, so that rows are mostly
// told apart by numbers that lie side by side: the labels themselves are anywhere in memory.
class RowOrder {
 public:
  RowOrder(const kvs_label_columns_t& columns, const std::vector<uint32_t>& rank, uint64_t n_ranks)
      : columns_(columns), rank_(rank), bits_(static_cast<uint32_t>(std::bit_width(n_ranks))), per_key_(64 / bits_), rows_(columns.n_series) {
    for (uint32_t i = 0; i < columns.n_series; ++i) rows_[i].row = i;
    Sort(rows_, 0);
  }
  std::vector<uint32_t> Take() const {
    std::vector<uint32_t> order;
    order.reserve(rows_.size());
    for (const Keyed& one : rows_) order.push_back(one.row);
    return order;
  }

 private:
  struct Keyed {
    uint64_t key;
    uint32_t row;
  };

  // Of texts from number `depth` on; a row that has no more comes first.
  uint64_t KeyOf(uint32_t row, uint32_t depth) const {
    const uint32_t end = columns_.begin[row + 1];
    uint64_t key = 0;
    for (uint32_t i = 0, at = columns_.begin[row] + depth; i < per_key_; ++i, ++at)
      key = key << bits_ | (at < end ? rank_[columns_.refs[at]] + uint64_t{1} : 0);
    return key;
  }
  // Rows whose first `depth` texts are equal, and which have as many.
  void Sort(std::span<Keyed> rows, uint32_t depth) {
    for (Keyed& one : rows) one.key = KeyOf(one.row, depth);
    std::sort(rows.begin(), rows.end(), [](const Keyed& a, const Keyed& b) { return a.key < b.key; });
    const uint64_t last = (uint64_t{1} << bits_) - 1;
    for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
      for (end = begin + 1; end < rows.size() && rows[end].key == rows[begin].key; ++end) {
      }
      const bool have_more = (rows[begin].key & last) != 0;
      if (end - begin > 1 && have_more) Sort(rows.subspan(begin, end - begin), depth + per_key_);
    }
  }

  const kvs_label_columns_t& columns_;
  const std::vector<uint32_t>& rank_;
  const uint32_t bits_;     // Of a rank, and of there being none.
  const uint32_t per_key_;  // Ranks in a key; at least one, as ranks have 32 bits.
  std::vector<Keyed> rows_;
};

}  // namespace

std::vector<uint32_t> LabelOrder(const kvs_label_columns_t& columns) {
  const uint32_t n_refs = columns.n_series == 0 ? 0 : columns.begin[columns.n_series];
  // Symbols in the order of texts. The first eight bytes decide most comparisons, as one number.
  struct Keyed {
    uint64_t key;
    uint32_t symbol;
  };
  std::vector<Keyed> used;
  std::vector<uint32_t> rank(columns.n_symbols, 0);
  for (uint32_t i = 0; i < n_refs; ++i) {
    uint32_t& seen = rank[columns.refs[i]];
    if (seen != 0) continue;
    seen = 1;
    const std::string_view text = View(columns.symbols[columns.refs[i]]);
    uint64_t key = 0;
    for (size_t byte = 0; byte < sizeof(key); ++byte)
      key = key << 8 | (byte < text.size() ? static_cast<unsigned char>(text[byte]) : 0);
    used.push_back({key, columns.refs[i]});
  }
  std::sort(used.begin(), used.end(), [&](const Keyed& a, const Keyed& b) {
    if (a.key != b.key) return a.key < b.key;
    return View(columns.symbols[a.symbol]) < View(columns.symbols[b.symbol]);
  });
  // A table may have a text several times.
  uint32_t next = 0;
  for (size_t i = 0; i < used.size(); ++i) {
    if (i > 0 && View(columns.symbols[used[i].symbol]) != View(columns.symbols[used[i - 1].symbol])) ++next;
    rank[used[i].symbol] = next;
  }

  return RowOrder(columns, rank, next + uint64_t{1}).Take();
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

// An output batch: labels over a symbol table of its own, chunks that point into the inputs, and the inputs themselves.
class MergeCursor::Kept {
 public:
  explicit Kept(const std::optional<std::vector<std::string>>& wanted) : wanted_(wanted) {}

  uint32_t n_series() const { return static_cast<uint32_t>(label_begin_.size() - 1); }
  std::string_view text(uint32_t number) const { return View(symbols_[number]); }
  uint32_t NumberOf(kvs_str_t text) {
    const auto [found, is_new] = number_of_.try_emplace(View(text), static_cast<uint32_t>(symbols_.size()));
    if (is_new) symbols_.push_back(text);
    return found->second;
  }

  void AddLabels(const std::vector<uint32_t>& labels) {
    if (!wanted_.has_value()) refs_.insert(refs_.end(), labels.begin(), labels.end());
    for (size_t i = 0; wanted_.has_value() && !wanted_->empty() && i < labels.size(); i += 2) {
      if (IsWanted(labels[i])) refs_.insert(refs_.end(), {labels[i], labels[i + 1]});
    }
    label_begin_.push_back(static_cast<uint32_t>(refs_.size()));
  }
  // The chunks of the row that `input` is at.
  void AddChunks(const Input& input) {
    const kvs_series_batch_t& batch = *input.batch;
    if (batch.chunk_begin == nullptr) return;
    has_chunks_ = true;
    chunks_.insert(chunks_.end(), batch.chunks + batch.chunk_begin[input.row], batch.chunks + batch.chunk_begin[input.row + 1]);
  }
  // Texts and chunks of it are in use, at least in the table of symbols.
  void Hold(const SharedBatch& input) { inputs_.push_back(input); }
  void EndSeries(bool merged) {
    const size_t first = chunk_begin_.back();
    if (merged) {
      // A block on a disk and in a bucket, and copies of a series, mostly have the same chunks.
      chunks_.resize(static_cast<size_t>(DropEqualChunks(chunks_.data() + first, chunks_.data() + chunks_.size()) - chunks_.data()));
      SortChunks(chunks_.data() + first, chunks_.data() + chunks_.size());
    }
    chunk_begin_.push_back(static_cast<uint32_t>(chunks_.size()));
  }

  static kvs_series_batch_t* Finish(std::unique_ptr<Kept> self) {
    self->number_of_.clear();
    kvs_series_batch_t& batch = self->batch_;
    batch.n_series = self->n_series();
    batch.labels = Record<kvs_label_columns_t>();
    batch.labels.n_series = batch.n_series;
    batch.labels.symbols = self->symbols_.data();
    batch.labels.n_symbols = self->symbols_.size();
    batch.labels.begin = self->label_begin_.data();
    batch.labels.refs = self->refs_.data();
    batch.chunk_begin = self->has_chunks_ ? self->chunk_begin_.data() : nullptr;
    batch.chunks = self->chunks_.data();
    batch.producer = self.get();
    batch.release = [](kvs_series_batch_t* released) noexcept { delete static_cast<Kept*>(released->producer); };
    return &self.release()->batch_;
  }

 private:
  bool IsWanted(uint32_t name) {
    if (name >= is_wanted_.size()) is_wanted_.resize(symbols_.size(), kUnknown);
    if (is_wanted_[name] == kUnknown) {
      is_wanted_[name] = std::find(wanted_->begin(), wanted_->end(), text(name)) != wanted_->end() ? kYes : kNo;
    }
    return is_wanted_[name] == kYes;
  }

  enum : uint8_t { kUnknown, kNo, kYes };
  const std::optional<std::vector<std::string>>& wanted_;  // Of the cursor: only looked at while it fills the batch.
  std::vector<uint8_t> is_wanted_;  // By number of a name.
  kvs_series_batch_t batch_ = Record<kvs_series_batch_t>();
  std::vector<SharedBatch> inputs_;
  std::unordered_map<std::string_view, uint32_t> number_of_;
  std::vector<kvs_str_t> symbols_;
  std::vector<uint32_t> label_begin_{0}, refs_, chunk_begin_{0};
  std::vector<kvs_chunk_t> chunks_;
  bool has_chunks_ = false;
};

MergeCursor::MergeCursor(std::vector<OpenSelection> inputs, const kvs_select_t& asked, std::shared_ptr<const void> kept)
    : kept_(std::move(kept)), limit_(asked.limit) {
  for (OpenSelection& selection : inputs) inputs_.emplace_back().selection = std::move(selection);
  if ((asked.flags & KVS_SELECT_HAS_LABELS) == 0) return;
  wanted_.emplace();
  for (uint64_t i = 0; i < asked.n_labels; ++i) wanted_->push_back(Text(asked.labels[i]));
}

Status MergeCursor::Fill(const Call& call, Input& input) {
  while (!input.ended && (input.batch == nullptr || input.row >= input.batch->n_series)) {
    KVS_ASSIGN_OR_RETURN(BatchPtr next, input.selection.Next(call));
    input.ended = next == nullptr;
    input.batch = next == nullptr ? nullptr : SharedBatch(next.release(), ReleaseBatch());
    input.row = 0;
    Forget(input);
  }
  return OkStatus();
}

// Its symbols have no numbers yet, as a batch begins.
void MergeCursor::Forget(Input& input) {
  input.is_held = false;
  input.labels.clear();
  input.numbers.clear();
  input.sparse_numbers.clear();
  if (input.batch == nullptr) return;
  const kvs_label_columns_t& labels = input.batch->labels;
  if (labels.n_series != 0 && labels.n_symbols <= 4 * uint64_t{labels.begin[labels.n_series]} + 1024)
    input.numbers.assign(labels.n_symbols, kNone);
}

uint32_t MergeCursor::NumberOf(Input& input, uint32_t symbol, Kept& kept) {
  const auto number = [&] { return kept.NumberOf(input.batch->labels.symbols[symbol]); };
  if (!input.numbers.empty()) {
    uint32_t& known = input.numbers[symbol];
    if (known == kNone) known = number();
    return known;
  }
  const auto [found, is_new] = input.sparse_numbers.try_emplace(symbol, kNone);
  if (is_new) found->second = number();
  return found->second;
}

// Numbers the labels of the row that `input` is at, if that is not done yet.
void MergeCursor::Translate(Input& input, Kept& kept) {
  if (!input.labels.empty()) return;
  if (!input.is_held) kept.Hold(input.batch);
  input.is_held = true;
  const kvs_label_columns_t& columns = input.batch->labels;
  const uint32_t* const refs = columns.refs + columns.begin[input.row];
  input.labels.resize(columns.begin[input.row + 1] - columns.begin[input.row]);
  for (size_t i = 0; i < input.labels.size(); ++i) input.labels[i] = NumberOf(input, refs[i], kept);
}

int MergeCursor::Compare(const Input& a, const Input& b, const Kept& kept) {
  const size_t n = std::min(a.labels.size(), b.labels.size());
  for (size_t i = 0; i < n; ++i) {
    if (a.labels[i] != b.labels[i]) return kept.text(a.labels[i]).compare(kept.text(b.labels[i]));
  }
  return a.labels.size() == b.labels.size() ? 0 : (a.labels.size() < b.labels.size() ? -1 : 1);
}

Outcome MergeCursor::Next(const Call& call, kvs_series_batch_t*& out, Completer&) {
  auto kept = std::make_unique<Kept>(wanted_);
  for (Input& input : inputs_) Forget(input);
  std::vector<Input*> equal;
  while (kept->n_series() < kSeriesPerBatch && (limit_ == 0 || given_ < limit_)) {
    equal.clear();
    for (Input& input : inputs_) {
      KVS_RETURN_IF_ERROR(Fill(call, input));
      if (input.ended) continue;
      Translate(input, *kept);
      if (!equal.empty()) {
        const int order = Compare(input, *equal[0], *kept);
        if (order > 0) continue;
        if (order < 0) equal.clear();
      }
      equal.push_back(&input);
    }
    if (equal.empty()) break;
    kept->AddLabels(equal[0]->labels);
    for (Input* input : equal) {
      kept->AddChunks(*input);
      ++input->row;
      input->labels.clear();
    }
    kept->EndSeries(equal.size() > 1);
    ++given_;
  }
  if (kept->n_series() == 0) return End();
  out = Kept::Finish(std::move(kept));
  return OkStatus();
}

}  // namespace kvs::sdk

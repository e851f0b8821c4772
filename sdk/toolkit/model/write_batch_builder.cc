// SPDX-License-Identifier: Apache-2.0
#include "kvs/model/write_batch_builder.h"

#include <utility>

namespace kvs::model {
namespace {
constexpr size_t kFirstTableSize = 64;
}  // namespace

WriteBatchBuilder::WriteBatchBuilder(uint64_t seed) : hasher_(seed) {
  Clear();
}

void WriteBatchBuilder::Clear() {
  batch_.Clear(LabelLayout::kSymbols);
  symbol_hashes_.clear();
  table_.assign(table_.empty() ? kFirstTableSize : table_.size(), 0);
  open_ = false;
  Symbol("");
}

void WriteBatchBuilder::Clear(uint64_t seed) {
  hasher_ = KeyHasher(seed);
  Clear();
}

uint32_t WriteBatchBuilder::Symbol(std::string_view text) {
  const Key128 hash = hasher_.Hash(text);
  if (batch_.symbols.size() * 2 >= table_.size()) GrowTable();
  const size_t mask = table_.size() - 1;
  size_t slot = hash.lo & mask;
  for (; table_[slot] != 0; slot = (slot + 1) & mask) {
    if (symbol_hashes_[table_[slot] - 1] == hash) return table_[slot] - 1;
  }
  batch_.symbols.push_back(StrRef::Of(Store(text)));
  symbol_hashes_.push_back(hash);
  table_[slot] = static_cast<uint32_t>(batch_.symbols.size());
  return table_[slot] - 1;
}

void WriteBatchBuilder::GrowTable() {
  table_.assign(table_.size() * 2, 0);
  const size_t mask = table_.size() - 1;
  for (size_t i = 0; i < symbol_hashes_.size(); ++i) {
    size_t slot = symbol_hashes_[i].lo & mask;
    while (table_[slot] != 0) slot = (slot + 1) & mask;
    table_[slot] = static_cast<uint32_t>(i + 1);
  }
}

std::string_view WriteBatchBuilder::Store(std::string_view text) {
  return batch_.arena().Copy(text);
}

void WriteBatchBuilder::BeginSeries(std::span<const LabelView> labels) {
  EndSeries();
  for (const LabelView& label : labels) {
    batch_.label_refs.push_back(Symbol(label.name));
    batch_.label_refs.push_back(Symbol(label.value));
  }
  open_ = true;
}

void WriteBatchBuilder::BeginSeries(const Labels& labels) {
  EndSeries();
  for (const LabelView& label : labels) {
    batch_.label_refs.push_back(Symbol(label.name));
    batch_.label_refs.push_back(Symbol(label.value));
  }
  open_ = true;
}

void WriteBatchBuilder::BeginSeries(std::span<const uint32_t> refs) {
  EndSeries();
  batch_.label_refs.insert(batch_.label_refs.end(), refs.begin(), refs.end());
  open_ = true;
}

void WriteBatchBuilder::EndSeries() {
  if (!open_) return;
  const size_t first = batch_.label_begin.back();
  batch_.EndSeries(FoldSymbolHashes(symbol_hashes_.data(), batch_.label_refs.data() + first,
                                    batch_.label_refs.size() - first));
  open_ = false;
}

void WriteBatchBuilder::AddExemplar(int64_t t, double v, std::span<const LabelView> labels) {
  pairs_.clear();
  for (const LabelView& label : labels) {
    pairs_.push_back({StrRef::Of(Store(label.name)), StrRef::Of(Store(label.value))});
  }
  batch_.AddExemplar(t, v, pairs_);
}

void WriteBatchBuilder::AddMetadata(std::string_view metric, MetricType type, std::string_view help,
                                    std::string_view unit) {
  batch_.metadata.push_back({StrRef::Of(Store(metric)), StrRef::Of(Store(help)),
                             StrRef::Of(Store(unit)), static_cast<uint32_t>(type), 0});
}

const WriteBatch& WriteBatchBuilder::Finish() {
  EndSeries();
  batch_.Finish();
  return batch_;
}

WriteBatch WriteBatchBuilder::Take() {
  WriteBatch out;
  Take(&out);
  return out;
}

void WriteBatchBuilder::Take(WriteBatch* out) {
  Finish();
  std::swap(batch_, *out);
  Clear();
}

}  // namespace kvs::model

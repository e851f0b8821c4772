// SPDX-License-Identifier: Apache-2.0
#include "merge/series_merge.h"

#include <algorithm>

#include "kvs/tsdb/selection.h"

namespace kvs::compactor {

StatusOr<std::unique_ptr<OpenIndex>> OpenIndex::Open(std::string name,
                                                     const tsdb::ByteSource& index) {
  const auto annotated = [&name](const Status& s) { return Annotate(s, name, "/index"); };
  StatusOr<tsdb::IndexHeader> header = tsdb::IndexHeader::Read(index);
  if (!header.ok()) return annotated(header.status());
  const StatusOr<tsdb::SelectionPlan> plan = tsdb::PlanSelection(*header, {});
  if (!plan.ok()) return annotated(plan.status());
  StatusOr<tsdb::SeriesSet> series = tsdb::RunSelection(*plan, index);
  if (!series.ok()) return annotated(series.status());
  return std::unique_ptr<OpenIndex>(
      new OpenIndex{std::move(name), *std::move(header), *std::move(series)});
}

SeriesMerge::Reader::Reader(const OpenIndex& open)
    : index(&open), cursor(open.header.layout(), open.header.source(), open.series) {}

SeriesMerge::SeriesMerge(const std::vector<std::unique_ptr<OpenIndex>>& indexes,
                         const MergedSymbols& symbols)
    : symbols_(symbols) {
  for (const auto& index : indexes) {
    readers_.push_back(std::make_unique<Reader>(*index));
    readers_.back()->source = readers_.size() - 1;
    current_.push_back(readers_.back().get());  // Next() advances them.
  }
}

bool SeriesMerge::IsLater(const Reader* a, const Reader* b) {
  const auto order = std::lexicographical_compare_three_way(a->labels.begin(), a->labels.end(),
                                                            b->labels.begin(), b->labels.end());
  return order != 0 ? order > 0 : a->source > b->source;
}

StatusOr<bool> SeriesMerge::Advance(Reader* reader) {
  const auto damaged = [reader](const auto&... what) {
    return DataLoss(reader->index->name, "/index: series ", reader->cursor.number(), ": ", what...);
  };
  if (!reader->cursor.Next()) {
    const Status& status = reader->cursor.status();
    if (!status.ok()) return Annotate(status, reader->index->name, "/index");
    return false;
  }
  std::vector<tsdb::SymbolPair>& labels = next_labels_;
  labels.clear();
  const size_t n_symbols = symbols_.SizeOf(reader->source);
  for (const tsdb::SymbolPair& label : reader->cursor.entry().labels) {
    if (label.name >= n_symbols || label.value >= n_symbols) {
      return damaged("no symbol ", std::max(label.name, label.value));
    }
    labels.push_back(
        {symbols_.Of(reader->source, label.name), symbols_.Of(reader->source, label.value)});
  }
  if (!reader->labels.empty() && !(reader->labels < labels)) {
    return damaged("does not come after the one before");
  }
  reader->labels.swap(labels);
  return true;
}

bool SeriesMerge::Next() {
  for (Reader* const reader : current_) {
    const StatusOr<bool> more = Advance(reader);
    if (!more.ok()) {
      status_ = more.status();
      return false;
    }
    if (!*more) continue;
    heap_.push_back(reader);
    std::push_heap(heap_.begin(), heap_.end(), IsLater);
  }
  current_.clear();
  parts_.clear();
  if (heap_.empty()) return false;
  do {
    std::pop_heap(heap_.begin(), heap_.end(), IsLater);
    Reader* const reader = heap_.back();
    heap_.pop_back();
    current_.push_back(reader);
    parts_.push_back({reader->source, reader->cursor.number(), reader->cursor.entry().chunks});
  } while (!heap_.empty() && heap_.front()->labels == current_.front()->labels);
  labels_ = current_.front()->labels;
  return true;
}

}  // namespace kvs::compactor

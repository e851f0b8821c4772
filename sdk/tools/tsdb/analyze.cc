// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <map>

#include "kvs/base/str_cat.h"
#include "kvs/tsdb/selection.h"
#include "kvs/tsdb/series_cursor.h"

#include "block_folder.h"
#include "commands.h"

namespace kvs::tools {
namespace {

using Counts = std::map<std::string, uint64_t, std::less<>>;

void Print(const char* heading, const Counts& counts, size_t limit) {
  std::vector<std::pair<uint64_t, std::string_view>> rows;
  for (const auto& [text, n] : counts) rows.emplace_back(n, text);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  if (rows.size() > limit) rows.resize(limit);
  std::printf("\n%s:\n", heading);
  for (const auto& [n, text] : rows) {
    std::printf("%s %.*s\n", StrCat(n).c_str(), static_cast<int>(text.size()), text.data());
  }
}

class Analysis {
 public:
  explicit Analysis(BlockFolder block) : block_(std::move(block)) {}

  Status Run() {
    KVS_RETURN_IF_ERROR(block_.Load());
    KVS_RETURN_IF_ERROR(Annotate(CountLabels(), block_.path(), "/index"));
    return Annotate(CountSeries(), block_.path(), "/index");
  }
  void PrintAll(size_t limit) const;

 private:
  Status CountLabels();
  Status CountSeries();

  BlockFolder block_;
  uint64_t n_pairs_ = 0, n_entries_ = 0, n_series_ = 0, n_chunks_ = 0;
  Counts value_bytes_, cardinality_, metrics_;
  // By pair and by name, summed over series.
  Counts pair_series_, pair_uncovered_, name_uncovered_;
};

Status Analysis::CountLabels() {
  for (const tsdb::IndexHeader::Name& name : block_.header().names()) {
    tsdb::ValueCursor values = block_.header().Values(name.name);
    uint64_t bytes = 0;
    while (values.Next()) bytes += values.value().size();
    KVS_RETURN_IF_ERROR(values.status());
    n_pairs_ += name.n_values;
    value_bytes_[name.name] = bytes;
    cardinality_[name.name] = name.n_values;
  }
  return OkStatus();
}

Status Analysis::CountSeries() {
  const tsdb::ByteSource& index = *block_.parts().index;
  KVS_ASSIGN_OR_RETURN(const auto plan, tsdb::PlanSelection(block_.header(), {}));
  KVS_ASSIGN_OR_RETURN(const tsdb::SeriesSet all, tsdb::RunSelection(plan, index));
  tsdb::SymbolResolver symbols(block_.header());
  tsdb::SeriesCursor cursor(block_.header().layout(), index, all);
  const tsdb::BlockMeta& meta = block_.meta();
  const uint64_t range = static_cast<uint64_t>(meta.maxt) - static_cast<uint64_t>(meta.mint);
  while (cursor.Next()) {
    KVS_ASSIGN_OR_RETURN(const model::Labels labels, tsdb::ResolveLabels(cursor.entry(), symbols));
    const auto& chunks = cursor.entry().chunks;
    ++n_series_;
    n_chunks_ += chunks.size();
    // How much of the block's time the series is not there: what churns has much of it.
    const uint64_t covered = chunks.empty() ? 0
                                            : static_cast<uint64_t>(chunks.back().maxt) -
                                                  static_cast<uint64_t>(chunks.front().mint);
    const uint64_t uncovered = range - std::min(range, covered);
    for (const model::LabelView& label : labels) {
      const std::string pair = StrCat(label.name, "=", label.value);
      ++n_entries_;
      ++pair_series_[pair];
      pair_uncovered_[pair] += uncovered;
      name_uncovered_[std::string(label.name)] += uncovered;
    }
    if (labels.Has(model::kMetricNameLabel)) ++metrics_[std::string(labels.metric_name())];
  }
  KVS_RETURN_IF_ERROR(cursor.status());
  // From milliseconds to whole series.
  for (Counts* counts : {&pair_uncovered_, &name_uncovered_}) {
    for (auto& [text, n] : *counts) n /= std::max<uint64_t>(range, 1);
  }
  return OkStatus();
}

void Analysis::PrintAll(size_t limit) const {
  const tsdb::BlockMeta& meta = block_.meta();
  std::printf("Block ID: %s\n", meta.ulid.ToString().c_str());
  std::printf("Series: %s\nChunks: %s\nLabel names: %zu\n", StrCat(n_series_).c_str(),
              StrCat(n_chunks_).c_str(), block_.header().names().size());
  std::printf("Postings (unique label pairs): %s\n", StrCat(n_pairs_).c_str());
  std::printf("Postings entries (total label pairs): %s\n", StrCat(n_entries_).c_str());
  Print("Label pairs most involved in churning", pair_uncovered_, limit);
  Print("Label names most involved in churning", name_uncovered_, limit);
  Print("Most common label pairs", pair_series_, limit);
  Print("Label names with highest cumulative label value length", value_bytes_, limit);
  Print("Highest cardinality labels", cardinality_, limit);
  Print("Highest cardinality metric names", metrics_, limit);
}

}  // namespace

StatusOr<bool> Analyze(const std::string& block, size_t limit) {
  KVS_ASSIGN_OR_RETURN(BlockFolder folder, BlockFolder::Open(block));
  Analysis analysis(std::move(folder));
  KVS_RETURN_IF_ERROR(analysis.Run());
  analysis.PrintAll(limit);
  return true;
}

}  // namespace kvs::tools
